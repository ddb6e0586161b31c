"""The experiments' own figures, against scikit-learn and closed forms; a stopped run goes on."""

import doctest
import importlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from scipy.special import expit
from sklearn import metrics as sk
from sklearn.calibration import CalibratedClassifierCV

import boostweights as bw
from boostweights.probabilities import fit_correction

ROOT = Path(__file__).parents[2]
LIBRARIES = ("xgboost", "lightgbm", "catboost", "sklearn")


def _drawn(rows: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(k), rows)
    return np.array([rng.choice(k, p=row) for row in proba]), proba


def test_probability_figures_are_scikit_learns() -> None:
    from benchmarks.probabilities.measure import figures

    y, proba = _drawn(500, 2)
    found = figures(y, proba)
    assert found["log_loss"] == pytest.approx(sk.log_loss(y, proba))
    assert found["brier"] == pytest.approx(sk.brier_score_loss(y, proba[:, 1]))
    y, proba = _drawn(500, 3)
    found = figures(y, proba)
    assert found["log_loss"] == pytest.approx(sk.log_loss(y, proba))
    assert found["brier"] == pytest.approx(((proba - np.eye(3)[y]) ** 2).sum(axis=1).mean())


def test_calibration_error_is_how_far_each_tenth_is_off() -> None:
    from benchmarks.probabilities.measure import calibration_error

    proba = np.repeat(np.arange(10) / 20, 20)
    hits = np.tile(np.arange(20), 10) < np.repeat(np.arange(10), 20)  # as many as promised
    order = np.random.default_rng(0).permutation(200)
    hits, proba = hits[order], proba[order]
    assert calibration_error(hits, proba) == pytest.approx(0.0)
    assert calibration_error(hits, proba + 0.25) == pytest.approx(0.25)
    assert calibration_error(hits, 1 - proba) == pytest.approx(np.mean(1 - np.arange(10) / 10))


@pytest.mark.parametrize(
    ("name", "library"),
    [
        *(("hypothyroid", library) for library in LIBRARIES),
        *(pytest.param("hpc-jobs", library, marks=pytest.mark.full) for library in LIBRARIES),
    ],
)
def test_shared_fits_are_those_of_the_classifiers_that_anyone_would_write(name: str, library: str) -> None:
    from benchmarks.experiment.run import Cell
    from benchmarks.probabilities import measure as m

    data = m.problem(name, 900)
    train, test = next(data.folds(3, 0))
    part, tests = data.take(train), data.take(test)
    X, y, X_test = part.features(library), part.y, tests.features(library)
    quick = replace(m.PLAN, trees=8, settings={"learning_rate": 1.0})  # the best is not the last
    cell = Cell(plan=quick, dataset=name, library=library, repeat=0, fold=0)
    inner = m.inner_models(cell, "balanced", part, 8)
    rounds = m.best_rounds(inner, part, library, "balanced")
    model = bw.WeightedClassifier(m._estimator(cell, part, 8), weighting="balanced").fit(X, y)
    found = dict(m.probabilities(model, inner, part, tests, library, rounds["best"]))

    def chosen(weighting: str, **settings: Any) -> bw.WeightedClassifier:
        clf = bw.WeightedClassifier(m._estimator(cell, part, 8), weighting="balanced", n_rounds="cv")
        folds = list(part.folds(m.INNER, 0))
        return clf.set_params(eval_weighting=weighting, calibration_cv=folds, **settings).fit(X, y)

    clf = chosen("shifted", correct_proba="fitted")
    assert clf.n_rounds_ == rounds["best"]
    np.testing.assert_allclose(found["fitted"], clf.predict_proba(X_test), atol=1e-5)
    analytic = clf.set_params(correct_proba=True).predict_proba(X_test)
    np.testing.assert_allclose(found["analytic"], analytic, atol=1e-6)
    if (name, library) == ("hypothyroid", "sklearn"):
        assert len({8, *rounds.values()}) == 4
        assert chosen("none").n_rounds_ == rounds["plain"]
        assert chosen("same").n_rounds_ == rounds["weighted"]
    plain = bw.WeightedClassifier(m._estimator(cell, part, rounds["best"]), weighting="balanced")
    sigmoid = CalibratedClassifierCV(plain, method="sigmoid", cv=list(part.folds(m.INNER, 0))).fit(X, y)
    np.testing.assert_allclose(found["sigmoid"], sigmoid.predict_proba(X_test), atol=1e-4)  # float32


