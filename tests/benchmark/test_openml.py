"""OpenML is asked only when the caller says so; no test asks it: scikit-learn's function is replaced."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from boostweights.benchmark.data.load import CACHE_VARIABLE, FetchError, load
from boostweights.benchmark.plan.suite import parse_suite
from boostweights.errors import InvalidValueError


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []

    def fetch_openml(**arguments: Any) -> SimpleNamespace:
        calls.append(arguments)
        X = pd.DataFrame(
            {
                "amount": [1, 2, 3, 4, 5],
                "purpose": pd.Categorical(["car", "tv", None, "car", "tv"], categories=["tv", "car", "boat"]),
                "age": [20.5, np.nan, 40, 50, 60],
            },
            index=[5, 6, 7, 8, 9],
        )
        target = pd.Series(["good", "good", "bad", "good", None], dtype="category", index=X.index)
        return SimpleNamespace(data=X, target=target)

    monkeypatch.setattr(datasets, "fetch_openml", fetch_openml)
    return calls


def test_without_the_flag_nothing_is_fetched(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(
        InvalidValueError, match=r"OpenML must be asked for explicitly; got 'openml:31'.*online=True"
    ):
        load("openml:31")
    assert asked == []


def test_with_the_flag_it_is_fetched_once_and_converted(asked: list[dict[str, Any]], cache: Path) -> None:
    found = load("openml:31", online=True)
    assert [call["data_id"] for call in asked] == [31]
    assert Path(asked[0]["data_home"]).is_relative_to(cache)
    assert found.y.tolist() == ["good", "good", "bad", "good"]  # the row without a label is gone
    assert (found.name, found.positive) == ("openml:31", "bad")
    assert found.categorical == ("purpose",)
    assert list(found.X["purpose"].cat.categories) == ["car", "tv"]
    assert found.X["amount"].dtype == np.float64
    assert found.X["age"].isna().tolist() == [False, True, False, False]
    again = load("openml:31")  # cached: no flag, no question
    assert again.digest == found.digest
    assert len(asked) == 1


@pytest.mark.parametrize("failure", [OSError("no route"), ValueError("no such data set")])
def test_a_failure_says_what_to_check(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fetch_openml(**_: Any) -> None:
        raise failure

    monkeypatch.setattr(datasets, "fetch_openml", fetch_openml)
    with pytest.raises(FetchError, match=f"OpenML must give data set 31; got .*{failure}.*network"):
        load("openml:31", online=True)


@pytest.mark.parametrize("name", ["openml:", "openml:credit-g", "openml:031", "openml:-1", "openml:3/1"])
def test_a_name_without_a_number_is_refused(asked: list[dict[str, Any]], name: str) -> None:
    with pytest.raises(InvalidValueError, match="must be openml:NUMBER"):
        load(name, online=True)
    assert asked == []


@pytest.mark.parametrize("target", [None, pd.Series(np.arange(5.0) + 0.5), pd.Series(["a"] * 5)])
def test_a_target_that_is_no_label_is_refused(monkeypatch: pytest.MonkeyPatch, target: Any) -> None:
    frame = SimpleNamespace(data=pd.DataFrame({"a": np.arange(5.0)}), target=target)
    monkeypatch.setattr(datasets, "fetch_openml", lambda **_: frame)
    with pytest.raises(InvalidValueError, match="openml:7 must have (one target|at least two classes)"):
        load("openml:7", online=True)


SUITE = """
name = "s"
title = "S"
data = ["{}"]
libraries = ["lightgbm"]
policies = ["unweighted"]
folds = 2
trees = 1
threads = 1
seed = 0
seconds_per_model = 1
"""


def test_a_suite_may_name_it_and_a_name_without_a_number_is_met_at_once() -> None:
    assert parse_suite(SUITE.format("openml:31")).data == ("openml:31",)
    for name in ("openml:credit", "openml:", "openml:031"):
        with pytest.raises(InvalidValueError, match=rf"openml:NUMBER; got '{name}'"):
            parse_suite(SUITE.format(name))
