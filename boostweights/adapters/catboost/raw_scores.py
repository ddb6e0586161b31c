"""CatBoost's raw scores, and the correction in its bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.catboost.notes import check_fitted, read_note, training, write_note
from boostweights.errors import shown
from boostweights.probabilities.link import MARK, Correction, Link, LinkKind

__all__ = ["baked", "correction_mark", "link", "scores", "uncorrectable"]

_LINKS: Final[dict[str, LinkKind]] = {
    "Logloss": "logit",
    "CrossEntropy": "logit",
    "MultiClass": "softmax",
    "MultiClassOneVsAll": "ovr",
}


def link(model: Any) -> Link:
    """Return how a model comes to its probabilities."""
    check_fitted(model)
    loss = str(model.get_all_params().get("loss_function", "unknown")).partition(":")[0]
    labels = tuple(label.item() if hasattr(label, "item") else label for label in model.classes_)
    kind = _LINKS.get(loss, "none" if "UserDefined" in loss or not labels else "proba")
    return Link(
        kind=kind, classes=max(2, len(labels)), objective=f"loss_function={loss!r}", labels=labels or None
    )


def scores(model: Any, X: Any) -> npt.NDArray[np.float64] | None:
    """Return raw formula values."""
    if link(model).kind in ("proba", "none"):
        return None
    return np.asarray(model.predict(X, prediction_type="RawFormulaVal"), np.float64)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model, unless it was fitted again since: metadata outlive that."""
    kept, _, fit = (read_note(model, MARK) or "").partition(" of ")
    return kept if kept and fit == training(model) else None


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from shifted scores."""
    copied = model.copy()
    scale, bias = copied.get_scale_and_bias()
    shifted = np.asarray(bias, np.float64) + correction.shift
    copied.set_scale_and_bias(scale, shifted.tolist())
    write_note(copied, MARK, f"{correction.mark} of {training(copied)}")
    return copied


def uncorrectable(settings: Mapping[str, Any], classes: int | None = None) -> str:
    """Name a custom objective.

    Examples
    --------
    >>> uncorrectable({"loss_function": len}), uncorrectable({"objective": "MultiClass"})
    ('loss_function=<built-in function len>', '')
    """
    loss = settings.get("loss_function", settings.get("objective", "Logloss"))
    return "" if isinstance(loss, str) else f"loss_function={shown(loss)}"
