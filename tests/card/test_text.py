"""A card as text: it comes back as it was, and a diff of it shows what changed."""

import datetime
import difflib
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cards import DAY, POLICIES, Y, a_card
from hypothesis import given
from hypothesis import strategies as st

import boostweights as bw
from boostweights.card.content import Review
from boostweights.weighting.policies.names import KINDS

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LABELS = st.one_of(
    st.lists(st.integers(-(10**20), 10**20), min_size=2, max_size=4, unique=True),
    st.lists(st.integers(-(10**6), 10**6).map(float), min_size=2, max_size=4, unique=True),
    st.lists(TEXTS, min_size=2, max_size=4, unique=True),
    st.just([False, True]),
)


def same(one: bw.Card, other: bw.Card) -> bool:
    types = [list(map(type, card.weights.classes)) for card in (one, other)]
    return one == other and types[0] == types[1] and one.digest == other.digest


@given(
    labels=LABELS,
    weight=st.floats(2.0**-126, 1e38),
    count=st.one_of(st.integers(1, 10**9), st.floats(1e-3, 1e9)),
)
def test_labels_weights_and_counts_come_back_as_they_were(
    labels: list[Any], weight: float, count: float
) -> None:
    counts = bw.ClassCounts(dict.fromkeys(labels, count))
    weights = bw.ClassWeights(dict.fromkeys(labels, weight), counts=counts)
    card = bw.Card.of(weights, today=DAY)
    again = bw.Card.from_text(card.to_text())
    assert same(again, card)
    assert repr(again.weights) == repr(card.weights)


@given(rationale=TEXTS.map(lambda text: text * 3), owner=TEXTS, affected=TEXTS)
def test_any_text_comes_back_as_it_was(rationale: str, owner: str, affected: str) -> None:
    card = a_card(rationale=rationale, owner=owner, target=owner, affected={"fn": affected, "1": rationale})
    assert bw.Card.from_text(card.to_text()) == card
    assert (card.rationale, card.owner, card.policy.rationale) == (rationale, owner, rationale)


@pytest.mark.parametrize(
    "rationale",
    [
        '"""',
        'a\n"',
        'a"""b\n',
        'a\n"""',
        "a\\\n",
        "\n\na\n",
        "<<<<<<< HEAD\nx",
        "a\n>>>>>>> b",
        "\r\n",
        "\x7f\x00\u202e\n",
        "'''\n''",
        '"\n""\n',
    ],
)
def test_texts_that_look_like_toml_come_back_as_they_were(rationale: str) -> None:
    card = a_card(rationale=rationale)
    assert bw.Card.from_text(card.to_text()).rationale == rationale
    assert tomllib.loads(card.to_text())["why"]["rationale"] == rationale


def test_what_a_reader_would_not_see_is_written_as_a_number() -> None:
    text = a_card(rationale="safe\u202eevil", owner="a\x1b[31m\u200b").to_text()
    assert "safe\\u202eevil" in text
    assert "a\\u001b[31m\\u200b" in text


@pytest.mark.parametrize("name", POLICIES)
def test_policies_come_back_equal_and_resolve_alike(name: str) -> None:
    policy, y = POLICIES[name]
    card = bw.Card.of(policy, y, today=DAY)
    again = bw.Card.from_text(card.to_text())
    assert again.policy == policy
    assert repr(again.policy) == repr(policy)
    assert again.policy.resolve(y) == again.weights == policy.resolve(y)
    assert again.weights.notes == policy.resolve(y).notes


def test_each_public_policy_is_known_to_cards() -> None:
    public = {each for each in (getattr(bw, name) for name in bw.__all__) if isinstance(each, type)}
    classes = {each for each in public if each is bw.RowCosts or issubclass(each, bw.Policy)} - {bw.Policy}
    assert set(KINDS.values()) == classes
    assert {type(policy) for policy, _ in POLICIES.values()} == classes - {bw.RowCosts}


def test_row_costs_are_stated_by_their_mean_weight() -> None:
    costs = np.array([[900.0, 5.0], [40.0, 5.0], [60.0, 8.0]])
    card = bw.Card.of(bw.RowCosts(), [1, 0, 0], row_costs=costs, library="lightgbm")
    assert card.weights.class_weight == {0: 6.5, 1: 900.0}
    assert bw.Card.from_text(card.to_text()) == card


