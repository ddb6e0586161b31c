"""What a page draws of a choice, against scikit-learn's counts and the package's own net benefit."""

import json
from typing import Any

import numpy as np
import pytest
from benchmark.own_runs import COSTS, ROWS, chosen_of, models_of, rows_of
from sklearn.metrics import confusion_matrix, f1_score, recall_score

from boostweights.probabilities.thresholds import COUNTS, net_benefit
from boostweights.recommendation.evidence import THRESHOLDS, evidence
from boostweights.recommendation.figures import OF_COUNTS
from boostweights.recommendation.needs import NEEDS


def found_for(need: str) -> tuple[dict[str, Any], Any, Any]:
    chosen, rows = chosen_of(need)
    return evidence(chosen, rows, COSTS if need == "costs" else None), chosen, rows


def proba_of(one: dict[str, Any]) -> Any:
    """The probabilities that an option or a line of a page is of."""
    way = one["library"], one["policy"] is not None, one["correction"]
    models = {(each.library, each.weighted, each.correction): each for each in models_of(rows_of())}
    return models[way].proba


def test_every_model_is_counted_along_the_thresholds() -> None:
    found, chosen, rows = found_for("costs")
    assert len(found["models"]) == len(models_of(rows))
    for one in found["models"]:
        proba = proba_of(one)
        for i in (0, 7, 60, THRESHOLDS.index(0.5), 200, len(THRESHOLDS) - 1):
            _, fp, fn, _ = confusion_matrix(rows.y, proba >= THRESHOLDS[i]).ravel()
            assert (one["fp"][i], one["fn"][i]) == (fp, fn)
    first = found["models"][0]
    assert (first["library"], first["correction"]) == (chosen.best.option.model.library, "fitted")


@pytest.mark.parametrize("need", NEEDS)
def test_every_option_is_a_row_the_chosen_first(need: str) -> None:
    found, chosen, rows = found_for(need)
    json.dumps(found, allow_nan=False)
    options = found["options"]
    names = [str(worth.option) for worth in (chosen.best, *(rival for rival, _ in chosen.rivals))]
    assert [one["name"] for one in options] == names
    assert [one["role"] for one in options].count("chosen") == 1
    values = [one["value"] for one in options[1:]]
    assert values == sorted(values, reverse=not found["lower"])
    for one in options:
        if one["counts"] is not None:
            assert sum(one["counts"]) == pytest.approx(1000, abs=0.01)
            assert one["counts"][2] + one["counts"][3] == pytest.approx(1000 * rows.y.mean(), abs=0.01)


@pytest.mark.parametrize("need", ["decisions", "probabilities", "ranking"])
def test_an_option_counts_what_it_decides_or_would_decide_at_half(need: str) -> None:
    found, _, rows = found_for(need)
    assert (found["expected"] is None) == (need != "decisions")
    for one in found["options"]:
        if one["library"] is not None:
            assert (one["threshold"] is None) == (need != "decisions")
            decided = proba_of(one) >= (one["threshold"] or 0.5)
            expected = 1000 * confusion_matrix(rows.y, decided, normalize="all").ravel()
            assert one["counts"] == pytest.approx(expected.tolist(), abs=1e-3)


def test_the_expected_matrix_is_of_1000_rows_and_says_what_the_figures_say() -> None:
    found, chosen, _ = found_for("costs")
    expected = found["expected"]
    assert sum(expected[name]["value"] for name in COUNTS) == pytest.approx(1000)
    for name in COUNTS:
        assert 0 <= expected[name]["low"] <= expected[name]["value"] <= expected[name]["high"] <= 1000
    figures = {each.metric: each.value for each in chosen.expected}
    cost = sum(cost * expected[name]["value"] for name, cost in zip(COUNTS, COSTS, strict=True)) / 1000
    assert cost == pytest.approx(figures["cost"])
    assert expected["fp"]["value"] + expected["tp"]["value"] == pytest.approx(figures["alarms_per_1000"])


def test_only_what_is_more_than_noise_is_beyond() -> None:
    found, chosen, _ = found_for("costs")
    beyond = {one["name"]: one["beyond"] for one in found["options"]}
    assert beyond["flag nobody"]
    assert beyond["flag everybody"]
    assert not beyond[str(chosen.best.option)]
    best = found["options"][0]["value"]
    alike = {one["beyond"] for one in found["options"] if one["library"] and abs(one["value"] - best) < 0.01}
    assert alike == {False}


def test_thresholds_have_the_names_that_they_deserve() -> None:
    found, chosen, rows = found_for("costs")
    proba = chosen.best.option.model.proba
    named = {one["name"]: one for one in found["named"]}
    assert named["recommended"]["threshold"] == chosen.best.threshold
    assert named["of the costs"]["threshold"] == pytest.approx(1 / 21)
    scores = np.unique(proba)
    assert f1_score(rows.y, proba >= named["best F1"]["threshold"]) == max(
        f1_score(rows.y, proba >= t) for t in scores
    )
    for recall in (0.8, 0.9, 0.95):
        threshold = named[f"recall of at least {recall:g}"]["threshold"]
        assert recall_score(rows.y, proba >= threshold) >= recall
        assert recall_score(rows.y, proba > threshold) < recall
    counts = 1000 * confusion_matrix(rows.y, proba >= 0.5, normalize="all").ravel()
    assert named["most probable class"]["counts"] == pytest.approx(counts.tolist(), abs=1e-3)


def test_net_benefit_is_the_packages_own() -> None:
    found, _, rows = found_for("costs")
    benefit = found["benefit"]
    assert benefit["marked"] == pytest.approx(1 / 21)
    for one in benefit["models"]:
        for at in (1, 20, 59):
            expected = net_benefit(rows.y, proba_of(one), benefit["thresholds"][at])
            assert one["values"][at] == pytest.approx(expected, abs=2e-5)
    share, at = rows.y.mean(), benefit["thresholds"][30]
    assert benefit["everybody"][30] == pytest.approx(share - (1 - share) * at / (1 - at), abs=2e-5)


def test_trivial_rules_flag_nobody_everybody_and_the_share() -> None:
    found, _, rows = found_for("costs")
    alarms = {name: counts[1] + counts[3] for name, counts in found["trivial"].items()}
    assert list(alarms.values()) == pytest.approx([0, 1000, 1000 * rows.y.mean()], abs=0.01)
    recall = OF_COUNTS["recall"](np.array(found["trivial"]["flag everybody"])[:, None])[0]
    assert recall == pytest.approx(1)
    assert found["rows"] == ROWS
