"""What is best for a need: recomputed from the tables, and nothing on top that ran on too little."""

from pathlib import Path

import pandas as pd
import pytest
from benchmark.report_runs import LIBRARIES, add_skill, in_regimes, write_run, write_table
from scipy import stats

from boostweights.benchmark.digests import DIGESTS
from boostweights.benchmark.report.board import GOALS, Board, boards
from boostweights.benchmark.report.figures import VIEWS
from boostweights.benchmark.report.tables import read_tables


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def found(run: Path) -> list[Board]:
    return boards(read_tables(run))


def by_family(run: Path, goal: str, library: str) -> pd.DataFrame:
    """Rows families, columns (arm, view): libraries first, then the data sets of a family."""
    metrics = pd.read_parquet(run / "metrics.parquet")
    tasks = pd.read_parquet(run / "datasets.parquet").set_index("dataset")["task"]
    metrics = metrics[metrics["dataset"].map(tasks) == "binary"]
    if library != "all":
        metrics = metrics[metrics["library"] == library]
    chosen = metrics.assign(view=metrics["rule"] + "/" + metrics["proba"])
    chosen = chosen[(chosen["metric"] == GOALS[goal].metric) & chosen["view"].isin(GOALS[goal].views)]
    folds = chosen.groupby(["arm", "view", "family", "dataset", "library"])["value"].mean()
    return (
        folds.groupby(["arm", "view", "family", "dataset"])
        .mean()
        .groupby(["arm", "view", "family"])
        .mean()
        .unstack(["arm", "view"])
    )


def interval(values: pd.Series) -> tuple[float, float, float]:
    mean, error = values.mean(), stats.sem(values)
    return mean, *stats.t.interval(0.95, len(values) - 1, mean, error)


@pytest.mark.parametrize("library", ["all", *LIBRARIES])
@pytest.mark.parametrize("goal", ["decisions", "costs", "probabilities", "ranking"])
def test_a_board_is_what_pandas_and_scipy_say(run: Path, found: list[Board], goal: str, library: str) -> None:
    [board] = [each for each in found if (each.goal, each.library) == (goal, library)]
    wide, nothing = by_family(run, goal, library), ("unweighted", GOALS[goal].views[0])
    keys = {(way.arm, way.decided): way for way in board.ways}
    assert set(keys) == {(arm, VIEWS[view]) for arm, view in wide.columns}
    for (arm, view), values in wide.items():
        way = keys[arm, VIEWS[view]]
        assert (way.value, way.low, way.high) == pytest.approx(interval(values), rel=1e-4)
        if (arm, view) != nothing and arm != "native":  # which has other libraries
            assert way.difference is not None
            apart = (way.difference, way.difference_low, way.difference_high)
            assert apart == pytest.approx(interval(values - wide[nothing]), rel=1e-4)
    lower = goal in ("costs", "probabilities")
    values = [way.value for way in board.ways if way.standing]
    assert values == sorted(values, reverse=not lower)


def test_what_ran_in_one_library_alone_has_no_place(found: list[Board]) -> None:
    for board in found:
        for way in board.ways:
            assert (way.standing > 0) == (way.arm != "native")
        assert [way.standing == 3 for way in board.ways] == [True, *[False] * (len(board.ways) - 1)]


def test_a_difference_is_within_the_same_libraries(run: Path, found: list[Board]) -> None:
    """Of the arm that one library has: from that library's unweighted models, also where all are together."""
    board = next(each for each in found if (each.goal, each.library) == ("decisions", "all"))
    way = next(way for way in board.ways if (way.arm, way.decided) == ("native", VIEWS["0.5/raw"]))
    wide = by_family(run, "decisions", LIBRARIES[0])
    apart = wide["native", "0.5/raw"] - wide["unweighted", "0.5/raw"]
    assert way.difference == pytest.approx(apart.mean(), rel=1e-4)


