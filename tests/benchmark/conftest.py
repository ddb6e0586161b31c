import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.plan.arm import as_arm
from boostweights.benchmark.plan.suite import Suite


def make_toy(rows: int = 240, *, classes: int = 2, seed: int = 0) -> Dataset:
    """Imbalanced, learnable, with a categorical column and missing values of both kinds."""
    rng = np.random.default_rng(seed)
    labels = np.array(["no", "yes", "maybe"])[:classes]
    y = labels[np.searchsorted(np.cumsum([0.8, 0.15, 0.05])[: classes - 1], rng.random(rows))]
    signal = (y == "yes") + rng.normal(scale=0.7, size=rows)
    signal[::17] = np.nan
    colour = np.where(y == "maybe", "red", rng.choice(["green", "blue"], rows)).astype(object)
    colour[::29] = None
    X = pd.DataFrame(
        {
            "signal": signal,
            "noise": rng.normal(size=rows),
            "colour": pd.Categorical(colour, categories=["blue", "green", "red"]),
        }
    )
    return Dataset(name="toy", X=X, y=y, positive="yes" if classes == 2 else None)


@pytest.fixture
def make_dataset() -> Callable[..., Dataset]:
    return make_toy


@pytest.fixture
def toy() -> Dataset:
    return make_toy()


@pytest.fixture
def toy_of_three() -> Dataset:
    return make_toy(classes=3)


@pytest.fixture
def large_toy() -> Dataset:
    return make_toy(1500)


@pytest.fixture
def toy_file(tmp_path: Path, toy: Dataset) -> Path:
    path = tmp_path / "toy.parquet"
    write(toy, path)
    return path


@pytest.fixture
def make_suite() -> Callable[..., Suite]:
    """A suite over the toy data; no TOML is read, so its data set needs no catalogue entry."""
    plain = Suite(
        name="toy",
        title="A toy",
        data=("toy",),
        libraries=("lightgbm", "sklearn"),
        arms=tuple(map(as_arm, ("unweighted", "sqrt_balanced", "balanced"))),
        folds=3,
        trees=5,
        threads=1,
        seed=0,
        seconds_per_model=60.0,
    )

    def make(*, arms: Sequence[Any] | None = None, **changes: Any) -> Suite:
        """Change some settings; arms are given as in a suite file."""
        chosen = plain.arms if arms is None else tuple(map(as_arm, arms))
        return dataclasses.replace(plain, arms=chosen, **changes)

    return make
