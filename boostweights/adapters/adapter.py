"""An adapter: what is required of a library, and the record of the abilities that it has.

An ability is a small protocol, and a module with its functions may be one. What a library lacks is refused in
one place, here, by a sentence that names the library and the ability.
"""

# ruff: noqa: RUF009  abilities are declared by a function that returns a field

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Protocol

import numpy as np

from boostweights.adapters.behaviour import Behaviour, Floats, Params, Subject
from boostweights.adapters.binning import OutOfCore, Reuse
from boostweights.adapters.form import Form
from boostweights.adapters.readback import Reading, Rescaled
from boostweights.adapters.serving import Serving
from boostweights.adapters.training import Arguments, EvaluationSet, OnDask, Rounds, WeightedTraining
from boostweights.adapters.trees import Tree
from boostweights.errors import MissingAbilityError
from boostweights.probabilities.link import Correction, Link
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


class RawScores(Protocol):
    """Scores before the link that makes them probabilities."""

    def uncorrectable(self, params: Params, classes: int | None) -> str:
        """Say which parameter leaves a model without probabilities that could be corrected; or nothing."""

    def link(self, model: Any) -> Link:
        """Return how a fitted model comes to its probabilities; raises where it is none of the library's."""

    def scores(self, model: Any, X: Any) -> Floats | None:
        """Return raw scores, (n,) log-odds or (n, k), as logarithms; None where there are none."""


class Baking(Protocol):
    """A correction of probabilities inside the model itself."""

    def baked(self, model: Any, correction: Correction) -> Any:
        """Return a copy of a model that predicts corrected probabilities by itself, and is marked."""

    def correction_mark(self, model: Any) -> str | None:
        """Return the mark of a model into which a correction is baked."""

    def n_features(self, model: Any) -> int:
        """Return the number of features of a model."""

    def table_scores(self, model: Any, table: Floats) -> Floats | None:
        """Return the scores of rows of numbers, as `RawScores.scores` does; whole numbers are categories."""


class Notes(Protocol):
    """Texts that a fitted model keeps, also when it is saved."""

    def read_note(self, model: Any, name: str) -> str | None:
        """Return the text that a fitted model keeps under a name, or None."""

    def write_note(self, model: Any, name: str, text: str) -> None:
        """Keep a text under a name in a fitted model, which is changed by that."""

    def training(self, model: Any) -> str:
        """Return what another training of the model changes, where notes outlive that."""


class ModelFiles(Protocol):
    """Models saved in the library's own format."""

    def is_file(self, path: Path, head: bytes) -> bool:
        """Whether a file that begins like this is a model of the library's."""

    def load(self, path: Path) -> Any:
        """Return the model of a file, or raise; nothing in it is run."""


class ReadBack(Protocol):
    """From the library's settings and models back to a policy."""

    def read(self, source: Any) -> Reading:
        """Return what an estimator, parameters, a model or its file say of class weights."""

    def policy_of(self, reading: Reading, classes: Sequence[Label] | None) -> Policy:
        """Return the policy that a reading stands for, or raise."""


def is_from(estimator: Any, module: str) -> bool:
    """Whether an estimator's class, or one it derives from, is of a module, without importing it."""
    return any(base.__module__.partition(".")[0] == module for base in type(estimator).__mro__)


def get_params(model: Any, *, deep: bool = True) -> Arguments:
    """Return a model's parameters, nested ones too; None is these libraries' word for unset."""
    if not hasattr(model, "get_params"):
        return {}
    return {name: value for name, value in model.get_params(deep=deep).items() if value is not None}


def cloned(estimator: Any) -> Any:
    """Return an unfitted copy, as scikit-learn makes it."""
    from sklearn.base import clone

    return clone(estimator)


def configured(estimator: Any, params: Params) -> Any:
    """Return the estimator with these parameters, which it keeps."""
    return estimator.set_params(**params)


def unfitted_with(adapter: Adapter, estimator: Any, params: Params) -> Any:
    """Return an unfitted copy of an estimator with these parameters besides its own."""
    copied = adapter.unfitted(estimator)
    return adapter.configured(copied, params) if params else copied


def _ability(sentence: str) -> Any:
    """Declare an ability that a library may lack; the sentence goes on after "the library must …"."""
    return dataclasses.field(default=None, metadata={"ability": sentence})


