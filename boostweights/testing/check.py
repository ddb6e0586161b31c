"""The conformance checks of an adapter: training, claims, fitted models, and what must be refused."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from typing import Any

import numpy as np
from scipy.special import logit
from sklearn.base import clone
from sklearn.metrics import log_loss

from boostweights.adapters.adapter import Adapter, unfitted_with
from boostweights.adapters.baking import bake_correction, baked_weights
from boostweights.adapters.behaviour import Floats
from boostweights.adapters.expressing import to_native
from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.adapters.notes import note_of, write
from boostweights.adapters.registry import adapter_of
from boostweights.audits.audit import audit
from boostweights.errors import InvalidTypeError, InvalidValueError, MissingAbilityError
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import uncorrectable
from boostweights.probabilities.calibration import affine_of, fit_correction
from boostweights.probabilities.correct import correct_proba
from boostweights.probabilities.link import log_proba
from boostweights.testing.case import (
    Case,
    cases_of,
    complete_data,
    refused,
    row_weights,
    two_cells,
)
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit
from boostweights.weighting.policies.costs import Costs

WEIGHTS = (1.0, 8.77, 0.3)
KINDS: Mapping[str, Sequence[Any]] = {
    "0 and 1": [0, 1],
    "-1 and 1": [-1, 1],
    "1 and 2": [1, 2],
    "text": ["bad", "good"],
    "bool": [False, True],
    "float": [0.0, 1.0],
    "far apart": [-(10**12), 10**12],
    "three": ["ant", "bee", "cat"],
}
_BY_LABEL = ((0.3, 8.07), WEIGHTS, (1.0, 8.77), (4.3, 1.0), (1.0, 1e6))
POLICIES = (
    Balanced(scale="majority"),
    *(Explicit(dict(enumerate(weights))) for weights in _BY_LABEL),
    *(Balanced(power=0.5, scale="majority"), Balanced(cap=5.0, scale="majority"), Balanced()),
    Costs(fn=50.0, fp=3.0),
)
_UNDER_SETTINGS = POLICIES[:3]
_CLOSE = 1e-6


def check_labels(case: Case, labels: Sequence[Any]) -> None:
    """Labels of any kind train the model that the library trains by hand, to the bit."""
    X, y = complete_data(len(labels))
    named, dtype = np.array(labels)[y], case.adapter.dtype
    class_weights = np.array(WEIGHTS)[y].astype(dtype)
    weighting = dict(reversed(list(zip(labels, WEIGHTS, strict=False))))
    unweighted = case.make().fit(X, y).predict_proba(X)
    for caller in (None, row_weights(len(y))):
        clf = WeightedClassifier(case.make(), weighting=weighting).fit(X, named, sample_weight=caller)
        proba = clf.predict_proba(X)
        weight = class_weights if caller is None else class_weights * caller.astype(dtype)
        by_hand = case.make().fit(X, y, sample_weight=weight).predict_proba(X)
        np.testing.assert_array_equal(proba, by_hand)
        assert np.abs(proba - unweighted).max() > 0.01, "sample_weight must change the model"
        assert clf.classes_.tolist() == list(labels)
        assert clf.classes_.dtype == named.dtype
        np.testing.assert_array_equal(clf.predict(X), clf.classes_[proba.argmax(axis=1)])


def check_parameters(case: Case) -> None:
    """Parameters are stated as they were set, and copies leave the given estimator alone."""
    X, y = complete_data()
    estimator = case.make()
    assert adapter_of(estimator) is case.adapter, f"the adapter of {case.spelled} must be found: register it"
    before = case.adapter.get_params(estimator)
    for name, value in case.settings.items():
        assert value is None or before[name] == value, f"get_params must state {name}={value!r}"
    if case.settings:
        return
    proba = estimator.fit(X, y).predict_proba(X)
    name, value = next((name, value) for name, value in case.small.items() if type(value) is int)
    changed = unfitted_with(case.adapter, estimator, {name: value + 1})
    assert case.adapter.get_params(changed) == {**before, name: value + 1}, f"configured must set {name}"
    assert case.adapter.get_params(estimator) == before, "unfitted and configured must change copies only"
    np.testing.assert_array_equal(case.adapter.unfitted(estimator).fit(X, y).predict_proba(X), proba)


_COPIES = (1, 3, 5, 9, 18)
_WEIGHT = 9
_RISING = (0.1, 1.0, 2.0, 6.0, 20.0, 60.0)


def check_repeated_rows(case: Case) -> None:
    """A row of weight 9 counts as nine copies do: of models with 1 to 18 copies theirs is the nearest."""
    X, y = two_cells()
    for label in (0, 1):
        weighted = _log_odds(case, X, y, np.where(y == label, _WEIGHT, 1))
        distances = {}
        for copies in _COPIES:
            rows = np.repeat(np.arange(len(y)), np.where(y == label, copies, 1))
            distances[copies] = np.abs(_log_odds(case, X, y, rows=rows) - weighted).mean()
        nearest = min(_COPIES, key=distances.__getitem__)
        assert nearest == _WEIGHT, f"a row of weight {_WEIGHT} must count as {_WEIGHT} copies, not {nearest}"


def check_rising_weights(case: Case) -> None:
    """Weights that differ train models that differ, also where they are large."""
    X, y = two_cells()
    models = [(weight, _log_odds(case, X, y, np.where(y == 1, weight, 1.0))) for weight in _RISING]
    for (weight, scores), (larger, other_scores) in pairwise(models):
        change = np.abs(other_scores - scores).max()
        assert change > 0.01, f"a weight of {larger:g} must train another model than {weight:g}"


def check_columns(case: Case, classes: int) -> None:
    """Where features separate the labels, the column of a row's label has the highest probability."""
    y = np.arange(300) % classes
    X = np.eye(classes)[y] + np.random.default_rng(0).normal(scale=0.05, size=(300, classes))
    first = case.make().fit(X, y).predict_proba(X).argmax(axis=1)
    assert np.array_equal(first, y), "columns of predict_proba must be in the order of the labels"


