"""Two runs beside each other, and the commands of reports."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmark.report_runs import LIBRARIES, in_regimes, rewrite, write_run
from commands import call, refused

from boostweights.benchmark.report.diff import Comparison, as_text, compare_runs
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.run.store import Store
from boostweights.errors import InvalidValueError

Change = Callable[[pd.DataFrame], pd.DataFrame]


def rewrite_suite(run: Path, **changes: Any) -> None:
    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        facts = json.loads(frame["facts"].iloc[-1])
        facts["suite"] |= changes
        return frame.assign(facts=[json.dumps(facts)])

    rewrite(run, "runs", changed)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """The same figures, by another version of lightgbm."""
    return (
        write_run(tmp_path / "runs" / "old", families=3),
        write_run(tmp_path / "runs" / "new", families=3, version="2.0"),
    )


def shifted(by: float, *, library: str = "lightgbm", metric: str = "f1") -> Change:
    """A figure of the balanced arm at .5, moved on all data sets."""

    def change(metrics: pd.DataFrame) -> pd.DataFrame:
        here = (
            (metrics["library"] == library)
            & (metrics["metric"] == metric)
            & (metrics["arm"] == "balanced")
            & metrics["rule"].isin(["0.5", "none"])
            & (metrics["proba"] == "raw")
        )
        return metrics.assign(value=metrics["value"].where(~here, metrics["value"] + by))

    return change


def compared(runs: tuple[Path, Path], **options: Any) -> Comparison:
    return compare_runs(*(read_tables(run) for run in runs), **options)


def test_a_regime_is_compared_with_itself(runs: tuple[Path, Path]) -> None:
    for run in runs:
        in_regimes(run)

    def tuned_down(metrics: pd.DataFrame) -> pd.DataFrame:
        moved = shifted(-0.1)(metrics)
        return moved.where(metrics["regime"] == "tuned", metrics)

    rewrite(runs[1], "metrics", tuned_down)
    found = compared(runs)
    (row,) = found.differences[found.differences["difference"].abs() > 1e-9].to_dict("records")
    assert (row["regime"], row["library"], row["arm"]) == ("tuned", "lightgbm", "balanced")
    assert row["difference"] == pytest.approx(-0.1)
    assert found.libraries["cells"].sum() == len(read_tables(runs[0]).cells)
    assert "lightgbm, tuned" in as_text(found)


def test_equal_figures_are_no_regression(runs: tuple[Path, Path]) -> None:
    found = compared(runs, margin=0.0)
    assert not found.worse
    assert found.versions == {"lightgbm": ("1.0", "2.0")}
    assert (found.differences["difference"] == 0).all()
    assert found.libraries["changed"].tolist() == [0, 0]
    assert found.libraries["seconds_ratio"].tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("metric", "by", "worse"),
    [
        ("f1", -0.011, True),
        ("f1", -0.009, False),
        ("f1", 0.5, False),
        ("log_loss", 0.011, True),
        ("log_loss", -0.5, False),
        ("mcc", -0.011, True),  # no region in the suite: .01
        ("recall", -0.011, False),  # .02 in the suite
    ],
)
def test_a_regression_is_worse_by_more_than_the_suites_margin(
    runs: tuple[Path, Path], metric: str, by: float, worse: bool
) -> None:
    rewrite(runs[1], "metrics", shifted(by, metric=metric))
    found = compared(runs)
    assert found.worse == worse
    moved = found.differences[found.differences["difference"].abs() > 1e-9]
    assert moved[["library", "arm", "metric"]].to_numpy().tolist() == [["lightgbm", "balanced", metric]]
    assert moved["difference"].iloc[0] == pytest.approx(by)
    assert moved[["least", "greatest"]].to_numpy().ravel() == pytest.approx([by, by])
    assert moved["datasets"].iloc[0] == 4
    assert moved["families"].iloc[0] == 3
    assert (found.differences.index[found.differences["regression"]] == 0).sum() == worse


def test_data_sets_of_one_family_count_once(runs: tuple[Path, Path]) -> None:
    def change(metrics: pd.DataFrame) -> pd.DataFrame:
        twins = metrics["dataset"].isin(["set-02", "set-03"])
        return pd.concat([shifted(-0.3)(metrics[twins]), metrics[~twins]])

    rewrite(runs[1], "metrics", change)
    assert compared(runs).differences["difference"].min() == pytest.approx(-0.1)  # one family of three


def test_only_common_cells_are_compared(runs: tuple[Path, Path]) -> None:
    rewrite(runs[1], "metrics", shifted(-0.3))
    for name in ("cells", "metrics", "timings"):
        rewrite(runs[1], name, lambda frame: frame[(frame["library"] != "lightgbm") | (frame["fold"] > 0)])
    found = compared(runs)
    assert found.differences["difference"].min() == pytest.approx(-0.3)
    row = found.libraries.set_index("library").loc["lightgbm"]
    assert (row["only_a"], row["only_b"]) == (20, 0)


def test_changed_data_is_left_out_and_said(runs: tuple[Path, Path]) -> None:
    rewrite(runs[1], "metrics", shifted(-0.3))
    rewrite(runs[1], "datasets", lambda frame: frame.assign(digest=["other", *frame["digest"][1:]]))
    found = compared(runs)
    assert found.changed_data == ("set-00",)
    assert found.differences["datasets"].max() == 3


def test_other_probabilities_and_slower_fits_are_counted(runs: tuple[Path, Path]) -> None:
    def other(cells: pd.DataFrame) -> pd.DataFrame:
        digests = cells["model_digest"].where(cells["library"] != "xgboost", "other")
        return cells.assign(model_digest=digests)

    rewrite(runs[1], "cells", other)
    rewrite(runs[1], "timings", lambda frame: frame.assign(seconds=2 * frame["seconds"]))
    found = compared(runs).libraries.set_index("library")
    assert found["changed"].to_dict() == {"lightgbm": 0, "xgboost": 4 * 3 * 4}
    assert found["seconds_ratio"].tolist() == pytest.approx([2, 2])


def test_a_cell_that_fails_now_is_worse(runs: tuple[Path, Path]) -> None:
    def failing(cells: pd.DataFrame) -> pd.DataFrame:
        first = cells.index == 0
        return cells.assign(
            status=np.where(first, "error", cells["status"]), error=np.where(first, "E: no", None)
        )

    rewrite(runs[1], "cells", failing)
    found = compared(runs)
    assert found.worse
    assert found.newly_failed["error"].tolist() == ["E: no"]
    assert not compared((runs[1], runs[0])).worse  # it was mended


@pytest.mark.parametrize("key", ["folds", "seed", "split", "max_rows"])
def test_other_splits_cannot_be_compared(runs: tuple[Path, Path], key: str) -> None:
    rewrite_suite(runs[1], **{key: "other"})
    with pytest.raises(InvalidValueError, match=f"{key} differs"):
        compared(runs)


def test_other_settings_are_said(runs: tuple[Path, Path]) -> None:
    rewrite_suite(runs[1], trees=6)
    assert compared(runs).settings == {"trees": (5, 6)}


def test_runs_without_a_common_cell_cannot_be_compared(runs: tuple[Path, Path]) -> None:
    rewrite(runs[1], "cells", lambda frame: frame[frame["library"] == "none"])
    with pytest.raises(InvalidValueError, match="cells in common"):
        compared(runs)


def test_the_tables_fit_80_columns(runs: tuple[Path, Path]) -> None:
    rewrite(runs[1], "metrics", shifted(-0.03))
    text = as_text(compared(runs))
    assert max(map(len, text.splitlines())) <= 80
    assert "lightgbm: 1.0 → 2.0" in text
    assert "-0.0300" in text
    assert "1 figures are worse" in text


# Commands


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_diff_exits_with_1_if_something_is_worse(runs: tuple[Path, Path], here: Path) -> None:
    assert call("diff", "old", "new")[0] == 0
    rewrite(runs[1], "metrics", shifted(-0.03))
    code, out, _ = call("diff", "old", "new")
    assert code == 1
    assert "balanced" in out
    code, out, _ = call("diff", "old", "new", "--json")
    found = json.loads(out)
    assert (code, found["worse"]) == (1, True)
    assert found["differences"][0]["difference"] == pytest.approx(-0.03)
    assert found["versions"] == {"lightgbm": ["1.0", "2.0"]}
    assert call("diff", "old", "new", "--margin", "0.05")[0] == 0


@pytest.mark.parametrize("command", [["report", "nwe"], ["diff", "old", "nwe"]])
def test_an_unknown_run_is_exit_code_2(runs: tuple[Path, Path], here: Path, command: list[str]) -> None:
    refused(*command, says="Did you mean 'new'?")


def test_a_report_is_made_from_parquet_files_alone(runs: tuple[Path, Path], here: Path) -> None:
    code, out, _ = call("report", "new")
    assert code == 0
    assert LIBRARIES[0] in out
    page = (runs[1] / "report.html").read_text()
    assert call("report", str(runs[1]), "--output", "page.html")[:2] == (0, "")
    assert (here / "page.html").read_text() == page
    assert not (runs[1] / "store.sqlite").exists()


def test_json_goes_where_it_is_asked_to(runs: tuple[Path, Path], here: Path) -> None:
    code, out, _ = call("report", "new", "--json")
    assert code == 0
    assert json.loads(out)["run"]["suite"]["name"] == "made-up"
    assert call("report", "new", "--json", "--output", "run.json")[:2] == (0, "")
    assert (here / "run.json").read_text() == out
    assert not (runs[1] / "report.html").exists()


def test_a_store_that_was_never_run_is_refused(here: Path) -> None:
    Store(here / "runs" / "empty" / "store.sqlite").close()
    refused("report", "empty", says="a run must have begun")
