"""What changed between two cards, in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cards import DAY, a_card

import boostweights as bw
from boostweights.card.content import Review


def explicit(weight: float, y: list[int], **stated: object) -> bw.Card:
    return a_card(bw.Explicit({0: 1.0, 1: weight}), y, form="sample_weight", **stated)


def test_cards_that_are_alike_differ_in_nothing() -> None:
    assert a_card().diff(bw.Card.from_text(a_card().to_text())) == ()


def test_weights_and_counts_come_first_with_their_change() -> None:
    old, new = explicit(9.0, [0] * 90 + [1] * 10), explicit(12.5, [0] * 90 + [1] * 8)
    assert old.diff(new) == (
        "the weight of 1 rose from 9.0 to 12.5 (+39 %)",
        "the number of rows of 1 fell from 10 to 8 (-20 %)",
        "the policy was Explicit({0: 1.0, 1: 9.0}) and is Explicit({0: 1.0, 1: 12.5})",
        "the labels are others",
    )
    assert new.diff(old)[0] == "the weight of 1 fell from 12.5 to 9.0 (-28 %)"
    assert explicit(9.0, [0, 1]).diff(explicit(9.001, [0, 1]))[0].endswith("(+0.01 %)")


def test_classes_that_come_and_go() -> None:
    old = a_card("balanced", ["a", "b"], form=None, affected=None)
    new = a_card("balanced", ["a", "c"], form=None, affected=None)
    said = old.diff(new)
    assert "the weight of 'c' is new: 1.0" in said
    assert "the weight of 'b' is gone: it was 1.0" in said
    assert "the number of rows of 'c' is new: 1" in said


def test_a_label_of_another_type_is_said() -> None:
    old, new = (a_card("balanced", y, form=None, affected=None) for y in ([0, 1], [0.0, 1.0]))
    assert "the weight of 1.0 is of a label that was int" in old.diff(new)
    booleans = a_card("balanced", [False, True], form=None, affected=None)
    assert "the weight of True is of a label that was int" in old.diff(booleans)


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
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_fact_has_its_sentence(changed: dict[str, object], sentence: str) -> None:
    card = a_card()
    assert any(said.startswith(sentence) for said in card.diff(replace(card, **changed)))


def test_rationale_and_owner_are_in_the_diff() -> None:
    said = a_card().diff(a_card(rationale="other", owner=""))
    assert said[0].startswith("the rationale was 'A missed default")
    assert said[1] == "the owner is no longer stated: it was 'credit risk'"