def _log_odds(case: Case, X: Any, y: Any, weight: Any = None, rows: Any = slice(None)) -> Any:
    """Train on these rows, and return the log-odds of label 1 for all rows."""
    weighting = {} if weight is None else {"sample_weight": weight.astype(case.adapter.dtype)}
    proba = case.make().fit(X[rows], y[rows], **weighting).predict_proba(X)[:, 1]
    return logit(np.clip(np.asarray(proba, np.float64), 1e-6, 1 - 1e-6))


def check_claim(case: Case, form: Any, classes: int) -> None:
    """A form trains the model of row weights, as closely as it claims; other policies are refused."""
    X, y = complete_data(classes)
    rows = (None,) if case.settings else (None, row_weights(len(y)))  # a tie may decide where these round
    expressed = False
    for policy, caller in product(_UNDER_SETTINGS if case.settings else POLICIES, rows):
        native = _expressed(case, policy, form, y, caller)
        if native is None:
            continue
        expressed, reference = True, to_native(policy.resolve(y), case.make())
        weighing = unfitted_with(case.adapter, case.make(), {**native.pins, **native.params})
        plain = unfitted_with(case.adapter, case.make(), native.pins)
        ours = weighing.fit(X, y, **native.fit_kwargs(y, caller)).predict_proba(X)
        theirs = plain.fit(X, y, **reference.fit_kwargs(y, caller)).predict_proba(X)
        assert native.guarantee is not Guarantee.DIFFERENT, "another model must be refused"
        near = 0.0 if native.guarantee is Guarantee.IDENTICAL else _CLOSE
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=near, err_msg=f"{policy!r}: {native.reason}")
    assert expressed or not case.is_own, f"{form} must express one policy under the library's defaults"


def _expressed(case: Case, policy: Policy, form: Any, y: Any, weight: Any = None) -> NativeForm | None:
    """Return a policy in a form, or None where the form cannot express it."""
    try:
        return to_native(policy.resolve(y), case.make(), form=form, y=y, sample_weight=weight)
    except InvalidValueError:
        return None


def check_evaluation(case: Case, form: Any) -> None:
    """The loss on an evaluation set is weighted as asked: as in training or not, and by the caller."""
    (X, y), (X_val, y_val) = complete_data(rows=500), complete_data(rows=300, seed=1)
    ratio = (y == 0).sum() / (y == 1).sum()
    assert case.record.losses is not None
    for weighting in ("same", "none"):
        for caller in (None, row_weights(len(y_val))):
            inner, policy = case.make(**case.record.evaluated), Balanced(scale="majority")
            clf = WeightedClassifier(inner, weighting=policy, form=form, eval_weighting=weighting)
            clf.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=caller, **case.record.fit_quietly)
            factor = np.where(y_val == 1, ratio, 1.0) if weighting == "same" else np.ones(len(y_val))
            weight = factor if caller is None else factor * caller
            expected = log_loss(y_val, clf.predict_proba(X_val)[:, 1], sample_weight=weight)
            loss = case.record.losses(clf.estimator_)[-1]
            np.testing.assert_allclose(loss, expected, rtol=2e-5, err_msg=f"{weighting}, {caller}")


