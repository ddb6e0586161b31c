"""What is beyond constructor settings: rescaled parameters, models that are read back."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from boostweights.adapters.form import Guarantee
from boostweights.errors import InvalidValueError, check_file, explained
from boostweights.versions import module_version
from boostweights.weighting.labels.rules import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescaled:
    """Parameters for weights that are all multiplied by one factor.

    Attributes
    ----------
    params : dict
        The parameters to set: those given that scale along, and defaults that do.
    left : dict
        Parameter → why it is left as it is.
    guarantee : Guarantee
        Between the model before, with weights w, and the model after, with weights c w.
    reason : str
        Under what, or which setting stands in the way.
    """

    params: dict[str, Any]
    left: dict[str, str]
    guarantee: Guarantee
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a configured estimator, a parameter dict, a fitted model or a model file says of its weighting.

    Attributes
    ----------
    settings : dict
        The parameters that weigh classes, by the library's own names; empty where none do.
    classes : tuple of labels or None
        The labels in sorted order, where the model knows them.
    note : str
        What was lost, such as digits of a weight.
    unknown : str
        Why the weighting cannot be known; empty where it is.
    by_position : bool
        Whether class weights are named by positions among the sorted labels.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    classes: tuple[Label, ...] | None = None
    note: str = ""
    unknown: str = ""
    by_position: bool = False

    def check_known(self) -> None:
        """Raise where the weighting cannot be known."""
        if self.unknown:
            raise InvalidValueError(
                "the weighting must be known to become a policy", self.unknown, "State the policy by hand."
            )

    def labels(self, classes: Sequence[Label] | None) -> tuple[Label, ...] | None:
        """Return the labels given, or else those that the model knows."""
        return self.classes if classes is None else tuple(classes)


def model_path(path: str | PathLike[str]) -> Path:
    """Return the path of a file, or raise."""
    file = Path(path)
    check_file(file, "a path must lead to a saved model")
    return file


_MISSING = (LookupError, TypeError, ValueError)


def saved_parts(module: str) -> AbstractContextManager[None]:
    """Return a context in which a part that a saved model lacks is an error of ours.

    A new version of a library may move or rename a part. A default in its place would be a wrong number.

    Examples
    --------
    >>> with saved_parts("numpy"):
    ...     {"gbtree": {}}["weight_drop"]
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a saved model must have the parts that ...
    """
    return explained(
        _MISSING,
        "a saved model must have the parts that its predictions depend on, where boostweights knows them",
        f"Install an older version of {module}, and report that its format has changed.",
        f"a model of {module} {module_version(module)}",
    )
