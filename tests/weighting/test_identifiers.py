"""A target that is an identifier is asked about, at every door, before anything is sorted or trained."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression

import boostweights as bw
from boostweights.benchmark.compare.dataset import as_table_data
from boostweights.path.inputs import checked_groups
from boostweights.probabilities.link import sum_of_others
from boostweights.tables.roles import Roles

IDS = np.r_[np.arange(1001), np.zeros(999, int)]
X = np.zeros((len(IDS), 1))
FRACTIONS = np.linspace(0.1, 0.9, len(IDS))
ASKED = "Is it an identifier, or the target of a regression"


def weighted(**settings: Any) -> bw.WeightedClassifier:
    return bw.WeightedClassifier(LogisticRegression(), **settings)


DOORS: dict[str, Callable[[], Any]] = {
    "resolve": lambda: bw.Balanced().resolve(IDS),
    "resolve counts": lambda: bw.Unweighted().resolve(bw.ClassCounts.of(IDS)),
    "resolve, weighted": lambda: bw.Balanced().resolve(IDS, FRACTIONS),
    "to_native": lambda: bw.to_native("balanced", "lightgbm", y=IDS),
    "fit": lambda: weighted().fit(X, IDS),
    "fit, weighted": lambda: weighted().fit(X, IDS, sample_weight=FRACTIONS),
    "fit, held out": lambda: weighted(validation_fraction=0.1).fit(X, IDS),
    "verify": lambda: bw.verify(LogisticRegression(), "balanced", X, IDS),
    "audit": lambda: bw.audit(LogisticRegression(), IDS),
    "audit, weighted": lambda: bw.audit(LogisticRegression(), IDS, sample_weight=FRACTIONS),
    "advise": lambda: bw.advise(IDS),
    "frame": lambda: bw.frames.with_weights(pd.DataFrame({"y": IDS}), "y", "balanced"),
    "compare": lambda: as_table_data(
        pa.table({"y": IDS, "x": np.zeros(len(IDS))}), Roles(target="y"), name="rows"
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_more_than_half_as_many_classes_as_rows(door: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match=r"1,001 in 2,000 rows\. " + ASKED):
        DOORS[door]()


def test_a_folder_of_identifiers(tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    pq.write_table(pa.table({"y": IDS, "x": np.zeros(len(IDS))}), tmp_path / "rows.parquet")
    with pytest.raises(bw.errors.InvalidValueError, match=ASKED):
        bw.outofcore.fit_parquet(lightgbm.LGBMClassifier(), tmp_path, "y")


COLUMNS: dict[str, Callable[[Any], Any]] = {
    "integers": lambda ids: ids,
    "texts": lambda ids: ids.astype(str),
    "objects": lambda ids: ids.astype(str).astype(object),
    "whole floats": lambda ids: ids.astype(float),
    "a series": lambda ids: pd.Series(ids.astype(str)),
    "categories": lambda ids: pd.Series(ids.astype(str)).astype("category"),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_more_than_10000_classes_take_no_second(kind: str) -> None:
    y = COLUMNS[kind](np.random.default_rng(0).permutation(100_000))
    began = time.process_time()
    with pytest.raises(bw.errors.InvalidValueError, match="at most 10,000 classes; got more. " + ASKED):
        bw.ClassCounts.of(y)
    assert time.process_time() - began < 1


def test_parts_do_not_add_up_to_identifiers() -> None:
    parts = [bw.ClassCounts.of(np.arange(start, start + 6000)) for start in (0, 6000)]
    with pytest.raises(bw.errors.InvalidValueError, match=ASKED):
        parts[0] + parts[1]
    with pytest.raises(bw.errors.InvalidValueError, match=ASKED):
        bw.ClassCounts(dict.fromkeys(range(10_001), 9))


def test_many_classes_within_the_limits() -> None:
    assert len(bw.Balanced().resolve(np.arange(999)).class_weight) == 999
    assert len(bw.Balanced().resolve(np.arange(1000) // 2).class_weight) == 500
    assert len(bw.Balanced().resolve(np.arange(1000) // 2, np.full(1000, 0.7)).class_weight) == 500
    assert len(bw.Balanced().resolve(np.arange(20_000) // 2).class_weight) == 10_000


def test_a_part_may_hold_most_of_its_classes_once() -> None:
    part = bw.ClassCounts.of(np.arange(1500))
    assert set(bw.Balanced().resolve(part + part).values) == {1.0}


def test_groups_may_be_many() -> None:
    groups = np.arange(10_001)
    found = checked_groups(groups)
    assert found is not None
    assert found.tolist() == groups.tolist()


def test_sums_of_all_others_are_rounded_once_and_linear() -> None:
    rng = np.random.default_rng(0)
    for spread in (1, 10, 100, 300):
        values = np.exp(rng.normal(0, spread, 7).clip(-700, 700))
        expected = [math.fsum(np.delete(values, at)) for at in range(len(values))]
        assert sum_of_others(values).tolist() == expected
    began = time.process_time()
    assert len(sum_of_others(rng.lognormal(0, 5, 100_000))) == 100_000
    assert time.process_time() - began < 2  # a sum for each of them takes ten minutes
    for too_large in ([math.inf, 1.0], [1e308] * 3):
        with pytest.raises(bw.errors.InvalidValueError, match="must fit in a float"):
            sum_of_others(np.array(too_large))