def test_the_fold_ensemble_is_the_mean_of_mapped_probabilities() -> None:
    from benchmarks.probabilities.ways import FoldScores, ways

    rng = np.random.default_rng(0)
    y = np.tile([0, 0, 0, 1], 60)
    folds = []
    for part in np.split(y, 4):
        scores, tests = rng.normal(part, 1.0), rng.normal(size=5)
        proba = [np.column_stack([expit(-each), expit(each)]) for each in (scores, tests)]
        folds.append(
            FoldScores(y=part, scores=scores, tests=tests, shift=rng.normal(size=1), outputs=tuple(proba))
        )
    found = dict(ways(rng.normal(size=5), np.zeros(1), folds, "logit"))
    shifted = np.concatenate([fold.scores + fold.shift for fold in folds])
    own = fit_correction(shifted, y, bw.Unweighted().resolve(y))
    mapped = [expit(own.slopes[0] * (fold.tests + fold.shift) + own.offsets[0]) for fold in folds]
    np.testing.assert_allclose(found["fold ensemble"][:, 1], np.mean(mapped, axis=0), rtol=1e-9)


@pytest.mark.parametrize("bend", [1.0, -3.0])
def test_beta_calibration_is_the_most_likely_one_of_rising_maps(bend: float) -> None:
    from benchmarks.probabilities.ways import beta

    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 2.0, 3000).clip(1e-4, 1 - 1e-4)
    logs = np.log(np.column_stack([1 - p, p]))
    y = (rng.random(3000) < expit(1.5 * logs[:, 1] - 0.5 * bend * logs[:, 0] + 0.7)).astype(int)

    def lost(found: np.ndarray) -> float:
        scores = found[0] * logs[:, 1] - found[1] * logs[:, 0] + found[2]
        return float(np.logaddexp(0, np.where(y == 1, -scores, scores)).mean())

    best = optimize.minimize(lost, [1, 1, 0], bounds=[(0, None), (0, None), (None, None)])
    assert (best.x[1] == 0) == (bend < 0)
    expected = expit(best.x[0] * logs[:, 1] - best.x[1] * logs[:, 0] + best.x[2])
    np.testing.assert_allclose(beta(logs, y, logs)[:, 1], expected, atol=1e-3)
    three = np.log(rng.dirichlet(np.ones(3), 500))
    several = beta(three, rng.integers(0, 3, 500), three)
    np.testing.assert_allclose(several.sum(axis=1), 1.0)
    np.testing.assert_allclose(several.mean(axis=0), 1 / 3, atol=0.05)


def _found(dataset: str, arm: str, way: str, at: str, values: list[float]) -> pd.DataFrame:
    """Log losses of an arm and a way, one a fold."""
    place = {"dataset": dataset, "library": "l", "repeat": 0, "rule": "none", "metric": "log_loss"}
    return pd.DataFrame({"fold": range(len(values)), "value": values}).assign(
        **place, arm=arm, proba=way, at=at
    )


def test_what_fitted_gains_is_averaged_over_families_and_its_losses_are_listed() -> None:
    from benchmarks.probabilities import page

    cells = {
        ("yeast4", "best"): [0.19, 0.21, 0.2],
        ("car-good", "best"): [0.29, 0.3, 0.31],
        ("page-blocks", "best"): [0.4, 0.4, 0.43],
        ("page-blocks0", "best"): [0.4, 0.4, 0.4],
        **{(name, "three"): [0.3] * 3 for name in ("yeast4", "car-good", "page-blocks", "page-blocks0")},
    }
    frame = pd.concat(
        part
        for (name, at), values in cells.items()
        for part in (
            _found(name, "balanced", "analytic", at, [0.4, 0.4, 0.4]),
            _found(name, "balanced", "fitted", at, values),
        )
    )
    table = page.gained(frame, page.side("balanced", "analytic"), page.side("balanced", "fitted"))
    best = table[table["at"] == "best"]
    mean, low, high = page.average(best)
    assert mean == pytest.approx(np.mean([-0.2, -0.1, 0.005]))  # the two page-blocks are one family
    assert low < mean < high
    (row,) = best[best["dataset"] == "yeast4"].to_dict("records")
    reach = stats.t.ppf(0.975, 2) * 0.01 * np.sqrt(1 / 3 + 1 / 2)  # Nadeau & Bengio: 1/n + test/train
    assert row["high"] - row["difference"] == pytest.approx(reach)
    text = page._worse({"balanced": table})
    assert "| page-blocks | l | best rounds | balanced | +0.0100" in text
    assert text.count("| l |") == 1
    assert "In 1 of 8 cells" in page._fitted({"balanced": table, "unweighted": table}).replace("\n", " ")
    assert page.side("unweighted", "analytic").proba == "raw"


