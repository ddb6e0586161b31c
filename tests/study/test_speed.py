"""Speed benchmarks: the peer's share of the machine, the page, and that no run under load is published."""

import os
import subprocess
import sys

import pytest

from benchmarks.speed.cases import SUBJECTS
from benchmarks.speed.run import page, result
from benchmarks.speed.timing import Moment


def test_seconds_of_others_are_busy_and_not_ours() -> None:
    start = Moment(wall=0.0, machine=100.0, process=3.0)
    end = Moment(wall=10.0, machine=115.0, process=15.0)
    assert end.others_since(start) == pytest.approx(3.0 / (10.0 * (os.cpu_count() or 1)))
    began = Moment.now()
    while Moment.now().process - began.process < 0.05:
        pass
    assert Moment.now().machine > began.machine


@pytest.mark.parametrize("subject", ["labels", "frames"])
def test_each_ratio_is_a_row_of_the_page(subject: str) -> None:
    rows = [result(case, 1) for case in SUBJECTS[subject](10_000)]
    machine = {"cores": 2, "load_before": 0.0, "others_share": 0.0}
    text = page({"command": "c", "date": "d", "versions": {}, "machine": machine, "ratios": rows})
    assert len(rows) > 1
    for row in rows:
        assert row["kept"] == (row["median"] <= row["at_most"])
        assert f"| {row['subject']} | {row['of']} | {row['median']:.3g} |" in text


def test_a_run_under_load_is_not_published() -> None:
    code = "import os; os.getloadavg = lambda: (99.0,) * 3; from benchmarks.speed.run import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs an idle machine" in done.stderr