@dataclass(frozen=True, kw_only=True, eq=False)
class Adapter:
    """A library: its forms, its estimators, and the abilities that it has. An adapter never counts labels.

    Attributes
    ----------
    name, module, extra : str
        What it is called here; the importable module, by default of this name; and what pip installs for it,
        by default the extra of boostweights of this name.
    dtype : type
        The dtype in which it stores row weights.
    forms : tuple of Form
        Row weights first; kept as a mapping of name to form.
    owns : callable
        Whether an estimator whose class, or one that it derives from, is of the module is this library's; all
        are, unless it is said.
    get_params : callable
        Estimator or native model, ``deep=`` → the parameters that it states, those unset left out.
    unfitted : callable
        Estimator → an unfitted copy.
    configured : callable
        Unfitted copy, parameters → the estimator with them; called only where there is something to set.
    record : str
        ``"module:NAME"`` of what tests and the benchmark know of the library; loaded by them alone.
    class_weighting : callable
        Parameters → those of them that weigh classes already; none, unless it is said.
    class_names : tuple of str
        Parameters that say which classes there are, in the order of the probabilities, or how many.
    prepared : tuple of str
        Arguments of ``fit``, besides ``eval_set``, that would bypass labels and weights prepared here.
    evaluation_weight : str
        The library's own name of the caller's weights of evaluation rows, taken as ``sample_weight_val``.
    continued_from : str
        The argument of ``fit`` that names a model to train on from.
    iteration_limits : tuple of str
        Arguments of ``predict_proba`` by which fewer trees predict.
    device_arrays : bool
        Whether it trains on labels and row weights that lie on a device, as they are.
    causes : mapping
        Pin → what it takes out of play: "intercept", "cuts".
    describe : callable
        `Subject` → `Behaviour`: what the library makes of settings, for an audit.
    reuse : callable
        Estimator, X → whether and how bins of the training data serve for many weights.
    evaluation : callable
        Estimator, evaluation sets, other arguments of ``fit`` → those that name the sets.
    shifted : callable
        Estimator, `WeightedTraining`, evaluation sets → the arguments of ``fit`` by which evaluation rows
        start from what takes the weights out.
    unshiftable : callable
        Parameters and other arguments of ``fit`` → what keeps `shifted` from working, in words; nothing does,
        unless it is specified.
    raw_scores, baking, notes, files, readback, rounds, dask, serving
        Abilities, each as its protocol says.
    tree_probabilities : callable
        Fitted model, X → the probabilities of each tree of a model whose link is "mean".
    trees : callable
        Fitted model → its trees as plain data, by which two models are shown to be the same.
    rescale : callable
        Parameters, factor of all weights → the parameters that scale along.
    blocks : callable
        Estimator, ``bins=``, ``cache_folder=``, ``frozen=``, ``features=`` → what trains on rows read block
        by block.
    open_fold : callable
        Makes a fold of the library's own ``cv`` readable.
    """

    name: str
    module: str = ""
    extra: str = ""
    dtype: type[np.floating[Any]]
    forms: Mapping[str, Form]
    owns: Callable[[Any], bool] = lambda estimator: True
    get_params: Callable[..., Arguments] = get_params
    unfitted: Callable[[Any], Any] = cloned
    configured: Callable[[Any, Params], Any] = configured
    record: str = ""
    class_weighting: Callable[[Params], Arguments] = lambda params: {}
    class_names: tuple[str, ...] = ()
    prepared: tuple[str, ...] = ()
    evaluation_weight: str = ""
    continued_from: str = ""
    iteration_limits: tuple[str, ...] = ()
    device_arrays: bool = False
    causes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    describe: Callable[[Subject], Behaviour] = _ability("")  # by class_weighting, unless it is said
    reuse: Callable[[Any, Any], Reuse] = lambda estimator, X: Reuse(how="none: each fit bins anew")
    evaluation: Callable[[Any, Sequence[EvaluationSet], Params], Arguments] = _ability(
        "take an evaluation set for X_val, eval_set or validation_fraction"
    )
    shifted: Callable[[Any, WeightedTraining, Sequence[EvaluationSet]], Arguments] = _ability(
        'let evaluation rows start from scores of their own (eval_weighting="shifted")'
    )
    unshiftable: Callable[[Params], str] = lambda settings: ""
    rounds: Rounds = _ability('record losses round by round (n_rounds="cv")')
    raw_scores: RawScores = _ability("give raw scores")
    baking: Baking = _ability("keep a correction inside its models")
    tree_probabilities: Callable[[Any, Any], Iterator[Floats]] = _ability(
        "average the probabilities of trees"
    )
    notes: Notes = _ability("keep notes in its models")
    files: ModelFiles = _ability("have a model format of its own")
    serving: Serving = _ability("have models that other runtimes can serve")
    readback: ReadBack = _ability("say in its settings how it weighs classes")
    trees: Callable[[Any], list[Tree]] = _ability("show its trees")
    rescale: Callable[[Params, float], Rescaled] = _ability("say which parameters scale with weights")
    blocks: Callable[..., OutOfCore] = _ability("read rows in blocks")
    dask: OnDask = _ability("train on Dask")
    open_fold: Callable[[Any], Any] = _ability("have a cv that prepares each fold (fpreproc)")

    def __post_init__(self) -> None:
        for name, text in (("module", self.name), ("extra", f"boostweights[{self.name}]")):
            object.__setattr__(self, name, getattr(self, name) or text)
        for field in dataclasses.fields(self):
            if "ability" in field.metadata and getattr(self, field.name) is None:
                lacking = Lacking(self.name, field.name, field.metadata["ability"])
                default = self._described_by_settings if field.name == "describe" else lacking
                object.__setattr__(self, field.name, default)

    def can(self, ability: str) -> bool:
        """Whether the library has an ability, by the name of its attribute."""
        return not isinstance(getattr(self, ability), Lacking)

    def require(self, ability: str) -> None:
        """Raise unless the library has an ability, by the name of its attribute."""
        if not self.can(ability):
            getattr(self, ability)()

    def _described_by_settings(self, subject: Subject) -> Behaviour:
        return Behaviour(weighing=self.class_weighting(subject.settings))

    def __repr__(self) -> str:
        return f"Adapter({self.name!r})"


class Lacking:
    """An ability that a library does not have: whatever is asked of it raises."""

    known: ClassVar[Callable[[], Iterable[Adapter]]] = tuple
    """The adapters among which an error names those that can; the registry says which."""

    def __init__(self, library: str, field: str, ability: str) -> None:
        self._library, self._field, self._ability = library, field, ability

    def __getattr__(self, member: str) -> Any:
        if member.startswith("__"):  # protocols of Python's own, such as copying
            raise AttributeError(member)
        self()

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise: whatever it is called with, it cannot answer."""
        able = ", ".join(adapter.name for adapter in Lacking.known() if adapter.can(self._field))
        raise MissingAbilityError(
            f"the library must {self._ability}",
            f"{self._library}, which does not",
            f"Of the libraries known here these do: {able or 'none'}.",
        )