def test_thinned_rows_are_of_a_draw_and_the_loss_is_of_their_class_share() -> None:
    from benchmarks.probabilities.few import thinned, weighted_loss
    from boostweights.benchmark.data.rows import split_groups

    data = importlib.import_module("benchmarks.experiment.problem").problem("hypothyroid", 3000)
    few, more = (thinned(data, count, 400, seed=1) for count in (5, 50))
    positives = [rows[data.y[rows] == 1] for rows in (few, more)]
    assert [len(rows) for rows in positives] == [5, 50]
    assert set(few) < set(more)
    assert len(more) == 450
    assert len(np.unique(split_groups(data.dataset)[positives[1]])) == 50
    rng = np.random.default_rng(0)
    truth, scores = rng.integers(0, 2, 90), rng.normal(size=90)
    weights = np.where(truth == 1, 0.03 / truth.mean(), 0.97 / (1 - truth.mean()))
    expected = sk.log_loss(truth, expit(scores), sample_weight=weights)
    assert weighted_loss(scores, truth, 0.03) == pytest.approx(expected)


def test_the_prior_is_chosen_by_its_largest_excess_among_those_as_good_with_many_positives() -> None:
    from benchmarks.probabilities.fewpage import NO_WORSE, OTHERS, chosen

    losses = {
        "before": [0.5, 0.3],
        "even": [0.204, 0.3],
        "good once": [0.19, 0.3 + NO_WORSE / 2],
        "bad with many": [0.19, 0.3 + 2 * NO_WORSE],
        **{way: [0.2, 0.3] for way in OTHERS},
    }
    frame = pd.DataFrame(
        [
            {"arm": "balanced", "at": count, "proba": way, "value": value + shift}
            for way, values in losses.items()
            for count, value in zip((5, 50), values, strict=True)
            for shift in (-0.01, 0.01)
        ]
    )
    assert chosen(frame, ["even", "good once", "bad with many"]) == "good once"
    assert chosen(frame, ["even", "bad with many"]) == "even"


def test_compared_decisions_are_scikit_learns_figures() -> None:
    from benchmarks.threshold.measure import compared

    rng = np.random.default_rng(1)
    truth, plain, other = (rng.random(300) < share for share in (0.1, 0.2, 0.3))
    found = compared(truth, plain, other)
    assert found["alike"] == pytest.approx(sk.accuracy_score(plain, other))
    assert found["alike_positives"] == pytest.approx(sk.jaccard_score(plain, other))
    assert found["recall"] == pytest.approx(sk.recall_score(truth, other) - sk.recall_score(truth, plain))
    precisions = [sk.precision_score(truth, called) for called in (other, plain)]
    assert found["precision"] == pytest.approx(precisions[0] - precisions[1])
    nobody = np.zeros(300, dtype=bool)
    assert compared(truth, nobody, nobody)["alike_positives"] == 1.0


def test_figures_of_costs_by_hand() -> None:
    from benchmarks.costs.measure import class_costs, figures

    costs = np.array([[0, 1, 10, 2], [0, 3, 30, 2], [1, 5, 20, 0]], dtype=float)  # tn, fp, fn, tp
    truth = np.array([0, 1, 1])
    found = figures(truth, np.array([1, 1, 0]), costs)
    assert found["cost"] == pytest.approx((1 + 2 + 20) / 3)
    assert found["savings"] == pytest.approx(1 - 23 / min(0 + 30 + 20, 1 + 2 + 0))
    assert (found["recall"], found["precision"]) == (0.5, 0.5)
    assert found["called_positive"] == pytest.approx(2 / 3)
    assert class_costs(truth, costs) == bw.Costs(fn=(28 + 20) / 2, fp=1.0, pos_label=1)


def test_what_the_page_on_thresholds_shows_runs() -> None:
    found = doctest.testfile(str(ROOT / "docs" / "threshold.md"), module_relative=False)
    assert (found.attempted, found.failed) == (12, 0)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_first_rounds_of_a_model_are_a_model_of_so_many_rounds(library: str) -> None:
    from benchmarks.probabilities import measure as m

    data = m.problem("hypothyroid", 1500)
    settings = {"learning_rate": 0.1}  # CatBoost's own depends on the number of rounds
    X, y = data.features(library), data.y

    def trained(rounds: int) -> bw.WeightedClassifier:
        return bw.WeightedClassifier(data.estimator(library, rounds, 0, **settings)).fit(X, y)

    expected = trained(3).predict_proba(X)
    found = m._proba(trained(12), X, 3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)
    assert np.abs(found - trained(12).predict_proba(X)).max() > 1e-3


