"""The page of a weight path: right counts, one file that needs nothing, names that stay text."""

import json
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documents import HOSTILE, Page, check_alone, check_is_text
from plots.paths import RATIOS, make_path
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, log_loss

import boostweights as bw
from boostweights.plots.page import _KINDS, in_words, payload
from boostweights.recommendation.evidence import THRESHOLDS


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(bw.plots.weight_path_page(make_path(names=["north", "south"])))


def test_counts_curves_and_losses_are_scikit_learns() -> None:
    path = make_path(names=["north", "south"])
    found = payload(path)
    assert found["thresholds"] == list(THRESHOLDS)
    assert found["start"] == {  # without a recommendation, nearest to balanced
        "weight": RATIOS.index(10.0),
        "kind": "as trained",
        "threshold": THRESHOLDS.index(0.5),
    }
    assert (found["positives"], found["negatives"]) == (path.y.sum(), (~path.y).sum())
    kinds = {"as trained": path.proba, "corrected": path.corrected, "fitted": path.fitted}
    assert list(kinds) == list(_KINDS.values())
    for (at, weight), kind in product(enumerate(found["weights"]), kinds):
        proba, counts = kinds[kind][at], weight["kinds"][kind]
        for name, shares in zip(
            ("observed", "predicted"),
            calibration_curve(path.y, proba, n_bins=10, strategy="quantile"),
            strict=True,
        ):
            assert [bin[name] for bin in weight["reliability"][kind]] == pytest.approx(shares, abs=1e-5)
        suffix = "" if kind == "as trained" else f"_{kind}"
        assert weight[f"log_loss{suffix}"] == pytest.approx(log_loss(path.y, proba), abs=1e-6)
        for i in (0, 5, 60, THRESHOLDS.index(0.5), 200, len(THRESHOLDS) - 1):
            _, fp, fn, _ = confusion_matrix(path.y, proba >= THRESHOLDS[i]).ravel()
            assert (counts["fp"][i], counts["fn"][i]) == (fp, fn)
        for group, name in zip(counts["groups"], ("north", "south"), strict=True):
            rows = path.groups == name
            _, fp, fn, _ = confusion_matrix(path.y[rows], proba[rows] >= 0.5).ravel()
            half = THRESHOLDS.index(0.5)
            assert (group["fp"][half], group["fn"][half]) == (fp, fn)


def test_the_page_opens_at_a_weight_that_is_recommended() -> None:
    path = make_path()
    policy = bw.Explicit({0: 1.0, 1: 10.0})
    best = replace(path.best("decisions"), policy=policy, correction="analytic", threshold=0.3)
    start = {"weight": RATIOS.index(10.0), "kind": "corrected", "threshold": THRESHOLDS.index(0.3)}
    assert payload(path, best)["start"] == start


def test_thresholds_rise_from_0_to_1_in_steps_of_at_most_a_half_percent() -> None:
    steps = np.diff(THRESHOLDS)
    assert (THRESHOLDS[0], THRESHOLDS[-1]) == (0.0, 1.0)
    assert steps.min() > 0
    assert steps.max() <= 0.005 + 1e-12
    assert tuple(round(1 - t, 4) for t in reversed(THRESHOLDS)) == THRESHOLDS


def test_the_unweighted_model_is_among_the_weights_even_if_not_asked_for() -> None:
    path = make_path([3.0, 10.0])
    found = payload(path)
    assert [weight["ratio"] for weight in found["weights"]] == [1.0, 3.0, 10.0]
    counts = confusion_matrix(path.y, path.baseline >= 0.5).ravel()
    half = THRESHOLDS.index(0.5)
    assert [found["weights"][0]["kinds"]["as trained"][name][half] for name in ("fp", "fn")] == counts[
        1:3
    ].tolist()
    assert found["weights"][0]["log_loss"] == found["weights"][0]["log_loss_corrected"]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        (bw.Costs(fn=50, fp=2), {"tn": 0, "fp": 2, "fn": 50, "tp": 0}),
        (bw.Costs(matrix=[[0, 3], [40, 1]], classes=[0, 1]), {"tn": 0, "fp": 3, "fn": 40, "tp": 1}),
        (None, {"tn": 0, "fp": 1, "fn": 11, "tp": 0}),
    ],
    ids=["two costs", "a matrix", "none: what balanced weights stand for"],
)
def test_costs_start_where_the_path_had_them(costs: Any, expected: dict[str, float]) -> None:
    found = payload(make_path(costs=costs))["costs"]
    assert found == pytest.approx(expected, abs=0.6 if costs is None else 0)


