"""Sides of the published run that are one model by construction: what nobody has to judge.

They are no claims: a difference that must be 0 is counted, not tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

RUN: Final = Path("benchmarks", "results", "fixed")
METRIC: Final = "log_loss"
PAIR: Final = ("regime", "library", "dataset", "repeat", "fold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Two arms, and why they are the same model in these libraries."""

    a: str
    b: str
    libraries: tuple[str, ...]
    why: str


IDENTITIES: Final = (
    Identity(
        a="balanced",
        b="native_class_weight",
        libraries=("lightgbm", "sklearn"),
        why="`class_weight` becomes row weights inside the library",
    ),
    Identity(
        a="balanced",
        b="native_class_weights",
        libraries=("catboost",),
        why="`class_weights` become row weights inside the library",
    ),
    Identity(
        a="balanced_majority",
        b="native_auto_class_weights",
        libraries=("catboost",),
        why="`auto_class_weights` are balanced weights at the scale of the majority class",
    ),
    Identity(
        a="balanced_majority",
        b="native_scale_pos_weight",
        libraries=("catboost",),
        why="`scale_pos_weight` becomes row weights inside the library, at that scale",
    ),
    Identity(
        a="over",
        b="over_balanced_resampled",
        libraries=("catboost", "lightgbm", "sklearn", "xgboost"),
        why="balanced weights of a fold that was sampled to equal classes are all 1",
    ),
)


def counted(metrics: pd.DataFrame) -> Iterator[tuple[Identity, str, int, int]]:
    """Yield each identity and library: how many pairs of models it has, and how many are equal to the bit."""
    scores = metrics[(metrics["metric"] == METRIC) & (metrics["proba"] == "raw")]
    index = [name for name in PAIR if name in scores.columns]
    wide = scores.pivot(index=index, columns="arm", values="value")
    for identity in IDENTITIES:
        if not {identity.a, identity.b} <= set(wide.columns):
            continue
        for library in identity.libraries:
            both = wide.xs(library, level="library")[[identity.a, identity.b]].dropna()
            yield identity, library, len(both), int((both[identity.a] == both[identity.b]).sum())


def as_section(metrics: pd.DataFrame) -> str:
    """The section of the page of equivalence."""
    lines = [
        "## The same model by construction\n",
        f"Pairs of models of the published run (`{RUN.as_posix()}`, data set by data set, fold by fold) "
        f"whose {METRIC.replace('_', ' ')} is equal to the last bit. They are identities, so no "
        "claim is made of them.\n",
        "| beside | arm | library | equal pairs | why |",
        "|---|---|---|---:|---|",
    ]
    for one, library, pairs, equal in counted(metrics):
        lines.append(f"| `{one.a}` | `{one.b}` | {library} | {equal} of {pairs} | {one.why} |")
    return "\n".join(lines) + "\n"
