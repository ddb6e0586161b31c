"""What a check finds: drift of the labels, what people left open; what changed between two cards."""

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
    assert check(card, Y, split=range(1, 101)).codes() == ["card-split-changed"]
    assert not check(a_card(), Y, split=range(100))


ABC = ["a"] * 5 + ["b"] * 5 + ["c"] * 5
EXPLICIT = a_card(bw.Explicit({0: 1.0, 1: 9.0}), form="sample_weight")
EVEN = a_card(
    bw.Explicit({"a": 1.0, "b": 1.0, "c": 1.0}),
    ABC,
    library="catboost",
    form="auto_class_weights",
    affected=None,
)


@pytest.mark.parametrize(
    ("card", "y", "codes"),
    [
        (a_card(), [0] * 5, ["card-missing-class"]),
        (EXPLICIT, [*Y, 2], ["card-new-class"]),
        (EVEN, ABC[:10], ["card-missing-class", "card-no-affected"]),
        (a_card(), ["0"] * 90 + ["1"] * 10, ["card-label-type"]),
        (a_card(), [False] * 90 + [True] * 10, ["card-label-type"]),
        (a_card(), np.array(Y, float), []),
        (EXPLICIT, labels(50, 50), ["card-prior-moved"]),
        (a_card(), Y[::-1], ["card-labels-changed"]),
        (replace(a_card(), labels=""), Y[::-1], []),
    ],
    ids=range(9),
)
def test_other_labels_have_their_codes(card: bw.Card, y: Any, codes: list[str]) -> None:
    found = check(card, y)
    assert found.codes() == codes
    for finding in found:
        if finding.code in ("card-new-class", "card-missing-class", "card-label-type"):
            assert finding.severity == "error"


def test_classes_that_come_and_go_are_named_with_their_rows() -> None:
    new, gone = check(EXPLICIT, [*Y, 2, 2]), check(EVEN, ABC[:10])
    assert only(new, "card-new-class").message == "class 2 has 2 rows and is not in the card"
    assert only(gone, "card-missing-class").message == "class 'c' had 5 rows and has none now"


@pytest.mark.parametrize(
    ("known", "negatives", "positives", "severity"),
    [
        ((90, 10), 90_000, 10_000, None),
        ((90, 10), 90_400, 9_600, None),  # chance: the card's own 100 rows are few
        ((90, 10), 85, 15, "info"),  # .167, yet 100 rows are too few to tell
        ((90, 10), 8_500, 1_500, "info"),
        ((90_000, 10_000), 90_000, 10_000, None),
        ((90_000, 10_000), 89_800, 10_200, None),
        ((90_000, 10_000), 89_500, 10_500, "info"),
        ((90_000, 10_000), 86_500, 13_500, "warning"),
        ((90_000, 10_000), 80_000, 20_000, "error"),
    ],
)
def test_a_prior_is_as_grave_as_its_effect_is_large_and_chance_is_none(
    known: tuple[int, int], negatives: int, positives: int, severity: str | None
) -> None:
    card, y = a_card(y=labels(*known)), labels(negatives, positives)
    found = [each for each in check(card, y, tolerance=100.0) if each.code == "card-prior-moved"]
    assert [each.severity for each in found] == ([severity] if severity else [])
    p = chi2_contingency([known, [negatives, positives]], correction=False).pvalue
    shift = positives / (negatives + positives) - 0.1
    w = math.sqrt(shift**2 / 0.9 + shift**2 / 0.1)
    assert cohens_w(card.weights.counts, bw.ClassCounts.of(y)) == pytest.approx(w, abs=1e-12)
    if severity:
        assert (
            f"class 1 was 10 % and is {100 * positives / (negatives + positives):.3g} %" in found[0].message
        )
        assert f"Cohen's w {w:.3f}, chi-square p {p:.2g}" in found[0].message
    if severity == "info":
        assert found[0].why == (
            "It is more than chance, but a small effect."
            if p < 0.05
            else "Rows are too few to tell it from chance."
        )


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
        found, weight = only(check(card, labels(900, positives)), "card-weights-moved"), 900 / positives
        change = f"{weight:.6g} instead of 9 ({weight / 9 * 100 - 100:+.0f} %)"
        assert (found.severity, found.message) == (severity, f"the weight of 1 would be {change}")
    assert check(card, labels(900, 120), tolerance=0.2).codes() == []


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