def test_rounds_of_balanced_models_are_shares_of_those_of_unweighted_ones() -> None:
    from benchmarks.rounds.page import by_times, ratios

    rounds = [("unweighted", "best", [20, 40]), ("balanced", "best", [30, 30])]
    rounds += [("balanced", "plain", [60, 90]), ("balanced", "weighted", [10, 20])]
    frame = pd.concat(
        _found("yeast4", arm, "raw", at, values).assign(metric="rounds") for arm, at, values in rounds
    )
    (row,) = ratios(frame).to_dict("records")
    assert (row["unweighted"], row["shifted"]) == (30, 30)
    assert (row["shifted ratio"], row["plain ratio"], row["weighted ratio"]) == (1.0, 2.5, 0.5)
    ways = [("unweighted", "raw"), ("unweighted", "fitted")]
    ways += [("balanced", way) for way in ("raw", "analytic", "fitted")]
    losses = pd.concat(
        _found(name, arm, way, at, [number, number + 0.1])
        for name, off in (("yeast4", 0.0), ("car-good", 0.5))
        for at in ("third", "best", "three")
        for number, (arm, way) in enumerate(ways, start=1)
        for number in [number + off]
    )
    moved = " | ".join(f"+{by}.0000 [+{by}.0000, +{by}.0000]" for by in (2, 3, 4, 1))
    assert f"| the best number | 1.3000 | {moved} |" in by_times(losses)


