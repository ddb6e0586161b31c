"""Errors read well, pickle, and are the built-ins; tables print and convert."""

import builtins
import pickle

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from boostweights import errors
from boostweights.errors import (
    BoostweightsError,
    InvalidValuesError,
    Problems,
    check_that,
    did_you_mean,
    shown,
)
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text

CLASSES = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]


class TestErrors:
    @pytest.mark.parametrize("error", CLASSES)
    def test_three_parts(self, error: type[BoostweightsError]) -> None:
        raised = error("a rule", "seen", "Mend it.")
        assert (raised.rule, raised.value, raised.mend) == ("a rule", "seen", "Mend it.")
        twin = pickle.loads(pickle.dumps(raised))
        assert type(twin) is error
        assert str(raised) == str(twin) == "a rule; got seen. Mend it."

    @pytest.mark.parametrize(
        ("error", "builtin"),
        [
            ("InvalidValueError", "ValueError"),
            ("InvalidTypeError", "TypeError"),
            ("UnknownLabelError", "KeyError"),
            ("MissingLibraryError", "ImportError"),
            ("IgnoredParameterError", "ValueError"),
        ],
    )
    def test_is_the_builtin_too(self, error: str, builtin: str) -> None:
        assert issubclass(getattr(errors, error), (getattr(builtins, builtin)))
        assert issubclass(getattr(errors, error), BoostweightsError)


def collected(*values: object) -> Problems:
    """One problem for each value that is not 0."""
    problems = Problems()
    for value in values:
        with problems:
            check_that(value == 0, "it must be 0", value, "Use 0.")
    return problems


class TestProblems:
    def test_none_and_one_are_as_they_are(self) -> None:
        collected(0, 0).check()
        with pytest.raises(errors.InvalidValueError) as raised:
            collected(0, 1).check()
        assert str(raised.value) == "it must be 0; got 1. Use 0."
        assert type(raised.value) is errors.InvalidValueError

    def test_problems_of_a_step_are_listed_among_the_others_and_each_is_one_line(self) -> None:
        problems = collected("\x1b[2J\n")
        with problems:
            collected(2, 3).check()
        with pytest.raises(InvalidValuesError) as raised:
            problems.check()
        first, *lines = str(raised.value).split("\n")
        assert first == "options and columns must be valid; got 3 problems. Correct them:"
        assert lines == [f"  it must be 0; got {seen}. Use 0." for seen in (r"\x1b[2J\n", "2", "3")]

    def test_another_error_is_raised_at_once(self) -> None:
        with pytest.raises(ZeroDivisionError), Problems():
            raise ZeroDivisionError


class TestShown:
    def test_short_values_whole(self) -> None:
        assert shown("x" * 118) == f"'{'x' * 118}'"

    def test_long_values_cut(self) -> None:
        text = shown("x" * 119)
        assert len(text) == 120
        assert text == f"'{'x' * 118}…"

    def test_one_line(self) -> None:
        assert shown(pd.Series([1, 2])).count("\n") == 0
        assert shown(type("Odd", (), {"__repr__": lambda self: " a \n  b "})()) == "a b"


class TestDidYouMean:
    @pytest.mark.parametrize(
        ("value", "options", "nearest"),
        [
            ("balenced", ["balanced", "unweighted"], "'balanced'"),
            (" Balanced ", ["balanced", "unweighted"], "'balanced'"),
            ("good", ["Good", "bad"], "'Good'"),
            ("x1", [" X1", "bad"], "' X1'"),
            ("1", [0, 1], "1"),
            (1, ["0", "1"], "'1'"),
            (1.0, [0, 10, 1.0], "1.0"),
        ],
    )
    def test_nearest(self, value: object, options: list[object], nearest: str) -> None:
        assert did_you_mean(value, options) == f"Did you mean {nearest}?"

    def test_lists_at_most_ten(self) -> None:
        assert did_you_mean("x", [0, "b"]) == "Use one of: 0, 'b'."
        assert did_you_mean("x", range(11)) == "Use one of: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."

    def test_nothing_to_choose_from(self) -> None:
        assert did_you_mean("x", []) == "There is none to choose from."


class TestToFrame:
    def test_of_any_backend(self) -> None:
        columns = {"label": ["a", "b"], "weight": [1.0, 9.0]}
        pd.testing.assert_frame_equal(to_frame(columns), pd.DataFrame(columns))
        assert to_frame(columns, "polars").equals(pl.DataFrame(columns))
        assert to_frame(columns, backend="pyarrow").equals(pa.table(columns))


class TestAsText:
    def test_aligned(self) -> None:
        text = as_text(
            {"label": ["bad", "very good"], "weight": [9.25, 1], "ok": [True, False], "n": [10, 2]}
        )
        assert text.splitlines() == [
            "label      weight  ok      n",
            "bad          9.25  True   10",
            "very good       1  False   2",
        ]

    @pytest.mark.parametrize(
        ("columns", "lines"),
        [
            ({"w": [1 / 3, 1e-9]}, ["       w", "0.333333", "   1e-09"]),
            ({"long name": [1, "a"], "z": [1, 2]}, ["long name  z", "1          1", "a          2"]),
            ({"a": ["x", "longer"]}, ["a", "x", "longer"]),  # nothing trails
            *(({}, []), ({"a": [], "bc": []}, ["a  bc"])),
        ],
    )
    def test_lines(self, columns: dict[str, list[object]], lines: list[str]) -> None:
        assert as_text(columns).splitlines() == lines


def test_without_the_backend() -> None:
    with pytest.raises(errors.MissingLibraryError) as caught:
        to_frame({"a": [1]}, "cudf")
    assert caught.value.rule == "to_frame(backend='cudf') needs cudf"
    assert caught.value.value == "no module named 'cudf'"
    assert caught.value.mend == "Install it with: pip install 'boostweights[frames]'."
