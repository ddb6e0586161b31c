"""Mutated cards: only boostweights' own errors, or a card that is sound, ever come out."""

import numpy as np
import pytest
from cards import DAY, POLICIES, Y, a_card
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import boostweights as bw

TEXTS = [
    a_card(split=range(100)).to_text(),
    *(bw.Card.of(policy, y, library="lightgbm", today=DAY).to_text() for policy, y in POLICIES.values()),
]
VALUES = [
    *("nan", "inf", "-inf", "0", "-0.0", "1", "-1", "1e400", "1e-400", "true", "false", "[]", "{}", '""'),
    *("2026-01-01", "2026-01-01T00:00:00Z", "10:00:00", "0x1F", '"Balanced"', '"RowCosts"', '"os.system"'),
    *("[[]]", "[nan]", '"sha256:"', "99999999999999999999", "''", "9" * 5000, "1" + "0" * 400),
    *("[[1, 2], [3]]", '"\\u0000"', '"\\ud800"', "{ label = 1 }", "[{ label = 1 }]", '"""\n"""'),
    *("[true, 1]", "[[nan, 1], [1, 0]]"),
]
PIECES = [
    *(*"\"'[]{}=,.\n\r\x00#\ufeff\ud800\xe9", '"""', "'''", "<<<<<<< HEAD", "=======", ">>>>>>> b"),
    *("[policy]", "[[data.classes]]", "schema = 2", "a.b.c = 1", "[]"),
]


def sound(text: str) -> bool:
    """Whether a text is a card; then it must be one through and through."""
    try:
        card = bw.Card.from_text(text)
    except bw.BoostweightsError as refused:
        complete = bool(refused.rule and refused.mend)
    else:
        complete = None
    if complete is not None:
        assert complete
        return False
    assert bw.Card.from_text(card.to_text()) == card
    assert np.isfinite(card.weights.values).all()
    assert min(card.weights.values) > 0
    assert card.diff(card) == ()
    card.check(Y)
    return True


@st.composite
def values_exchanged(draw: st.DrawFn) -> str:
    """A card whose values are others, in TOML that is well formed."""
    rows = draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        position = draw(st.integers(0, len(rows) - 1))
        row, value = rows[position], draw(st.sampled_from(VALUES))
        if row.strip().startswith("{"):
            key = draw(st.sampled_from(["label", "value", "count", "weight"]))
            before, found, after = row.partition(f"{key} = ")
            rest = after.partition("," if "," in after else " }")
            rows[position] = f"{before}{found}{value}{rest[1]}{rest[2]}" if found else row
        elif " = " in row:
            rows[position] = f"{row.partition(' = ')[0]} = {value}"
    return "\n".join(rows)


@st.composite
def texts_broken(draw: st.DrawFn) -> str:
    """A card with pieces put in, taken out, doubled or moved."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.sampled_from([0, 1, 2, 5, 20, 200])))
        piece = draw(st.sampled_from([*PIECES, text[start:stop] * 2, ""]) | st.characters())
        text = text[:start] + piece + text[stop:]
    return text


FUZZ = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@given(text=values_exchanged())
@FUZZ
def test_cards_with_other_values(text: str) -> None:
    sound(text)


@given(text=texts_broken())
@FUZZ
def test_cards_with_broken_text(text: str) -> None:
    sound(text)


@given(text=st.text(max_size=60) | st.sampled_from(VALUES).map("schema = 1\ndigest = {}".format))
@FUZZ
def test_any_text(text: str) -> None:
    assert not sound(text)


@pytest.mark.full
@given(text=values_exchanged() | texts_broken())
@settings(FUZZ, max_examples=50_000)
def test_a_longer_fuzz(text: str) -> None:
    sound(text)


def test_unbroken_cards_are_sound() -> None:
    assert all(map(sound, TEXTS))
