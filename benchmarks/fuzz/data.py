"""Random rows, labels, policies and row weights, wider than data that one would train on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

import boostweights as bw

LABELS: Final[dict[int, list[list[Any]]]] = {
    2: [[0, 1], [-1, 1], ["bad", "good"], [False, True], [3, 7], [1, 2]],
    3: [[0, 1, 2], ["a", "b", "c"], [-1, 0, 5], [1, 2, 3]],
}
TINY: Final = float(np.finfo(np.float32).tiny)
Settings: TypeAlias = dict[str, Any]
Space: TypeAlias = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Training rows, others to predict and to stop on, and the caller's weights of the first."""

    X: np.ndarray
    y: np.ndarray
    X_other: np.ndarray
    y_other: np.ndarray
    sample_weight: np.ndarray | None
    labels: list[Any]
    categories: list[int]
    """Columns of few whole numbers."""


def one(rng: np.random.Generator, *options: Any) -> Any:
    """One of the options at random."""
    return options[rng.integers(len(options))]


def some(rng: np.random.Generator, space: Space, share: float) -> Settings:
    """Of each name, with this probability, one of its values."""
    drawn = {name: one(rng, *values) for name, values in space.items() if rng.random() < share}
    return {name: value(rng) if callable(value) else value for name, value in drawn.items()}


def upto(low: float, high: float) -> Callable[[np.random.Generator], float]:
    """A number between powers of ten."""
    return lambda rng: float(10 ** rng.uniform(low, high))


def few(rng: np.random.Generator) -> int:
    """A number of trees."""
    return int(np.exp(rng.uniform(0, np.log(25))))


def draw_rows(rng: np.random.Generator, *, encoded: bool = False) -> Rows:
    """Rows of two or three classes; `encoded` labels are 0 and 1."""
    classes = 2 if encoded else int(one(rng, 2, 2, 2, 3))
    labels = list(range(classes)) if encoded else one(rng, *LABELS[classes])
    n = int(np.exp(rng.uniform(np.log(12), np.log(500))))
    wide, columns, categories = rng.normal(size=2 * n), [], []
    for index in range(int(rng.integers(1, 7))):
        kind = one(rng, "normal", "normal", "same", "mirrored", "rounded", "constant", "tail", "few", "two")
        columns.append(_column(rng, kind, wide))
        if kind == "few":
            categories.append(index)
    X = np.column_stack(columns)
    if rng.random() < 0.3:
        gaps = np.array([index for index in range(X.shape[1]) if index not in categories], int)
        X[np.ix_(rng.random(2 * n) < rng.uniform(0, 0.4), gaps)] = np.nan
    codes = _codes(rng, wide, classes)
    codes[:classes] = codes[n : n + classes] = np.arange(classes)
    y = np.array(labels)[codes]
    return Rows(
        X=X[:n],
        y=y[:n],
        X_other=X[n:],
        y_other=y[n:],
        sample_weight=draw_sample_weight(rng, n),
        labels=labels,
        categories=categories,
    )


def _column(rng: np.random.Generator, kind: str, wide: np.ndarray) -> np.ndarray:
    n = len(wide)
    draw: dict[str, Callable[[], np.ndarray]] = {
        "normal": lambda: rng.normal(size=n),
        "same": wide.copy,
        "mirrored": lambda: -wide,
        "rounded": lambda: np.round(wide, int(rng.integers(0, 2))),
        "constant": lambda: np.full(n, float(rng.integers(0, 2))),
        "tail": lambda: np.exp(rng.uniform(1, 8) * wide),
        "few": lambda: rng.integers(0, int(rng.integers(2, 30)), n).astype(float),
        "two": lambda: rng.integers(0, 2, n).astype(float),
    }
    return draw[kind]()


def _codes(rng: np.random.Generator, wide: np.ndarray, classes: int) -> np.ndarray:
    share = float(10 ** rng.uniform(-2, -0.3))
    cuts = [1 - share] if classes == 2 else [1 - share, 1 - share / 3]
    if rng.random() < 0.2:  # nothing to learn
        return np.digitize(rng.random(len(wide)), cuts)
    score = wide + rng.normal(scale=float(one(rng, 0.01, 0.5, 2.0)), size=len(wide))
    codes = np.digitize(score, np.quantile(score, cuts))
    return classes - 1 - codes if rng.random() < 0.3 else codes


def draw_sample_weight(rng: np.random.Generator, n: int) -> np.ndarray | None:
    """Weights of a caller's own, or None."""
    kind = one(rng, *[""] * 6, "uniform", "whole", "binary", "wide", "even", "doubled")
    draw: dict[str, Callable[[], np.ndarray | None]] = {
        "": lambda: None,
        "uniform": lambda: rng.uniform(0.3, 3, n),
        "whole": lambda: np.maximum(rng.integers(0, 4, n), np.arange(n) < 6).astype(float),
        "binary": lambda: 2.0 ** rng.integers(-3, 4, n),
        "wide": lambda: 10 ** rng.uniform(-4, 4, n),
        "even": lambda: np.full(n, float(rng.uniform(0.01, 30))),
        "doubled": lambda: np.full(n, 2.0),
    }
    return draw[kind]()


def draw_automatic(rng: np.random.Generator) -> bw.Policy:
    """Weights that the library counts itself, mostly."""
    return bw.Balanced(power=one(rng, 1.0, 1.0, 0.5), scale=one(rng, "majority", "majority", "mean"))


def draw_policy(rng: np.random.Generator, labels: list[Any]) -> bw.Policy:
    """A policy for these labels."""
    kind = int(rng.integers(12))
    if kind < 7:
        return (
            bw.Balanced(scale="majority"),
            bw.Balanced(scale="majority"),
            bw.Balanced(power=0.5, scale="majority"),
            bw.Balanced(),
            bw.Balanced(power=float(rng.uniform()), scale=one(rng, "mean", "majority")),
            bw.Balanced(cap=float(rng.uniform(1, 9)), scale=one(rng, "mean", "majority")),
            bw.EffectiveNumber(beta=float(one(rng, 0.9, 0.999))),
        )[kind]
    span = float(one(rng, 0.3, 1, 2, 3, 6))
    weights: np.ndarray = 10 ** rng.uniform(-span, span, len(labels))
    if kind == 8:
        weights = 2.0 ** rng.integers(-6, 9, len(labels))
    elif kind == 9:
        weights = np.round(weights + 1)
    elif kind == 10:
        weights[0] = 1.0
    elif kind == 11 and rng.random() < 0.3:
        weights *= float(one(rng, TINY * 1e7, 1e-20, 1e20))
    elif kind == 11:
        weights[-1] *= float(10 ** rng.uniform(-20, 20))
    return bw.Explicit(
        dict(zip(labels, weights.tolist(), strict=True)), scale=one(rng, "none", "none", "majority", "mean")
    )