def test_a_run_that_ended_early_shows_whole_data_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks.experiment import run

    monkeypatch.setattr(run, "ROOT", tmp_path)
    settings = {"rows": 1, "trees": 1, "repeats": 1, "folds": 2, "code": 1, "settings": {}}
    plan = run.Plan(name="some", data=("a", "b", "c"), libraries=("k", "l"), **settings)
    cells = list(plan.cells())
    assert [cell.dataset for cell in cells[:4]] == ["a"] * 4  # all libraries of a set together
    kept = tmp_path / "runs" / "experiments" / "some"
    kept.mkdir(parents=True)
    monkeypatch.setattr(sys, "argv", ["measure", "--minutes", "0", "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit, match="No data set is complete"):
        run.measured(plan, run.environment)
    for cell in (*cells[:3], *cells[4:8]):  # one of a is missing
        figures = [{"metric": metric, "value": 1.0} for metric in ("rounds", "ap")]
        (kept / f"{cell.key}.json").write_text(json.dumps(figures))
    frame, out = run.measured(plan, run.environment, page="other", metrics=("rounds",))
    assert set(frame["dataset"]) == {"b"}
    assert set(frame["metric"]) == {"rounds"}
    assert len(frame) == 4
    facts = json.loads((out / "run.json").read_text())
    assert (facts["data"], facts["planned"], facts["command"]) == (["b"], 3, "make other")
    assert [cell.key for cell in replace(plan, data=("b",)).cells()] == [cell.key for cell in cells[4:8]]


def test_a_run_goes_on_from_published_figures_of_the_same_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks.experiment import run

    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    settings = {"rows": 1, "trees": 1, "repeats": 2, "folds": 1, "settings": {"names": ("x", "y")}}
    plan = run.Plan(name="some", data=("a", "b"), libraries=("k",), code=1, **settings)
    kept = tmp_path / "runs" / "experiments" / "some"
    kept.mkdir(parents=True)
    for number, cell in enumerate(list(plan.cells())[:3]):
        figures = [{"metric": metric, "value": number + 0.1} for metric in ("rounds", "ap")]
        (kept / f"{cell.key}.json").write_text(json.dumps(figures))
    monkeypatch.setattr(sys, "argv", ["measure", "--minutes", "0", "--out", str(tmp_path / "some")])
    published, _ = run.measured(plan, run.environment, whole=False)
    shutil.rmtree(kept)
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--resume"])
    resumed, _ = run.measured(plan, run.environment, whole=False)
    pd.testing.assert_frame_equal(resumed, published)
    with pytest.raises(SystemExit, match="changed: code"):
        run.measured(replace(plan, code=2), run.environment, whole=False)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "answer-classes",
            "answer-rivals",
            "costs",
            "decisions",
            "probabilities",
            "probabilities/few",
            "promises",
            "rounds",
        ),
        "threshold",
    ],
)
def test_published_tables_are_those_of_the_published_figures(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    published = ROOT / "benchmarks" / "results" / name
    other = {
        "probabilities/few": "probabilities.fewpage",
        "answer-classes": "answer.classes",
        "answer-rivals": "answer.rivalspage",
    }
    module = other.get(name, f"{name}.page")
    page = importlib.import_module(f"benchmarks.{module}")
    shutil.copy(published / "run.json", tmp_path)
    figures = pd.read_parquet(published / "metrics.parquet")
    page.write(figures, tmp_path)
    for file in tmp_path.iterdir():
        if file.suffix != ".svg":  # drawn alike by one version of matplotlib only
            assert file.read_text() == (published / file.name).read_text()
    if name == "rounds":
        shown = page.in_short(figures, json.loads((tmp_path / "run.json").read_text()))
        assert shown in (ROOT / "docs" / "probabilities.md").read_text()
        assert page.in_prose(figures) in (ROOT / "docs" / "findings.md").read_text()
    if name == "probabilities":
        facts, apart = json.loads((tmp_path / "run.json").read_text()), page.apart_of(figures)
        assert page.where_to_start(apart, facts) in (ROOT / "docs" / "probabilities.md").read_text()
    if name == "probabilities/few":
        facts = json.loads((tmp_path / "run.json").read_text())
        assert page.in_short(figures, facts) in (ROOT / "docs" / "probabilities.md").read_text()
    if name == "promises":
        shown = page.in_prose(page.unweighted(figures), json.loads((tmp_path / "run.json").read_text()))
        assert shown in (ROOT / "docs" / "promise.md").read_text()
    if name == "threshold":
        text = (tmp_path / "README.md").read_text().partition("\n\n")[2]
        assert text in page.PAGE.read_text()


def test_figures_of_decisions_between_classes_by_hand() -> None:
    from benchmarks.decisions.measure import drawn, macro_f1, share_of_cost

    truth, codes = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
    assert macro_f1(truth, codes) == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    matrix = np.array([[0.0, 2.0, 9.0], [4.0, 0.0, 9.0], [6.0, 1.0, 0.0]])
    assert share_of_cost(truth, codes, matrix) == pytest.approx((2 + 6) / (2 + 2 + 0 + 1))  # class 1 for all
    matrix = drawn(40, 20.0, (0, 1))
    costs = np.log(matrix[~np.eye(40, dtype=bool)])
    assert (np.diag(matrix) == 0).all()
    assert stats.kstest(costs, stats.uniform(0, np.log(20)).cdf).pvalue > 0.01


def test_the_published_path_is_that_of_its_tables() -> None:
    from benchmarks import path

    published = ROOT / "benchmarks" / "results" / "path"
    tables = {name: pd.read_csv(published / f"{name}.csv") for name in ("path", "baselines", "groups")}
    text, facts = (published / "README.md").read_text(), json.loads((published / "run.json").read_text())
    assert path._ratios(tables) in text
    best = tables["path"].loc[tables["path"]["cost"].idxmin(), "ratio"]
    assert f"least mean cost at .5 is at {best:.3g}" in text
    assert path._groups(tables["groups"], best) in text
    counts = ["tn", "fp", "fn", "tp"]
    for name in ("path", "baselines"):
        assert (tables[name][counts].sum(axis=1) == facts["rows"]).all()
    by_group = tables["groups"].groupby("ratio")[counts].sum()
    np.testing.assert_array_equal(by_group, tables["path"].set_index("ratio")[counts])


@pytest.mark.full
def test_a_path_of_real_loans_runs_in_little(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.path", "--rows", "2000", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    published = {file.name for file in (ROOT / "benchmarks" / "results" / "path").iterdir()}
    assert {file.name for file in tmp_path.iterdir()} == published


@pytest.mark.full
@pytest.mark.parametrize(
    "name",
    ["probabilities.measure", "probabilities.few", "costs.measure", "rounds.measure", "threshold.measure"],
)
def test_an_experiment_runs_in_little_and_goes_on_where_it_stopped(name: str, tmp_path: Path) -> None:
    def run() -> subprocess.CompletedProcess[Any]:
        command = [sys.executable, "-m", f"benchmarks.{name}", "--quick", "--out", str(tmp_path)]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)

    first = run()
    figures = pd.read_parquet(tmp_path / "metrics.parquet")
    assert np.isfinite(figures["value"]).all()
    assert set(figures["library"]) == {"xgboost", "lightgbm", "catboost", "sklearn"}
    again = run()
    assert "1/" not in again.stderr  # nothing was trained
    assert again.stdout == first.stdout
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "metrics.parquet"), figures)