def test_no_row_of_the_data_is_in_the_page() -> None:
    """The page of twice the rows is no longer, but for the digits of its counts."""
    path = make_path()
    twice = {
        name: np.concatenate([getattr(path, name)] * 2, axis=-1)
        for name in ("row", "fold", "y", "proba", "corrected", "fitted", "baseline", "baseline_fitted")
    }
    once, more = (len(json.dumps(payload(each))) for each in (path, make_path(**twice)))
    assert more < 1.1 * once


def test_hostile_names_stay_text() -> None:
    hostile = make_path(names=["a", HOSTILE], classes=("fine", HOSTILE), estimator=HOSTILE)
    found = Page(bw.plots.weight_path_page(hostile))
    check_is_text(found, 5)
    assert json.loads(found.scripts[1])["positive"] == HOSTILE


def test_controls_are_named(page: Page) -> None:
    inputs = [attrs["id"] for tag, attrs in page.elements if tag == "input"]
    assert inputs == ["weight", "threshold", "fn-cost", "fp-cost"]
    labelled = {attrs.get("for") for tag, attrs in page.elements if tag == "label"}
    assert {"weight", "threshold"} <= labelled


def test_the_table_of_weights_is_there_without_a_script(page: Page) -> None:
    frame = make_path().to_frame()
    text = " ".join(page.text.split())
    for tp, recall in zip(frame["tp"], frame["recall"], strict=True):
        assert f"{tp}" in text
        assert f"{recall:.3f}" in text
    assert "Nadeau & Bengio" in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Weight 10 : 1, positive from 0.3 on"),
        ({"policy": bw.Unweighted()}, "No weight: the unweighted model, positive from 0.3 on"),
        ({"correction": "fitted", "threshold": None}, "Weight 10 : 1, fitted probabilities"),
        ({"library": None}, "Flag nobody"),
    ],
)
def test_what_is_recommended_is_said_in_plain_words(changes: dict[str, Any], says: str) -> None:
    policy = bw.Explicit({"no": 1.0, "yes": 10.0})
    best = replace(
        make_path().best("decisions"), policy=policy, pos_label="yes", threshold=0.3, name="flag nobody"
    )
    assert in_words(replace(best, **changes)) == says


def test_the_recommendation_and_its_code_come_first(page: Page) -> None:
    path = make_path(names=["north", "south"])
    best, text = path.best(), " ".join(page.text.split())
    assert text.index(in_words(best)) < text.index("Move the weight")
    assert best.code in page.text


def test_no_evidence_of_skill_comes_first() -> None:
    path = make_path()
    noise = replace(path, y=np.random.default_rng(0).permutation(path.y))
    main = bw.plots.weight_path_page(noise).partition("<main>")[2]
    assert main.index("No evidence of skill") < main.index('id="recommended"')


def test_one_fold_has_no_intervals() -> None:
    path = make_path()
    one = make_path(
        fold=np.zeros_like(path.fold), tuned_threshold=np.array([0.2]), train_size=np.array([900])
    )
    text = Page(bw.plots.weight_path_page(one)).text
    assert "in 1 fold," in text
    assert "nan" not in text.lower().replace("nadeau", "")


def test_groups_only_where_the_path_has_them(page: Page) -> None:
    assert [group["name"] for group in payload(make_path(names=[True, 2]))["groups"]] == ["True", "2"]
    assert "Whose errors" in page.text
    assert "Whose errors" not in Page(bw.plots.weight_path_page(make_path())).text


def test_the_page_is_written_and_the_same_each_time(tmp_path: Path) -> None:
    check_alone(bw.plots.weight_path_page(make_path()))
    file = tmp_path / "path.html"
    assert bw.plots.write_weight_path_page(make_path(), file) == file
    assert file.read_text(encoding="utf-8") == bw.plots.weight_path_page(make_path())


def test_a_page_of_something_else_is_refused() -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="weight_path"):
        bw.plots.weight_path_page({"ratios": [1]})  # type: ignore[arg-type]


@pytest.mark.parametrize("module", ["altair", "jinja2", "vl_convert"])
def test_a_missing_library_is_named_with_its_extra(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(bw.errors.MissingLibraryError, match=rf"needs {module};.*boostweights\[plots\]"):
        bw.plots.weight_path_page(make_path())