_NAMES = np.array(["ant", "bee", "cat"])
_NEAR = 2e-5  # float32 probabilities, whose odds are multiplied by weights


def _fitted(case: Case, classes: int, *, correct: bool = False) -> WeightedClassifier:
    X, y = complete_data(classes)
    return WeightedClassifier(case.make(), weighting="balanced", correct_proba=correct).fit(X, _NAMES[y])


def check_copies(case: Case) -> None:
    """A clone is unfitted and trains the same model; a pickle predicts the same."""
    X, y = complete_data()
    clf = _fitted(case, 2)
    copied, loaded = clone(clf), pickle.loads(pickle.dumps(clf))
    assert not hasattr(copied, "estimator_"), "a clone must be unfitted"
    for model in (copied.fit(X, _NAMES[y]), loaded):
        np.testing.assert_array_equal(model.predict_proba(X), clf.predict_proba(X))


def _corrected_by_hand(case: Case, clf: WeightedClassifier, X: Any) -> Floats:
    """Return `correct_proba` of the model's probabilities, tree by tree for forests."""
    model, adapter, proba = clf.estimator_, case.adapter, clf.estimator_.predict_proba(X)
    link = adapter.raw_scores.link(model).kind if adapter.can("raw_scores") else "proba"
    if link == "mean":
        trees = np.stack(list(adapter.tree_probabilities(model, X)))
        np.testing.assert_allclose(trees.mean(axis=0), proba, atol=_NEAR)
        proba = trees
    return np.asarray(correct_proba(proba, clf.class_weights_, "ovr" if link == "ovr" else "softmax"))


def check_correction(case: Case) -> None:
    """Corrected probabilities are those of `correct_proba`; where there are none, fit raises at once."""
    for classes in (2, 3):
        X = complete_data(classes)[0]
        if uncorrectable(case.adapter, case.make(), classes):
            with refused(InvalidValueError, "correct_proba=True"):
                _fitted(case, classes, correct=True)
            continue
        clf = _fitted(case, classes, correct=True)
        np.testing.assert_allclose(clf.predict_proba(X), _corrected_by_hand(case, clf, X), atol=_NEAR)


def check_baking(case: Case) -> None:
    """A baked model predicts corrected probabilities, is marked so, also in a pickle, and is baked once."""
    for classes in (2, 3):
        if uncorrectable(case.adapter, case.make(), classes):
            continue
        (X, y), clf = complete_data(classes), _fitted(case, classes)
        weights = clf.class_weights_.encoded()
        baked = bake_correction(clf.estimator_, weights)
        loaded = pickle.loads(pickle.dumps(baked))
        np.testing.assert_allclose(loaded.predict_proba(X), _corrected_by_hand(case, clf, X), atol=_NEAR)
        assert baked_weights(loaded) == baked_weights(baked) == weights.values
        assert baked_weights(clf.estimator_) is None, "the given model must stay as it is"
        with refused(InvalidValueError, "a second correction"):
            bake_correction(loaded, weights)
        link = case.adapter.raw_scores.link(clf.estimator_).kind
        if link in ("mean", "proba", "none"):
            continue  # scores do not add up, so that no fitted map is baked in
        raw = np.asarray(case.adapter.raw_scores.scores(clf.estimator_, X))
        correction = fit_correction(raw, y, weights, kind="ovr" if link == "ovr" else "softmax")
        loaded = pickle.loads(pickle.dumps(bake_correction(clf.estimator_, correction)))
        expected = np.exp(log_proba(affine_of(correction, link)(raw), link))
        np.testing.assert_allclose(loaded.predict_proba(X), expected, atol=_NEAR)


def check_notes(case: Case) -> None:
    """A note stays in a pickle and changes no prediction; another training leaves it behind."""
    X, y = complete_data()
    model = case.make().fit(X, y)
    before = model.predict_proba(X)
    assert note_of(model, "boostweights_test") is None
    write(model, "boostweights_test", "é\n]=\"'")
    loaded = pickle.loads(pickle.dumps(model))
    kept = note_of(loaded, "boostweights_test")
    assert kept is not None
    assert (kept.text, kept.current) == ("é\n]=\"'", True)
    np.testing.assert_array_equal(loaded.predict_proba(X), before)
    stale = note_of(loaded.fit(X[:300], y[:300]), "boostweights_test")
    assert stale is None or not stale.current, "a note of another training must be stale"


