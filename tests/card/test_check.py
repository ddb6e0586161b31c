"""What a check finds: drift of the labels, and what people left open."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cards import DAY, Y, a_card
from scipy.stats import chi2_contingency

import boostweights as bw
from boostweights.card.checking import cohens_w
from boostweights.card.content import Review

LATER = DAY + datetime.timedelta(days=30)


def check(card: bw.Card, y: Any = None, **given: Any) -> bw.audits.Findings:
    return card.check(y, **{"today": LATER, **given})


def labels(negatives: int, positives: int) -> list[int]:
    return [0] * negatives + [1] * positives


def only(findings: bw.audits.Findings, code: str) -> bw.audits.Finding:
    found = [each for each in findings if each.code == code]
    assert len(found) == 1, findings
    return found[0]


def test_an_unchanged_split_finds_nothing() -> None:
    card = a_card(split=range(100))
    assert not check(card, Y, split=range(100))
    assert not check(card)
    again = bw.Card.from_text(card.to_text())
    assert not check(again, np.array(Y), split=range(100))
    assert not check(card, bw.ClassCounts.of(Y))


def test_a_new_class_is_an_error() -> None:
    found = check(a_card(), [*Y, 2, 2])
    assert only(found, "card-new-class").message == "class 2 has 2 rows and is not in the card"
    assert only(found, "card-new-class").severity == "error"


def test_a_missing_class_is_an_error() -> None:
    y = ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    found = check(a_card("balanced", y, form=None, affected=None), y[:10])
    assert only(found, "card-missing-class").message == "class 'c' had 5 rows and has none now"
    assert only(found, "card-missing-class").severity == "error"


def test_missing_classes_that_leave_one_are_found_not_raised() -> None:
    assert check(a_card(), [0] * 5).codes() == ["card-missing-class"]


def test_a_class_that_an_explicit_policy_lacks_is_found_once() -> None:
    card = a_card(bw.Explicit({0: 1.0, 1: 9.0}), form="sample_weight")
    found = check(card, [*Y, 2])
    assert found.codes() == ["card-new-class"]


def test_labels_of_another_type_are_found_alone() -> None:
    for y in (["0"] * 90 + ["1"] * 10, [False] * 90 + [True] * 10):
        found = check(a_card(), y)
        assert found.codes() == ["card-label-type"]
        assert found[0].severity == "error"
    assert not check(a_card(), np.array(Y, float))


@pytest.mark.parametrize(
    ("negatives", "positives", "severity"),
    [
        (90_000, 10_000, None),
        (90_400, 9_600, None),  # chance: the card's own 100 rows are few
        (85, 15, "info"),  # .167, yet 100 rows are too few to tell
        (8_500, 1_500, None),
    ],
)
def test_a_small_card_moves_by_chance(negatives: int, positives: int, severity: str | None) -> None:
    found = [
        each for each in check(a_card(), labels(negatives, positives)) if each.code == "card-prior-moved"
    ]
    expected = chi2_contingency([[90, 10], [negatives, positives]], correction=False).pvalue
    w = math.sqrt((positives / (negatives + positives) - 0.1) ** 2 * (1 / 0.1 + 1 / 0.9))
    if severity is None and (expected < 0.05 or w >= 0.1):
        severity = "info" if expected >= 0.05 else "warning"
    assert [each.severity for each in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("positives", "severity"),
    [(10_000, None), (10_200, None), (10_500, "info"), (13_500, "warning"), (20_000, "error")],
)
def test_a_prior_is_as_grave_as_its_effect_is_large(positives: int, severity: str | None) -> None:
    card = a_card(y=labels(90_000, 10_000))
    y = labels(100_000 - positives, positives)
    found = [each for each in check(card, y, tolerance=100.0) if each.code == "card-prior-moved"]
    assert [each.severity for each in found] == ([severity] if severity else [])
    table = [[90_000, 10_000], [100_000 - positives, positives]]
    p = chi2_contingency(table, correction=False).pvalue
    shift = positives / 1e5 - 0.1
    w = math.sqrt(shift**2 / 0.9 + shift**2 / 0.1)
    assert cohens_w(card.weights.counts, bw.ClassCounts.of(y)) == pytest.approx(w, abs=1e-12)
    if severity:
        assert f"Cohen's w {w:.3f}, chi-square p {p:.2g}" in found[0].message
        assert "class 1 was 10 % and is" in found[0].message
    if severity == "info":
        assert found[0].why == "It is more than chance, but a small effect."


def test_cohens_own_example_of_effect_sizes() -> None:
    # Cohen 1988, table 7.2.1: .3 against .25 in four cells with the rest spread even
    old = bw.ClassCounts({"a": 25, "b": 25, "c": 25, "d": 25})
    new = bw.ClassCounts({"a": 37.5, "b": 20.83, "c": 20.83, "d": 20.84})
    assert cohens_w(old, new) == pytest.approx(0.289, abs=5e-4)


def test_the_weights_of_today_are_compared_within_the_tolerance() -> None:
    card = a_card(y=labels(900, 100))  # weights 1 and 9
    assert "card-weights-moved" not in check(card, labels(890, 110)[10:], tolerance=0.13).codes()
    for positives, severity in (
        (120, "warning"),
        (180, "warning"),
        (200, "error"),
        (60, "warning"),
        (40, "error"),
    ):
        y = labels(900, positives)
        weight = 900 / positives
        found = only(check(card, y), "card-weights-moved")
        assert found.severity == severity
        assert (
            found.message
            == f"the weight of 1 would be {weight:.6g} instead of 9 ({weight / 9 * 100 - 100:+.0f} %)"
        )
    assert check(card, labels(900, 120), tolerance=0.2).codes() == []


def test_explicit_weights_do_not_move_with_the_prior() -> None:
    card = a_card(bw.Explicit({0: 1.0, 1: 9.0}), form="sample_weight")
    assert check(card, labels(50, 50)).codes() == ["card-prior-moved"]


def test_counts_follow_the_callers_row_weights() -> None:
    weight = [1.0] * 90 + [2.5] * 10
    card = a_card(sample_weight=weight, form="sample_weight")
    assert card.weights.counts == {0: 90, 1: 25}
    assert not check(card, Y, sample_weight=weight)
    assert "card-weights-moved" in check(card, Y).codes()
    halves = [0.55] * 90 + [2.5] * 10
    assert "weighted counts" in only(check(a_card(), Y, sample_weight=halves), "card-prior-moved").message


def test_row_costs_are_compared_where_they_are_given() -> None:
    costs = np.column_stack([np.linspace(5, 50, 100), np.ones(100)])
    card = a_card(bw.RowCosts(), row_costs=costs, form="sample_weight")
    assert not check(card, Y, row_costs=costs)
    assert check(card, Y).codes() == ["card-weights-unchecked"]
    assert check(card, Y, row_costs=costs * 1.5).codes() == ["card-weights-moved"] * 2


def test_exchanged_rows_with_the_same_counts_are_a_note() -> None:
    found = check(a_card(), Y[::-1])
    assert found.codes() == ["card-labels-changed"]
    assert found[0].severity == "info"
    assert not check(replace(a_card(), labels=""), Y[::-1])


def test_another_split_is_found() -> None:
    card = a_card(split=range(100))
    assert check(card, Y, split=range(1, 101)).codes() == ["card-split-changed"]
    assert not check(a_card(), Y, split=range(100))


def test_a_policy_that_does_not_resolve_is_a_finding() -> None:
    card = a_card(bw.Costs(fn=9.0, fp=1.0, positive="b"), ["a", "b"], form=None, affected=None)
    found = check(replace(card, policy=bw.Costs(fn=9.0, fp=1.0, positive="x")), ["a", "b"])
    assert only(found, "card-unresolvable").severity == "error"
    assert "positive must be one of the labels" in only(found, "card-unresolvable").message


def test_a_guarantee_that_versions_changed_is_found() -> None:
    card = a_card()
    weaker = replace(card, guarantee="equivalent", versions={**card.versions, "xgboost": "1.0"})
    found = only(check(weaker, Y), "card-guarantee-changed")
    assert found.severity == "info"  # it is stronger now
    assert "was equivalent and is identical" in found.message
    assert f"xgboost was 1.0 and is {card.versions['xgboost']}" in found.message
    y = labels(93, 7)  # the ratio is no float32
    rounded = a_card(y=y, library="lightgbm", form="is_unbalance")
    assert rounded.guarantee == "equivalent"
    claimed = only(check(replace(rounded, guarantee="identical"), y), "card-guarantee-changed")
    assert claimed.severity == "error"
    assert "was identical and is equivalent" in claimed.message


def test_a_form_that_is_none_any_more_is_an_error() -> None:
    found = only(check(replace(a_card(), form="scale_weight"), Y), "card-guarantee-changed")
    assert found.severity == "error"
    assert "and is none (a form of xgboost must be known" in found.message
    three = check(a_card(), [*Y, 2])
    assert "card-guarantee-changed" in three.codes()  # scale_pos_weight says two classes


def test_a_card_of_an_estimator_needs_it_to_look_again() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    clf = bw.WeightedClassifier(HistGradientBoostingClassifier(), form="class_weight")
    card = a_card(clf, library=None, form=None)
    assert (card.estimator, card.library, card.guarantee) == (
        "HistGradientBoostingClassifier",
        "sklearn",
        "identical",
    )
    assert not check(card, Y)
    assert not check(card, Y, estimator=clf)
    assert not check(card, Y, estimator=clf.estimator)
    old = replace(card, versions={**card.versions, "sklearn": "1.0"})
    found = only(check(old, Y), "card-guarantee-unchecked")
    assert (found.severity, "sklearn was 1.0 and is" in found.why.lower()) == ("info", True)
    assert not check(old, Y, estimator=clf)


def test_what_people_left_open() -> None:
    card = a_card(rationale=" ", owner="", affected=None, reviewed=None)
    found = check(card, Y)
    assert {each.code: each.severity for each in found} == {
        "card-no-rationale": "warning",
        "card-no-owner": "warning",
        "card-not-reviewed": "warning",
        "card-no-affected": "info",
    }


def test_reviews_that_are_not_of_the_card() -> None:
    day = datetime.timedelta(days=1)
    for state, date, codes in (
        ("approved", DAY, []),
        ("approved", DAY + day, []),
        ("approved", DAY - day, ["card-review-stale"]),
        ("approved", LATER + day, ["card-date-ahead"]),
        ("rejected", DAY, ["card-rejected"]),
    ):
        assert check(a_card(reviewed=Review(state=state, reviewer="me", date=date))).codes() == codes
    assert not check(a_card(), today=DAY)
    assert check(a_card(today=LATER + day, reviewed=None)).codes() == ["card-not-reviewed", "card-date-ahead"]
    assert check(a_card(reviewed=Review(state="rejected", reviewer="me", date=DAY)))[0].severity == "error"


@pytest.mark.parametrize("tolerance", [0, -1, math.nan, math.inf, "0.1", True])
def test_a_tolerance_is_a_positive_number(tolerance: Any) -> None:
    with pytest.raises((bw.InvalidValueError, bw.InvalidTypeError), match="tolerance must be"):
        check(a_card(), Y, tolerance=tolerance)


def test_what_belongs_to_rows_needs_them() -> None:
    for given in ({"sample_weight": [1.0]}, {"row_costs": [[1.0, 2.0]]}):
        with pytest.raises(bw.InvalidTypeError, match="belong to rows"):
            check(a_card(), **given)
    with pytest.raises(bw.InvalidTypeError, match="counts are already weighted or not"):
        check(a_card(), bw.ClassCounts.of(Y), sample_weight=[1.0] * 100)


def test_a_class_that_went_is_no_matter_of_the_form() -> None:
    y = ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    card = a_card(
        bw.Explicit({"a": 1.0, "b": 1.0, "c": 1.0}),
        y,
        library="catboost",
        form="auto_class_weights",
        affected=None,
    )
    assert check(card, y[:10]).codes() == ["card-missing-class", "card-no-affected"]


def test_labels_that_are_none_are_an_error() -> None:
    with pytest.raises(bw.InvalidValueError, match="labels must not be empty"):
        check(a_card(), [])
