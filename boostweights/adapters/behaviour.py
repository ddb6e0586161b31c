"""How a library behaves with the settings of one model, for an audit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from boostweights.errors import shown
from boostweights.weighting.labels.rules import Label

Params = Mapping[str, Any]
"""Parameters of an estimator, or of a library's ``train``, by the names under which they are set."""
Floats = npt.NDArray[np.float64]
Resampling = Literal["", "even", "partial"]

WEIGHTING_NAMES = (
    *("scale_pos_weight", "class_weight", "class_weights", "is_unbalance", "is_unbalanced", "unbalance"),
    *("auto_class_weights", "sample_weight", "sample_weights", "scale_pos_weights"),
)
"""Names by which one library or another takes class weights, misspelt ones too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One configured model.

    Attributes
    ----------
    settings : mapping
        Its own parameters that are set, by the names under which they are set.
    model : object or None
        The estimator or native model; None where only parameters of the library's ``train`` are known.
    labels : tuple of labels or None
        In sorted order, where the training labels are known.
    rows : float
        How many train; 0 where that is not known.
    """

    settings: Params
    model: Any = None
    labels: tuple[Label, ...] | None = None
    rows: float = 0

    @property
    def is_multiclass(self) -> bool:
        """Whether there are known to be more than two classes."""
        return self.labels is not None and len(self.labels) > 2

    @property
    def ignored_for_classes(self) -> str:
        """Why a setting for two classes is ignored by a classifier of more; or nothing."""
        many = self.is_multiclass and self.is_classifier
        return f"with {len(self.labels or ())} classes it is ignored" if many else ""

    @property
    def is_classifier(self) -> bool:
        """Whether the model is a classifier, by the name of one of its classes."""
        return any("Classifier" in name for name in names_of(self.model))


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least hessian that a leaf needs: weights below it make no split.

    Attributes
    ----------
    name : str
        The parameter, as it is set or by its own name.
    value : float
        Its value.
    hessian : float
        The largest hessian of a row of weight 1.
    """

    name: str
    value: float
    hessian: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a library makes of a model's settings.

    Attributes
    ----------
    weighing : dict
        Parameter → value, of those that weigh classes and take effect.
    automatic : frozenset of str
        Those of them whose weights the library counts on the training rows itself.
    by_sums : bool
        Whether it counts them by sums of row weights, so that weights of rows are not doubled.
    ignored : dict
        ``"name=value"`` → why the library trains as if it were not there.
    refused : tuple of str
        Settings with which the library refuses to train, and why.
    positions : mapping or None
        Class weights whose keys are looked up among 0 to k-1 instead of among labels.
    by_text : bool
        Whether keys of class weights are the texts of labels.
    ordered : mapping or None
        Class weights whose order and type of keys become those of the model's classes.
    encodes : str
        In what way it hands other labels than its own to estimators inside; empty where it does not.
    stops_on : tuple of str
        Metrics of the evaluation set that end training.
    misled : tuple of str
        Metrics of the evaluation set that get worse while weighted training gets better.
    evaluates_weighted : str
        The parameter that weighs evaluation metrics as well; empty where none does.
    evaluates_idly : bool
        Whether evaluation rows neither end training nor choose among its trees.
    holds_out : bool
        Whether it takes evaluation rows from those of training, where none are given, and weighs them alike.
    chosen_metric : str
        A metric of one's own choice that it weighs without being asked.
    floor : Floor or None
        What a leaf must weigh.
    least_rows : dict
        The least rows of a leaf, where the library guesses their number by their share of all weights.
    penalties : dict
        Penalties that stand beside sums of weights → their values, zeros left out.
    bounded : str
        A bound on leaf values, ``"name=value"``.
    starts_unweighted : str
        Weights, ``"name=value"``, that the average from which scores start does not see.
    unseeded : str
        What a fit without a seed draws at random.
    per_worker : str
        Weights that each worker of a cluster counts on rows of its own.
    inherited : str
        A weight that training goes on with although parameters do not say so.
    continued : str
        Why some of the trees may be of another weighting.
    uncloneable : str
        The parameter that ``sklearn.clone`` refuses.
    resampling : {"", "even", "partial"}
        Whether it draws rows until classes are even, or nearer to even.
    """

    weighing: Params = field(default_factory=dict)
    automatic: frozenset[str] = frozenset()
    by_sums: bool = False
    ignored: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    positions: Mapping[Any, Any] | None = None
    by_text: bool = False
    ordered: Mapping[Any, Any] | None = None
    encodes: str = ""
    stops_on: tuple[str, ...] = ()
    misled: tuple[str, ...] = ()
    evaluates_weighted: str = ""
    evaluates_idly: bool = False
    holds_out: bool = False
    chosen_metric: str = ""
    floor: Floor | None = None
    least_rows: Mapping[str, int] = field(default_factory=dict)
    penalties: Mapping[str, float] = field(default_factory=dict)
    bounded: str = ""
    starts_unweighted: str = ""
    unseeded: str = ""
    per_worker: str = ""
    inherited: str = ""
    continued: str = ""
    uncloneable: str = ""
    resampling: Resampling = ""


def setting_text(name: str, value: Any) -> str:
    """Return a setting as one writes it.

    Examples
    --------
    >>> setting_text("scale_pos_weight", 9.0)
    'scale_pos_weight=9.0'
    """
    return f"{name}={shown(value)}"


def foreign_settings(settings: Params, known: Iterable[str], why: str) -> dict[str, str]:
    """Return the settings that are another library's words for class weights, each with the reason.

    Examples
    --------
    >>> foreign_settings({"class_weight": "balanced"}, ["scale_pos_weight"], "no such parameter")
    {"class_weight='balanced'": 'no such parameter'}
    """
    names = [name for name in WEIGHTING_NAMES if name in settings and name not in set(known)]
    return {setting_text(name, settings[name]): why for name in names if not _is_neutral(settings[name])}


def _is_neutral(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, (int, float)) and value == 1)


def metric_names(given: Any) -> tuple[str, ...] | None:
    """Return the metrics that a setting names; None where one of them is a function.

    Examples
    --------
    >>> metric_names("auc,binary_logloss"), metric_names(["auc", len]), metric_names(None)
    (('auc', 'binary_logloss'), None, ())
    """
    if given is None:
        return ()
    if isinstance(given, str):
        return tuple(name.strip() for name in given.split(",") if name.strip())
    if not isinstance(given, (list, tuple, set)) or not all(isinstance(name, str) for name in given):
        return None
    ordered = sorted(given) if isinstance(given, set) else given
    return tuple(name for each in ordered for name in metric_names(each) or ())


def names_of(model: Any) -> tuple[str, ...]:
    """Return the names of an object's classes, the most special first.

    Examples
    --------
    >>> names_of(True)
    ('bool', 'int', 'object')
    """
    return tuple(base.__name__ for base in type(model).__mro__)