def test_a_failed_fold_takes_its_way_out_of_the_running(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    metrics = pd.read_parquet(run / "metrics.parquet")
    lost = (
        (metrics["arm"] == "balanced")
        & (metrics["library"] == "xgboost")
        & (metrics["dataset"] == "set-03")
        & (metrics["fold"] == 1)
    )
    write_table(metrics[~lost], run, "metrics")
    for board in boards(read_tables(run)):
        assert not any(way.standing for way in board.ways if way.arm == "balanced")


def test_alike_is_what_the_interval_of_the_difference_from_the_best_says(
    run: Path, found: list[Board]
) -> None:
    board = next(each for each in found if (each.goal, each.library) == ("decisions", "all"))
    wide = by_family(run, "decisions", "all")
    views = {text: view for view, text in VIEWS.items()}
    best = board.ways[0]
    for way in board.ways[1:]:
        if way.standing:
            apart = wide[way.arm, views[way.decided]] - wide[best.arm, views[best.decided]]
            _, low, high = interval(apart)
            assert (way.standing == 2) == (low <= 0 <= high)


def test_probabilities_that_are_worse_than_the_class_shares_are_marked(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    skill = add_skill(run)
    two = pd.read_parquet(run / "datasets.parquet").query("task == 'binary'")["dataset"]
    skill = skill[skill["dataset"].isin(two)]
    found = {board.library: board for board in boards(read_tables(run)) if board.goal == "probabilities"}
    kinds = {text: view.removeprefix("none/") for view, text in VIEWS.items()}
    for library, board in found.items():
        chosen = skill if library == "all" else skill[skill["library"] == library]
        for way in board.ways:
            proba = kinds[way.decided]
            of_way = chosen[(chosen["arm"] == way.arm) & (chosen["proba"] == proba)]
            means = of_way.groupby(["dataset", "library"])["value"].mean()
            below = int((means < 0).sum())
            assert way.mark == (f"worse than the class shares in {below} of {len(means)}" if below else "")
    assert any(way.mark for way in found["all"].ways)
    assert not any(
        way.mark for each in boards(read_tables(run)) if each.goal == "decisions" for way in each.ways
    )


def test_regimes_have_boards_of_their_own(tmp_path: Path) -> None:
    found = boards(read_tables(in_regimes(write_run(tmp_path))))
    assert {board.regime for board in found} == {"default", "tuned"}
    assert found[0].regime == "tuned"  # the most careful way first
    assert {board.library for board in found} == {"all", *LIBRARIES}
    halves = [
        next(
            board.ways[0].value
            for board in found
            if (board.regime, board.goal, board.library) == (regime, "decisions", LIBRARIES[0])
        )
        for regime in ("tuned", "default")
    ]
    assert halves[0] == pytest.approx(halves[1] / 2)


def test_one_way_that_is_far_off_does_not_squeeze_the_lines_of_the_others(run: Path, tmp_path: Path) -> None:
    before = {(board.goal, board.library): board.reach for board in boards(read_tables(run))}
    metrics = pd.read_parquet(run / "metrics.parquet")
    off = (metrics["arm"] == "power_0.25") & (metrics["rule"] == "0.5") & (metrics["proba"] == "raw")
    for file in (*run.glob("*.parquet"), run / DIGESTS):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_table(metrics.assign(value=metrics["value"] - 9.0 * off), tmp_path, "metrics")
    for board in boards(read_tables(tmp_path)):
        assert board.reach < 2 * before[board.goal, board.library]


def test_a_line_reaches_as_far_as_three_of_four_intervals(found: list[Board]) -> None:
    for board in found:
        apart = [way[6:8] for way in board.ways if way.difference is not None]
        inside = [low for low, high in apart if -board.reach < low <= high < board.reach]
        assert len(inside) >= 0.75 * len(apart)
        assert board.reach <= 1.2001 * max(max(-low, high) for low, high in apart)