def test_the_text_is_laid_out_to_be_read() -> None:
    lines = a_card().to_text().splitlines()
    tables = [line for line in lines if line.startswith("[")]
    assert tables == [
        *("[why]", "[why.affected]", "[policy]", "[policy.fields]", "[data]", "[native]", "[versions]"),
        "[review]",
    ]
    for line in (
        "code = \"Balanced(scale='majority')\"",
        "date = 2026-03-01",
        "    { label = 0, count = 90, weight = 1.0 },",
        "    { label = 1, count = 10, weight = 9.0 },",
        "A missed default costs more.",
        'guarantee = "identical"',
    ):
        assert line in lines
    assert lines[0].startswith("# boostweights card, schema 1")


def test_a_new_weight_changes_its_own_line_its_policys_and_the_digest() -> None:
    old, new = (a_card(bw.Explicit({0: 1.0, 1: weight}), form="sample_weight") for weight in (9.0, 12.5))
    changed = [
        line
        for line in difflib.unified_diff(
            old.to_text().splitlines(), new.to_text().splitlines(), n=0, lineterm=""
        )
        if line.startswith("+") and not line.startswith("+++")
    ]
    assert [line.split(" ")[0] for line in changed] == ["+digest", "+code", "+", "+"]
    assert sum("12.5" in line for line in changed) == 3


def test_people_may_fill_in_their_part_by_hand() -> None:
    blank = a_card(rationale="", owner="", affected=None, reviewed=None)
    text = blank.to_text()
    for before, after in (
        ('owner = ""', 'owner = "me"'),
        ('rationale = ""', 'rationale = """\nwhy\nnot"""'),
        ('fn = ""', 'fn = "the bank"'),
        ('state = "not reviewed"', 'state = "approved"'),
        ('reviewer = ""', 'reviewer = "you"\ndate = 2026-03-02'),
    ):
        assert text.count(before) == 1
        text = text.replace(before, after)
    card = bw.Card.from_text("# a comment\n" + text.replace("\n", "\r\n"))
    assert (card.owner, card.rationale, dict(card.affected)) == ("me", "why\nnot", {"fn": "the bank"})
    assert card.review == Review(state="approved", reviewer="you", date=datetime.date(2026, 3, 2))
    assert card.digest == blank.digest


def test_a_file_comes_back_and_nothing_else_is_left(tmp_path: Path) -> None:
    card, path = a_card(), tmp_path / "weights.toml"
    path.write_text("old")
    card.write(path)
    assert bw.Card.read(path) == bw.Card.read(str(path)) == card
    assert path.read_bytes() == card.to_text().encode()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())  # as Windows' editors save it
    assert bw.Card.read(path) == card
    assert [each.name for each in tmp_path.iterdir()] == ["weights.toml"]


def test_a_card_is_written_into_a_folder_that_exists(tmp_path: Path) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="folder that exists"):
        a_card().write(tmp_path / "absent" / "card.toml")


def test_all_that_is_resolved_is_in_the_digest() -> None:
    from dataclasses import replace

    card = a_card(split=range(100))
    others = {
        "policy": bw.Balanced(scale="none", rationale=card.rationale, owner=card.owner),
        "date": datetime.date(2026, 3, 2),
        "weights": bw.ClassWeights({0: 1.0, 1: 9.0}, counts=bw.ClassCounts({0: 91, 1: 10})),
        "target": "other",
        "labels": "sha256:" + "0" * 64,
        "split": "sha256:" + "0" * 64,
        "library": "lightgbm",
        **dict.fromkeys(
            ("form", "guarantee", "reason", "params", "pins", "estimator", "correction", "decision"), "other"
        ),
        "promise": bw.promise(range(100), at_most={"alarms": 0.1}),
        "versions": {"numpy": "0"},
    }
    free = {"affected": {}, "review": Review()}
    assert {*others, *free} == {*type(card).__dataclass_fields__}
    assert len(
        {replace(card, **{name: value}).digest for name, value in others.items()} - {card.digest}
    ) == len(others)
    for name, value in free.items():
        assert replace(card, **{name: value}).digest == card.digest
    assert a_card(split=range(100), owner="x", rationale="y").digest == card.digest
    weights = bw.ClassWeights({0.0: 1.0, 1.0: 9.0}, counts=bw.ClassCounts({0.0: 90, 1.0: 10}))
    assert replace(card, weights=weights).digest != card.digest
    assert Y == [0] * 90 + [1] * 10
