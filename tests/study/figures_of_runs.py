"""Tables of figures as a run exports them, with effects planted in them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

SideKey: TypeAlias = tuple[str, str, str]
LIBRARIES = ("catboost", "lightgbm", "xgboost")
UNWEIGHTED: SideKey = ("unweighted", "0.5", "raw")
BALANCED: SideKey = ("balanced", "0.5", "raw")


def make_datasets(families: int, **columns: Sequence[float]) -> pd.DataFrame:
    """One data set a family; the imbalance grows and the positives shrink along the table."""
    place = np.arange(families)
    table = pd.DataFrame(
        {
            "dataset": [f"set-{one:02d}" for one in place],
            "family": [f"family-{one:02d}" for one in place],
            "task": "binary",
            "rows": 1000 * (place + 1),
            "features": 5,
            "positives": 500 - 10 * place,
            "imbalance_ratio": 2.0 + place,
        }
    )
    return table.assign(**columns)


def make_metrics(
    datasets: pd.DataFrame,
    effects: Mapping[SideKey, float | Callable[[int], float]],
    *,
    metric: str = "recall",
    folds: int = 5,
    repeats: int = 1,
    noise: float | Callable[[int, SideKey], float] = 0.002,
    libraries: Sequence[str] = LIBRARIES,
    seed: int = 0,
) -> pd.DataFrame:
    """Figures of sides: a level of the data set, plus the side's effect, plus noise of the fold.

    An effect or a noise may depend on the data set's place in the table.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for place, (name, family) in enumerate(zip(datasets["dataset"], datasets["family"], strict=True)):
        level = rng.uniform(0.3, 0.6)
        for library in libraries:
            for repeat in range(repeats):
                for fold in range(folds):
                    key = {"dataset": name, "family": family, "repeat": repeat, "fold": fold}
                    for side, effect in effects.items():
                        size = effect(place) if callable(effect) else effect
                        scale = noise(place, side) if callable(noise) else noise
                        rows.append(
                            key
                            | {"library": library, "metric": metric}
                            | dict(zip(("arm", "rule", "proba"), side, strict=True))
                            | {"value": level + size + rng.normal(scale=scale)}
                        )
    return pd.DataFrame(rows)