def test_a_policy_that_does_not_resolve_is_a_finding() -> None:
    card = a_card(bw.Costs(fn=9.0, fp=1.0, pos_label="b"), ["a", "b"], form=None, affected=None)
    found = check(replace(card, policy=bw.Costs(fn=9.0, fp=1.0, pos_label="x")), ["a", "b"])
    assert only(found, "card-unresolvable").severity == "error"
    assert "pos_label must be one of the labels" in only(found, "card-unresolvable").message


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
    assert (card.estimator, card.guarantee) == ("HistGradientBoostingClassifier", "identical")
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
    with pytest.raises((bw.errors.InvalidValueError, bw.errors.InvalidTypeError), match="tolerance must be"):
        check(a_card(), Y, tolerance=tolerance)


def test_what_belongs_to_rows_needs_them() -> None:
    for given in ({"sample_weight": [1.0]}, {"row_costs": [[1.0, 2.0]]}):
        with pytest.raises(bw.errors.InvalidTypeError, match="belong to rows"):
            check(a_card(), **given)
    with pytest.raises(bw.errors.InvalidValueError, match="labels must not be empty"):
        check(a_card(), [])
    with pytest.raises(bw.errors.InvalidTypeError, match="counts are already weighted or not"):
        check(a_card(), bw.ClassCounts.of(Y), sample_weight=[1.0] * 100)


# --- what changed between two cards ---


def explicit(weight: float, y: list[int], **stated: object) -> bw.Card:
    return a_card(bw.Explicit({0: 1.0, 1: weight}), y, form="sample_weight", **stated)


def test_weights_and_counts_come_first_with_their_change() -> None:
    old, new = explicit(9.0, [0] * 90 + [1] * 10), explicit(12.5, [0] * 90 + [1] * 8)
    assert old.diff(new) == (
        "the weight of 1 rose from 9.0 to 12.5 (+39 %)",
        "the number of rows of 1 fell from 10 to 8 (-20 %)",
        "the policy was Explicit({0: 1.0, 1: 9.0}) and is Explicit({0: 1.0, 1: 12.5})",
        "the labels are others",
    )
    assert old.diff(bw.Card.from_text(old.to_text())) == ()
    assert new.diff(old)[0] == "the weight of 1 fell from 12.5 to 9.0 (-28 %)"
    assert explicit(9.0, [0, 1]).diff(explicit(9.001, [0, 1]))[0].endswith("(+0.01 %)")


@pytest.mark.parametrize(
    ("labels", "sentences"),
    [
        (["a", "c"], {"the weight of 'c' is new: 1.0", "the weight of 'b' is gone: it was 1.0"}),
        ([0.0, 1.0], {"the weight of 1.0 is of a label that was int"}),
        ([False, True], {"the weight of True is of a label that was int"}),
    ],
)
def test_classes_that_come_and_go_or_are_of_another_type(labels: list[Any], sentences: set[str]) -> None:
    before: list[Any] = ["a", "b"] if "a" in labels else [0, 1]
    old, new = (a_card("balanced", y, form=None, affected=None) for y in (before, labels))
    assert sentences <= set(old.diff(new))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"target": "churn"}, "the target column was 'default' and is 'churn'"),
        ({"form": "sample_weight"}, "the form was 'scale_pos_weight' and is 'sample_weight'"),
        ({"guarantee": "different"}, "the guarantee was 'identical' and is 'different'"),
        ({"params": ""}, "what the form sets is no longer stated: it was 'scale_pos_weight=9.0'"),
        ({"estimator": "XGBClassifier"}, "the estimator is now stated: 'XGBClassifier'"),
        ({"affected": {"fp": "nobody"}}, "who is affected by fn is no longer stated: it was 'the bank'"),
        ({"labels": "sha256:" + "0" * 64}, "the labels are others, with the same counts"),
        ({"split": "sha256:" + "0" * 64}, "the split is another"),
        ({"review": Review()}, "the review was approved by R. Viewer on 2026-03-01 and is not reviewed"),
        ({"policy": bw.Balanced()}, "the policy was Balanced(scale='majority') and is Balanced()"),
        ({"date": DAY.replace(day=2)}, "the date was 2026-03-01 and is 2026-03-02"),
        ({"versions": {"numpy": "0"}}, "the version of xgboost is no longer stated"),
        ({"reason": "because"}, "the reason of the guarantee was"),
        ({"pins": ""}, "what the form pins is no longer stated"),
        ({"library": "lightgbm"}, "the library was 'xgboost' and is 'lightgbm'"),
        ({"policy": a_card(owner="").policy}, "the owner is no longer stated: it was 'credit risk'"),
        ({"policy": a_card(rationale="other").policy}, "the rationale was 'A missed default"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_fact_has_its_sentence(changed: dict[str, object], sentence: str) -> None:
    card = a_card()
    assert any(said.startswith(sentence) for said in card.diff(replace(card, **changed)))
