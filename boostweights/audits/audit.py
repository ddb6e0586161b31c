"""Mistakes that people make with class weights, found in a configured model before it trains."""

from collections.abc import Callable, Iterator, Mapping
from inspect import isfunction
from os import PathLike
from typing import Any

from boostweights.adapters.registry import adapter_of
from boostweights.audits.evidence import TrainingData, evidence_of
from boostweights.audits.findings import Finding, Findings, catalogue, finding_of
from boostweights.audits.parts import Part, of_parameters, readable, walk
from boostweights.audits.rules import probabilities, training, weights
from boostweights.errors import InvalidTypeError, check_that, shown

RuleFunction = Callable[[Part], Iterator[str]]

_MODULES = (probabilities, training, weights)
FUNCTIONS: Mapping[str, RuleFunction] = {
    name: function
    for module in _MODULES
    for name, function in vars(module).items()
    if isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
}
"""Name → rule; its code is the name with hyphens."""

RULES: Mapping[str, RuleFunction] = {code: FUNCTIONS[code.replace("-", "_")] for code in catalogue("audits")}
"""Code → rule, in the order of ``catalogue.toml``, which documents the codes."""


def audit(
    model: Any,
    y: Any = None,
    X: Any = None,
    *,
    sample_weight: Any = None,
    eval_set: Any = None,
    library: str | None = None,
) -> Findings:
    """Look for mistakes in how the classes of a model are weighted.

    Nothing is trained, changed or guessed: without `y`, rules that need labels are silent.

    Parameters
    ----------
    model : estimator, native model, dict or path
        Configured or fitted: a classifier, Pipeline (imbalanced-learn's too), search (with the values that it
        will try), calibrated or threshold classifier, stacking, voting or bagging ensemble,
        WeightedClassifier, Booster; or the parameters of a library's ``train``, or a model file, with
        `library`. A dict may hold ``xgb_model``, the model that training will go on from.
    y : array-like of shape (n,) or ClassCounts, default=None
        The labels that ``fit`` will get.
    X : array-like of shape (n, p), default=None
        The features. A fitted WeightedClassifier that corrects analytically predicts them, and those of
        `eval_set`; otherwise only the number of rows is read.
    sample_weight : array-like of shape (n,), default=None
        The row weights that ``fit`` will get.
    eval_set : (X, y), (X, y, weight), a library's data set, or a list of these, default=None
        The evaluation rows that ``fit`` will get.
    library : str, default=None
        Whose parameters or file `model` is.

    Returns
    -------
    Findings
        The gravest first. Each code is documented in docs/audit.md.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If a part of the model cannot be read, or data do not fit each other.

    Examples
    --------
    >>> from lightgbm import LGBMClassifier
    >>> found = audit(LGBMClassifier(class_weight="balanced", is_unbalance=True), [0] * 90 + [1] * 30)
    >>> print(found[0])
    error weights-multiply: is_unbalance=True and class_weight='balanced' multiply. They multiply without a
    word: balanced times balanced weighs the rare class by the square of its rarity. Keep one of them; with
    WeightedClassifier, take the estimator's own out and state the policy.
    """
    evidence = evidence_of(y, X, sample_weight, eval_set)
    findings: dict[tuple[str, str], Finding] = {}
    for part in _parts(model, evidence, library):
        for code, rule in RULES.items():
            with readable(f"{part.where or 'the model'} ({type(part.model).__name__})"):
                message = next(filter(None, rule(part)), None)
            if message is not None:
                finding = finding_of("audits", code, message, where=part.where)
                findings.setdefault((code, part.where), finding)
    return Findings(findings.values())


def _parts(model: Any, evidence: TrainingData, library: str | None) -> Iterator[Part]:
    if isinstance(model, (Mapping, str, PathLike)):
        rule, remedy = "parameters and model files are audited as a library's", "Pass library='xgboost', say."
        check_that(library is not None, rule, f"library=None for {shown(model)}", remedy, InvalidTypeError)
        adapter = adapter_of(library)
        settings = model if isinstance(model, Mapping) else adapter.readback.read(model).settings
        yield of_parameters(adapter, dict(settings), evidence)
        return
    with readable(type(model).__name__):
        is_model = hasattr(model, "get_params") or hasattr(model, "save_model")
    rule = "an audit needs an estimator, a model, or parameters with library=…"
    remedy = "Pass LGBMClassifier(…), or {…} with library='lightgbm'."
    check_that(is_model and not isinstance(model, type), rule, model, remedy, InvalidTypeError)
    yield from walk(model, evidence)
