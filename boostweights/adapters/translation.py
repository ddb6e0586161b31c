"""From a library's own settings back to a policy, and across to another library."""

import dataclasses
import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from boostweights.adapters.behaviour import Params
from boostweights.adapters.expressing import to_native
from boostweights.adapters.form import NativeForm
from boostweights.adapters.readback import Reading, Rescaled
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidValueError, check_range, shown
from boostweights.isolated import in_child
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


def from_native(library: str, source: Any, classes: Sequence[Label] | None = None) -> Policy:
    """Return the policy that a library's own settings stand for.

    Parameters
    ----------
    library : str
        Whose settings they are.
    source : estimator, dict, fitted model or path
        A configured estimator, parameters, a fitted model, or a saved model file in the library's own
        format. Row weights leave no trace in a model, so a model trained with them reads as unweighted.
    classes : sequence of labels, default=None
        The labels in sorted order, where the source does not know them.

    Returns
    -------
    Policy
        What was lost on the way, such as digits, stands in its `rationale`.

    Raises
    ------
    InvalidValueError
        If the weighting cannot be known (a custom objective, a continued model), or labels are needed.

    Examples
    --------
    >>> from_native("xgboost", {"scale_pos_weight": 10.0}, classes=(0, 1))
    Explicit({0: 1.0, 1: 10.0})
    >>> from_native("lightgbm", {"is_unbalance": True})
    Balanced(scale='majority')
    """
    adapter = adapter_of(library)
    if isinstance(source, (str, PathLike)):
        found = in_child("boostweights.adapters.translation:reading_of_file", Path(source), library=library)
        known = found.pop("classes")
        reading = Reading(**found, classes=None if known is None else tuple(known))
    else:
        reading = adapter.readback.read(source)
    policy = adapter.readback.policy_of(reading, classes)
    return dataclasses.replace(policy, rationale=reading.note) if reading.note else policy


def reading_of_file(path: str, library: str) -> dict[str, Any]:
    """Return what a model file says of class weights, which is loaded here and now, as JSON can say it."""
    return dataclasses.asdict(adapter_of(library).readback.read(Path(path)))


def rescale(library: str, params: Params, c: float) -> Rescaled:
    """Return the parameters with which weights multiplied by `c` train the same model.

    Weights have a scale as well as a ratio: regularisation is absolute, so the scale changes a boosted
    model unless the parameters that are measured in weights scale along.

    Parameters
    ----------
    library : str
        Whose parameters they are.
    params : mapping
        The parameters that are set; defaults that must scale are set explicitly.
    c : float
        The factor; a power of two loses no digits.

    Returns
    -------
    Rescaled
        Parameters, those left as they are and why, and the guarantee.

    Raises
    ------
    InvalidValueError
        If `c` is not positive and finite.

    Examples
    --------
    >>> scaled = rescale("xgboost", {"reg_lambda": 2.0, "tree_method": "exact", "base_score": 0.5}, 4.0)
    >>> scaled.params["reg_lambda"], scaled.params["min_child_weight"]
    (8.0, 4.0)
    """
    check_range(
        c, "c must be positive and finite", "Pass the new weight over the old.", above=0, below=math.inf
    )
    return adapter_of(library).rescale(params, c)


def translate(estimator: Any, to: str, y: Any) -> NativeForm:
    """Return another library's settings for the class weights of a configured estimator.

    Parameters
    ----------
    estimator : classifier
        Configured in its own library; it need not be fitted.
    to : str
        The other library.
    y : array-like of shape (n,)
        Training labels, on which the weights resolve.

    Returns
    -------
    NativeForm
        Its guarantee is about the weights: two libraries never grow the same trees.

    Raises
    ------
    InvalidValueError
        If the estimator's weighting cannot be known.

    Examples
    --------
    >>> from lightgbm import LGBMClassifier
    >>> translate(LGBMClassifier(scale_pos_weight=9.0), to="catboost", y=[0, 0, 1]).fit_kwargs([0, 1])
    {'sample_weight': array([1., 9.], dtype=float32)}
    """
    library = adapter_of(estimator).name
    if to == library:
        raise InvalidValueError(
            "translate goes to another library",
            f"{shown(to)} for a {type(estimator).__name__}",
            "Use to_native.",
        )
    policy = from_native(library, estimator, ClassCounts.of(y).classes)
    native = to_native(policy, to, y=y)
    scope = f"the class weights of {library}'s {policy!r}; the trees are {to}'s own"
    return dataclasses.replace(native, reason=f"{scope}; {native.reason}")