def check_audit(case: Case) -> None:
    """An audit finds nothing in an unweighted estimator, and two weightings of one model."""
    X, y = complete_data()
    assert not audit(case.make(), y, X), "an unweighted estimator must have no findings"
    for form in case.adapter.forms:
        native = _expressed(case, Balanced(scale="majority"), form, y)
        if native is None or not native.params:
            continue
        weighing = unfitted_with(case.adapter, case.make(), native.params)
        assert case.adapter.class_weighting(case.adapter.get_params(weighing)), f"{form} weighs classes"
        clf = WeightedClassifier(weighing, weighting="balanced")
        assert audit(clf, y, X), f"{form} inside a WeightedClassifier must be found"
        with refused(InvalidValueError, f"{form} inside a WeightedClassifier"):
            clf.fit(X, y)


def check_refusals(case: Case) -> None:
    """Settings that would bypass labels and weights are refused before any training."""
    (X, y), adapter = complete_data(), case.adapter
    clf = WeightedClassifier(case.make())
    for name in adapter.prepared:
        with refused(InvalidTypeError, f"fit({name}=…)"):
            clf.fit(X, y, **{name: 1})
    for name in adapter.class_names:
        for classes in (7, ["no", "such"]):
            named = WeightedClassifier(case.make(**{name: classes}), weighting=None)
            with refused(InvalidValueError, f"{name}={classes}"):
                named.fit(X, y)
    if not adapter.can("evaluation"):
        with refused(MissingAbilityError, "an evaluation set"):
            clf.fit(X, y, X_val=X, y_val=y)
    assert not hasattr(clf, "estimator_")


def _checks_of(case: Case) -> Iterator[tuple[str, Callable[[Case], Any]]]:
    """Yield what is checked of a case, in words, and the check."""
    yield f"parameters, {case.name}", check_parameters
    for form in case.adapter.forms.values():
        for classes in () if form.name == "sample_weight" else (2, 3):
            if ("binary" if classes == 2 else "multiclass") in form.tasks:
                check = partial(check_claim, form=form.name, classes=classes)
                yield f"{form.name} on {classes} classes, {case.name}", check
        if case.is_own and case.adapter.can("evaluation") and case.record.losses is not None:
            yield f"evaluation sets, {form.name}", partial(check_evaluation, form=form.name)
    if not case.settings:
        for name, labels in KINDS.items():
            yield f"labels, {name}", partial(check_labels, labels=labels)
        for classes in (2, 3):
            yield f"columns on {classes} classes", partial(check_columns, classes=classes)
        yield "repeated rows", check_repeated_rows
        yield "rising weights", check_rising_weights
        yield "clone and pickle", check_copies
        yield "correction", check_correction
        yield "audit", check_audit
        yield "refusals", check_refusals
        if case.adapter.can("baking"):
            yield "baking", check_baking
        if case.adapter.can("notes"):
            yield "notes", check_notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check that fails with an AssertionError; it imports the library when it is called.

    Attributes
    ----------
    name : str
        The estimator, what is checked, and on what.
    """

    name: str
    run: Callable[[], None]

    def __call__(self) -> None:
        """Train, and compare with the library by itself."""
        self.run()

    def __str__(self) -> str:
        return self.name


def check_adapter(adapter: Adapter) -> list[Check]:
    """Return the checks that an adapter must pass, for pytest's ``parametrize``.

    They train the estimators of the adapter's record on 300 to 500 rows. Labels of any kind are weighted as
    if by hand, to the bit. A row of weight 9 counts as nine copies of the row, weights that differ train
    models that differ, and the columns of probabilities are in the order of the labels. Each form agrees with
    row weights as closely as it claims, under all settings that matter. Weighted evaluation sets, clones and
    pickles, corrected probabilities (baked in or not), notes, audits and refusals are checked as well. What
    the adapter does not claim to do is not checked.

    Parameters
    ----------
    adapter : Adapter
        With a record.

    Returns
    -------
    list of Check
        Callables without arguments, whose text is their name.

    Raises
    ------
    InvalidTypeError
        If the adapter has no record.

    Examples
    --------
    In a test file: ``@pytest.mark.parametrize("check", check_adapter(ADAPTER), ids=str)`` above
    ``def test_adapter(check): check()``. One check by hand:

    >>> from boostweights.adapters import adapter_of
    >>> checks = {str(check): check for check in check_adapter(adapter_of("lightgbm"))}
    >>> checks["LGBMClassifier: clone and pickle"]()
    """
    return [
        Check(name=f"{case.spelled.partition(':')[2]}: {what}", run=partial(check, case))
        for case in cases_of(adapter)
        for what, check in _checks_of(case)
    ]