def test_a_recommendation_is_covered_and_loses_by_what_came() -> None:
    from benchmarks.answer.page import chosen, coverage, judged, of_need

    names = [
        "value",
        "low",
        "high",
        "fixed width",
        "came",
        "simple came",
        "is simple",
        "positives",
        "refused",
    ]
    cases = {
        ("a", 0, "costs", "cost"): [2.0, 1.0, 3.0, 1.0, 2.0, 1.5, 0.0, 9.0, 0.0],  # covered, loses .5
        ("a", 1, "costs", "cost"): [2.0, 1.0, 3.0, 2.0, 3.5, 3.5, 1.0, 9.0, 0.0],  # not covered
        ("b", 0, "costs", "cost"): [1.5, 1.0, 2.0, 1.0, 1.0, 1.5, 0.0, 9.0, 0.0],  # covered, wins .5
        ("a", 0, "decisions", "f1"): [0.2, 0.1, 0.3, 0.1, 0.2, 0.3, 0.0, 9.0, 0.0],  # loses .1
        ("b", 0, "decisions", "f1"): [np.nan] * 8 + [1.0],
    }
    frame = pd.DataFrame(
        [
            dict(zip(["dataset", "repeat", "need", "of"], place, strict=True), metric=name, value=value)
            | {"role": "recommended", "option": None if number > 4 else "a model"}
            for place, values in cases.items()
            for number, (name, value) in enumerate(zip(names, values, strict=True))
        ]
    ).dropna(subset="value")
    figure, choices = coverage(judged(frame), "costs", "recommended", "cost"), chosen(frame)
    costs, f1 = of_need(choices, "costs"), of_need(choices, "decisions")
    assert (figure["sets"], figure["covered"], figure["error"]) == (2, 0.75, 0.25)
    assert (figure["width"], figure["relative"], costs["simple"]) == (2.0, 1.0, 1 / 3)
    assert costs["regret"] == pytest.approx((0.25 - 0.5) / 2)
    half = float(stats.t.ppf(0.975, 1)) * np.std([0.25, -0.5], ddof=1) / np.sqrt(2)
    assert costs["high"] == pytest.approx(costs["regret"] + half)
    assert f1["regret"] == pytest.approx(0.1)
    assert f1["refused"] == 0.5


def test_thresholds_of_rivals_are_the_best_of_all_and_differences_are_paired() -> None:
    from benchmarks.answer import rivals, rivalspage

    rng = np.random.default_rng(0)
    y, proba = rng.random(80) < 0.2, rng.integers(0, 12, 80) / 11  # many ties
    found = rivals.best_thresholds(y, proba, 10.0)
    every = [proba >= at for at in (-1.0, *np.unique(proba), 2.0)]
    cost, f1 = (lambda flagged: rivals.cost_of(y, flagged, 10.0)), (lambda flagged: sk.f1_score(y, flagged))
    assert cost(proba >= found["costs"]) == min(map(cost, every))
    assert f1(proba >= found["decisions"]) == max(map(f1, every))
    rows = [("adult", 0, 1.0, 3.0), ("adult", 1, 2.0, 2.0), ("pc1", 0, 5.0, 4.0), ("hiva", 0, 9.0, None)]
    ways = [("default", "recommended", 2), ("FLAML", "tuned", 3)]
    frame = pd.DataFrame(
        dict(
            zip(["dataset", "repeat", "way", "rule", "value"], [*row[:2], way, rule, row[place]], strict=True)
        )
        for row in rows
        for way, rule, place in ways
        if row[place] is not None
    )
    frame["metric"] = "costs"
    table = rivalspage.differences(frame, "default", "FLAML", "costs", "tuned")
    assert table.set_index("dataset")["difference"].to_dict() == {"adult": -1.0, "pc1": 1.0}
    half = stats.t.ppf(0.95, 1)  # of the two families the standard error is 1
    low_and_high = rivalspage.over_families(table)
    assert (low_and_high.low, low_and_high.high) == pytest.approx((-half, half))
