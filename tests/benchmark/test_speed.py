"""Figures of the speed benchmarks stand beside targets and bounds; a run made under load is not published."""

from __future__ import annotations

import importlib
import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "speed"
NAMES = ("load", "targets", "measure", "readme")


@pytest.fixture
def speed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The scripts' modules, imported as they import each other."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import sys

    yield {name: importlib.import_module(name) for name in NAMES}
    for name in (*NAMES, "plot"):
        sys.modules.pop(name, None)


def test_every_benchmark_is_a_script_and_every_published_figure_has_target_and_bound(
    speed: dict[str, ModuleType], tmp_path: Path
) -> None:
    published = FOLDER.parent / "results" / "speed"
    for name in speed["targets"].BENCHMARKS:
        assert (FOLDER / f"{name}.py").exists()
        if (published / f"{name}.json").exists():
            rows = speed["targets"].judged(name, json.loads((published / f"{name}.json").read_text()))
            for row in rows:
                least, most = row.get("at_least"), row.get("at_most")
                assert row["met"] == (row["value"] >= least if most is None else row["value"] <= most)
                assert row["bound"]
                cell = " | ".join(speed["targets"].cells(row))
                assert cell in speed["readme"].page(published)


def test_seconds_of_others_are_what_is_busy_and_not_ours(speed: dict[str, ModuleType]) -> None:
    clock = speed["load"].Clock
    start, end = clock(wall=0.0, busy=100.0, own=3.0), clock(wall=10.0, busy=115.0, own=15.0)
    cores = speed["load"].os.cpu_count()
    assert end.others_since(start) == pytest.approx(3.0 / (10.0 * cores))
    began = clock.now()
    while clock.now().own - began.own < 0.05:
        pass  # of which this process is seen to take its part
    assert clock.now().busy > began.busy


def test_a_run_under_load_says_why_and_writes_nothing(
    speed: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    measure, load = speed["measure"], speed["load"]
    monkeypatch.setattr(measure, "RESULTS", tmp_path / "results")
    monkeypatch.setattr("sys.argv", ["imports.py"])
    monkeypatch.setattr(measure, "LOAD", 0.1)
    quiet: Namespace = measure.Options("").read()
    monkeypatch.setattr(measure, "LOAD", 99.0)
    with pytest.raises(SystemExit, match=r"begins at a load average of at most .* got 99.00. Stop what else"):
        measure.Options("").read()
    monkeypatch.setattr("sys.argv", ["imports.py", "--out", str(tmp_path / "elsewhere")])
    elsewhere = measure.Options("").read()

    result = {"required": 1.3, "ratio": {"median": 1.5}}
    for share, refused in ((0.04, False), (0.06, True)):
        monkeypatch.setattr(load.Clock, "others_since", lambda *_, share=share: share)
        measure.write("imports", elsewhere, (), import_boostweights=result)
        if refused:
            with pytest.raises(SystemExit, match="at most 5% of the cores' time during .* got 6%. Stop"):
                measure.write("imports", quiet, (), import_boostweights=result)
        else:
            measure.write("imports", quiet, (), import_boostweights=result)
            (tmp_path / "results" / "imports.json").unlink()
    assert not list((tmp_path / "results").iterdir())
    (row,) = json.loads((tmp_path / "elsewhere" / "imports.json").read_text())["targets"]
    assert (row["value"], row["at_most"], row["met"]) == (1.5, 1.3, False)
    assert "≤ 1.3 | **no** | 1: numpy is imported" in capsys.readouterr().out
