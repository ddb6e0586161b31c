"""What an audit takes and refuses; that it changes nothing and takes no time."""

import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audit.mistakes import BALANCED, TRAIN, TWICE, X, Y, in_pipeline, lgbm, weighted
from libraries import ADAPTERS, ESTIMATORS, make_estimator
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import boostweights as bw
from boostweights.adapters.behaviour import Subject

CLASSES = [(library, name) for library in ESTIMATORS for name in ESTIMATORS[library]]


@pytest.mark.parametrize(("library", "name"), CLASSES, ids=lambda part: str(part))
def test_an_unweighted_estimator_is_in_order(library: str, name: str) -> None:
    clf = make_estimator(library, name)
    assert bw.audit(clf, Y, X) == ()
    assert bw.audit(make_estimator(library, name).fit(np.nan_to_num(X), Y), Y) == ()


@pytest.mark.parametrize("library", list(ADAPTERS))
def test_without_parameters_nothing_is_told(library: str) -> None:
    told = ADAPTERS[library].describe(Subject(settings={}))
    assert not any((told.weighing, told.ignored, told.refused, told.inherited, told.per_worker))
    assert bw.audit({}, library=library) == ()


@pytest.mark.parametrize("library", list(ADAPTERS))
def test_the_native_weight_of_every_form_is_in_order_alone_and_a_mistake_under_a_wrapper(
    library: str,
) -> None:
    for form in bw.forms(library):
        clf = make_estimator(library)
        try:
            params = bw.to_native("balanced", clf, Y[TRAIN], form=form.name, allow_different=True).params
        except bw.errors.InvalidValueError:
            params = bw.to_native(bw.Balanced(scale="majority"), clf, Y[TRAIN], form=form.name).params
        clf.set_params(**params)
        assert bw.audit(clf, Y).at_least("warning") == ()
        assert ("weights-multiply" in bw.audit(weighted(clf), Y).codes()) == bool(params)


# --- what it refuses ---


class Hostile(BaseEstimator):
    def __init__(self, raised: type[BaseException] = ValueError) -> None:
        self.raised = raised

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        raise self.raised("I say nothing")


class Endless(BaseEstimator):
    """Each holds another one."""

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"estimator": Endless()}


class BadProperty(LogisticRegression):
    @property
    def predict_proba(self) -> Any:
        raise RuntimeError("I say nothing")


class BadParams(BaseEstimator):
    def fit(self, X: Any, y: Any) -> Any:
        return self

    def get_params(self, deep: bool = True) -> Any:
        return ["class_weight"]


class BadValue:
    def __repr__(self) -> str:
        raise TypeError("I say nothing")


def holding_itself() -> Any:
    pipeline = Pipeline([("clf", LogisticRegression())])
    pipeline.steps.append(("again", pipeline))
    return pipeline


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Hostile(), "I say nothing"),
        (lambda: Hostile(RecursionError), "RecursionError"),
        (lambda: Hostile(NotImplementedError), "NotImplementedError"),
        (lambda: make_pipeline(StandardScaler(), Hostile(KeyError)), "KeyError"),
        (lambda: Endless(), "must not contain itself"),
        (holding_itself, "must not contain itself"),
        (lambda: BadProperty(class_weight="balanced"), "BadProperty.predict_proba"),
        (lambda: BadParams(), "BadParams"),
        (lambda: lgbm(scale_pos_weight="many"), "could not convert"),
        (lambda: in_pipeline(lgbm(scale_pos_weight="many")), "pipeline.clf"),
        (lambda: LogisticRegression(class_weight=BadValue()), "LogisticRegression"),
        (lambda: weighted(lgbm(), "balenced"), "balanced"),
        (lambda: GridSearchCV(weighted(lgbm()), {"weighting__powr": [1]}), "powr"),
        (lambda: LogisticRegression, "an audit needs an estimator"),
        (lambda: 7, "an audit needs an estimator"),
        (lambda: None, "an audit needs an estimator"),
        (lambda: {"scale_pos_weight": 9.0}, "library="),
        (lambda: "model.ubj", "library="),
    ],
    ids=range(18),
)
def test_what_cannot_be_read_is_said_in_an_error(make: Any, said: str) -> None:
    with pytest.raises(bw.BoostweightsError, match=said.replace("(", r"\(")):
        bw.audit(make())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"y": [0, 1, 0.5]}, "discrete"),
        ({"y": [[0, 1], [1, 0]]}, "1-d"),
        ({"y": [0, 1], "X": np.zeros((3, 1))}, "the same rows"),
        ({"y": [0, 1], "sample_weight": [1.0]}, "one weight a row"),
        ({"y": [0, 1], "sample_weight": [1.0, -1.0]}, "at least 0"),
        ({"sample_weight": [np.nan]}, "finite"),
        ({"eval_set": [np.zeros(3)]}, "an evaluation set is"),
        ({"eval_set": [(1, 2, 3, 4)]}, "an evaluation set is"),
        ({"library": "xgbost"}, "xgboost"),
    ],
    ids=range(9),
)
def test_data_that_do_not_fit_are_refused(given: dict[str, Any], said: str) -> None:
    model = {"scale_pos_weight": 9.0} if "library" in given else lgbm()
    with pytest.raises(bw.BoostweightsError, match=said):
        bw.audit(model, **given)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(LogisticRegression()))
    with pytest.raises(bw.errors.InvalidTypeError, match="runs code"):
        bw.audit(path, library="sklearn")


# --- what it leaves alone ---


def test_nothing_is_changed() -> None:
    params = {"objective": "binary", "is_unbalance": True, "scale_pos_weight": 9.0}
    search = GridSearchCV(in_pipeline(lgbm(**TWICE)), {"clf": [lgbm()], "clf__num_leaves": [3]})
    labels, weights = Y.copy(), BALANCED.copy()
    before = repr(params), repr(search), search.estimator["clf"].get_params()
    bw.audit(params, labels, library="lightgbm")
    bw.audit(search, labels, X, sample_weight=weights, eval_set=[(X, labels)])
    assert before == (repr(params), repr(search), search.estimator["clf"].get_params())
    assert (labels == Y).all()
    assert (weights == BALANCED).all()


@pytest.mark.parametrize("first", ["boostweights.audits.findings", "boostweights"])
def test_the_function_answers_to_its_name_however_the_room_was_imported(first: str) -> None:
    code = (
        f"import {first}, boostweights as bw; from boostweights.audits import audit; import inspect;"
        "print(bw.audit({}, library='sklearn').codes(), list(inspect.signature(bw.audit).parameters)[:2],"
        "inspect.signature(bw.audit) == inspect.signature(audit))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] ['model', 'y'] True"
    assert callable(bw.audit)
    assert "library" in inspect.signature(bw.audit).parameters
