"""What becomes of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt


class Point(NamedTuple):
    """One point: on which curve, its place there, x and y, and how many rows it is of."""

    curve: str
    proba: str
    place: int
    x: float
    y: float
    n: int


class Figure(NamedTuple):
    """One number: a metric of what a rule decides on raw, corrected or fitted probabilities."""

    rule: str
    proba: str
    metric: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Raw probabilities of the test rows, as bytes.

    Attributes
    ----------
    rows : bytes
        Positions in the data set, little-endian int32, n of them.
    proba : bytes
        Little-endian float32, n times k, row by row.
    """

    rows: bytes
    proba: bytes

    @classmethod
    def of(cls, rows: npt.NDArray[np.int64], proba: npt.NDArray[np.floating[Any]]) -> Self:
        """Return positions and probabilities as bytes."""
        return cls(rows=rows.astype("<i4").tobytes(), proba=proba.astype("<f4").tobytes())

    def arrays(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Return positions of shape (n,) and probabilities of shape (n, k)."""
        rows = np.frombuffer(self.rows, "<i4")
        return rows, np.frombuffer(self.proba, "<f4").reshape(len(rows), -1)


class Scores(NamedTuple):
    """Labels and log-odds of the test rows between two classes, from which folds are pooled, as bytes.

    `labels` are n of uint8; `logits` n of little-endian float32, by raw, corrected or fitted probabilities.
    """

    proba: str
    labels: bytes
    logits: bytes

    @classmethod
    def of(cls, proba: str, labels: npt.NDArray[Any], logits: npt.NDArray[np.floating[Any]]) -> Self:
        """Return labels and log-odds as bytes."""
        return cls(proba, labels.astype("u1").tobytes(), logits.astype("<f4").tobytes())

    def arrays(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """Return labels and log-odds of shape (n,)."""
        return np.frombuffer(self.labels, "u1"), np.frombuffer(self.logits, "<f4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one model.

    Attributes
    ----------
    model_key : str
        Which model.
    status : str
        "ok", "error", "out of memory", "timeout", "killed", "not installed", or "skipped": of too few rows.
        Only "ok" has weights, a digest and figures.
    weights : mapping of str to float
        The class weights that it was trained with.
    digest : str or None
        SHA-256 of its float64 probabilities of the test rows.
    figures : tuple of Figure
        Its figures on the test rows.
    curves : tuple of Point
        Its reliability and precision-recall curves on the test rows.
    predictions : Predictions or None
        Where they are kept.
    scores : tuple of Scores
        In a regime, of two classes: for the figures of all folds together.
    seconds : mapping of str to float
        How long it took, by step; ``…_cpu`` are processor seconds.
    error, traceback : str or None
        Why it failed, in one line and in full.
    """

    model_key: str
    status: str
    weights: Mapping[str, float] = field(default_factory=dict)
    digest: str | None = None
    figures: tuple[Figure, ...] = ()
    curves: tuple[Point, ...] = ()
    predictions: Predictions | None = None
    scores: tuple[Scores, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    traceback: str | None = None

    @property
    def wall_seconds(self) -> float:
        """How long all steps took by the clock."""
        return sum(value for step, value in self.seconds.items() if not step.endswith("_cpu"))
