"""A suite file says what a suite must say, or the error names the nearest right thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from boostweights.benchmark.suite import load_suite, parse_suite
from boostweights.errors import BoostweightsError, InvalidTypeError, InvalidValueError

GOOD = """
name = "mine"
title = "Mine"
data = ["yeast4"]
libraries = ["lightgbm"]
policies = ["unweighted", "balanced"]
folds = 3
trees = 100
threads = 1
seed = 0
seconds_per_model = 60
"""


def test_the_tiny_suite_has_180_cells() -> None:
    tiny = load_suite("tiny")
    assert len(tiny.data) * len(tiny.libraries) * len(tiny.policies) * tiny.folds == 180
    assert (tiny.trees, tiny.threads) == (100, 1)


def test_a_file_is_a_suite(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD)
    found = load_suite(str(tmp_path / "mine.toml"))
    assert found == parse_suite(GOOD)
    assert (found.policies, found.seconds_per_model) == (("unweighted", "balanced"), 60.0)


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ("folds = 3", "fold = 3", r"got 'fold'\. Did you mean 'folds'\?"),
        ("folds = 3", "", r"got no folds\."),
        ("folds = 3", "folds = 1", "folds of suite mine must be at least 2; got 1"),
        ("trees = 100", "trees = 0", "trees of suite mine must be at least 1"),
        ("seed = 0", "seed = -1", "seed of suite mine must be at least 0"),
        ("seconds_per_model = 60", "seconds_per_model = 0", "must be positive and finite; got 0.0"),
        ("seconds_per_model = 60", "seconds_per_model = nan", "must be positive and finite; got nan"),
        ('["lightgbm"]', '["ligthgbm"]', r"got 'ligthgbm'\. Did you mean 'lightgbm'\?"),
        ('["yeast4"]', '["yeast"]', r"got 'yeast'\. Did you mean 'yeast4'\?"),
        ('["yeast4"]', "[]", "data of suite mine must name at least one"),
        ('["yeast4"]', '["yeast4", "yeast4"]', "data of suite mine must name at least one, each once"),
        ('"balanced"]', '"balenced"]', r"got 'balenced'\. Did you mean 'balanced'\?"),
        ('name = "mine"', "name = ", "suite .* must be TOML"),
    ],
)
def test_bad_values(line: str, instead: str, message: str) -> None:
    refuses(InvalidValueError, line, instead, message)


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ("folds = 3", 'folds = "3"', "folds of suite .* must be a whole number; got '3'"),
        ("folds = 3", "folds = true", "folds of suite .* must be a whole number; got True"),
        ("folds = 3", "folds = 2.5", "folds of suite .* must be a whole number; got 2.5"),
        ("seconds_per_model = 60", "seconds_per_model = true", "must be a number; got True"),
        ('["yeast4"]', '"yeast4"', "data of suite .* must be a list of strings; got 'yeast4'"),
        ('["yeast4"]', "[4]", r"data of suite .* must be a list of strings; got \[4\]"),
        ('name = "mine"', "name = 3", "name of suite .* must be a string; got 3"),
    ],
)
def test_bad_types(line: str, instead: str, message: str) -> None:
    refuses(InvalidTypeError, line, instead, message)


def refuses(kind: type[BoostweightsError], line: str, instead: str, message: str) -> None:
    text = GOOD.replace(line, instead)
    assert text != GOOD
    with pytest.raises(kind, match=message):
        parse_suite(text)


def test_an_unknown_suite_is_met_with_the_nearest() -> None:
    with pytest.raises(
        InvalidValueError, match=r"got 'tinny'\. Did you mean 'tiny'\? A path must end in \.toml"
    ):
        load_suite("tinny")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_suite_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "no.toml").write_bytes(content)
    with pytest.raises(InvalidValueError, match=r"no\.toml"):
        load_suite(str(tmp_path / "no.toml"))
