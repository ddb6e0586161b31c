"""Tables as text: within the width, no figure broken, no letter lost, whatever the cells."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boostweights.tables.text import as_facts, as_text, wrapped

NAMES = ("unweighted", "Balanced(power=0.75, cap=12.5)", "a_name_with_many_parts/and-a-path", "スーパー", "")
CELLS = st.one_of(
    st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
    st.lists(st.integers(-(10**9), 10**9), min_size=3, max_size=3),
    st.lists(st.sampled_from([*NAMES, "some words of prose that go on for a while"]), min_size=3, max_size=3),
)


@given(
    columns=st.dictionaries(
        st.sampled_from(["recall", "log_loss", "B − A", "what it is"]), CELLS, min_size=1
    ),
    width=st.integers(50, 200),
)
def test_no_line_is_too_long_and_no_figure_is_broken(columns: dict[str, list[object]], width: int) -> None:
    columns = {"": ["one", "two", "three"]} | columns
    text = as_text(columns, width=width)
    assert all(len(line) + len(re.findall("[ア-ンー]", line)) <= width for line in text.splitlines())
    for values in columns.values():
        for value in values:
            if isinstance(value, float):
                assert f"{value:.6g}" in text.split() or f"{value:.0f}" in text.split()
            if isinstance(value, int):
                assert str(value) in text.split()
    bare = re.sub(r"\s", "", text)
    words = [str(value) for values in columns.values() for value in values if isinstance(value, str)]
    assert all(letter in bare for word in words for letter in word.replace(" ", ""))


def test_columns_that_do_not_fit_stand_below_with_the_first_ones() -> None:
    columns = {"form": ["spw"], "a": ["x" * 18], "b": [123456789.5], "c": ["y" * 18]}
    first, second = as_text(columns, width=40).split("\n\n")
    assert [part.split()[0] for part in (first, second)] == ["form", "form"]
    assert "123456790" in first
    assert "y" * 18 in second


def test_a_line_within_a_cell_keeps_its_indent() -> None:
    text = as_text({"": ["  Balanced(power=0.75, cap=12.5)"], "recall": ["0.5\n+0.1"]}, width=27)
    assert text.splitlines()[1:] == ["  Balanced(power=       0.5", "  0.75, cap=12.5)      +0.1"]


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "bell\x07", "\r", "\u202eoverride"])
def test_a_name_cannot_steer_the_terminal(hostile: str) -> None:
    text = as_text({"name": [hostile]})
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_the_terminals_width_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    words = " ".join(["word"] * 60)
    for columns, longest in (("60", 60), ("90", 90), ("300", 100)):  # prose beyond is hard to read
        monkeypatch.setenv("COLUMNS", columns)
        lines = [*wrapped("", words), *as_facts([("name", words)])]
        assert longest - 5 < max(map(len, lines)) <= longest
    monkeypatch.setenv("COLUMNS", "300")
    assert len(as_text({"a": [words]}).splitlines()[1]) == len(words)
