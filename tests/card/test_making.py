"""Cards of classifiers, policies and weights: what is resolved is what training resolves to."""

import copy
import datetime
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from cards import DAY, Y, a_card
from libraries import ADAPTERS, ESTIMATORS, RECORDS, hard_data, make_estimator
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import boostweights as bw
from boostweights.benchmark.plan.learners import installed_version
from boostweights.card.content import Review, labels_digest, split_digest

X = np.arange(100.0)[:, None]
LABELS = np.array(["good"] * 90 + ["bad"] * 10)


def quick(**settings: Any) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(max_iter=2, **settings)


@pytest.mark.parametrize("library", ESTIMATORS)
def test_an_unfitted_classifier_has_the_card_of_the_fitted_one(library: str) -> None:
    form = list(ADAPTERS[library].forms)[-1]
    estimator = make_estimator(library)
    clf = bw.WeightedClassifier(estimator, weighting=bw.Balanced(scale="majority", owner="me"), form=form)
    before = bw.Card.of(clf, LABELS, today=DAY)
    clf.fit(X, LABELS)
    after = bw.Card.of(clf, LABELS, today=DAY)
    assert before == after
    assert after.weights == clf.class_weights_
    assert (after.library, after.form) == (library, form)
    assert after.guarantee == clf.native_.guarantee.value
    assert after.reason == clf.native_.reason
    assert after.params == ", ".join(f"{name}={value!r}" for name, value in clf.native_.params.items())
    assert after.pins == ", ".join(f"{name}={value!r}" for name, value in clf.native_.pins.items())
    assert after.estimator == type(estimator).__name__
    assert (after.owner, after.rationale, after.labels) == ("me", "", labels_digest(LABELS))
    module = ADAPTERS[library].module
    known = {version for version in map(installed_version, RECORDS[library].distributions) if version}
    assert {after.versions[module]} == known
    assert after.versions["boostweights"] == bw.__version__
    assert (after.versions["numpy"], after.versions["sklearn"]) == (np.__version__, sklearn.__version__)
    assert bw.Card.of(clf, today=DAY) == replace(after, labels="")


def test_a_policys_form_is_of_the_librarys_defaults() -> None:
    native = bw.to_native(bw.Balanced(scale="majority"), "catboost", Y, form="auto_class_weights")
    card = bw.Card.of(bw.Balanced(scale="majority"), Y, library="catboost", form="auto_class_weights")
    assert (card.form, card.guarantee, card.reason) == (native.form, native.guarantee.value, native.reason)
    assert card.estimator == ""
    bare = bw.Card.of("balanced", Y)
    assert (bare.library, bare.form, bare.guarantee) == ("", "", "")
    assert set(bare.versions) == {"boostweights", "numpy", "sklearn"}
    assert bw.Card.of({0: 1, 1: 9}, Y).policy == bw.Explicit({0: 1.0, 1: 9.0})


def test_weights_that_were_resolved_elsewhere_are_stated_as_given() -> None:
    weights = bw.Balanced().resolve(Y)
    card = bw.Card.of(weights, Y)
    assert card.policy == bw.Explicit(weights.class_weight)
    assert card.weights is weights
    assert card.labels == labels_digest(Y)
    assert bw.Card.of(weights).labels == ""
    assert bw.Card.of("balanced", bw.ClassCounts.of(Y), library="xgboost").weights == weights
    assert bw.Card.of("balanced", bw.ClassCounts.of(Y)).labels == ""


def test_classifiers_are_found_in_pipelines_and_searches() -> None:
    clf = bw.WeightedClassifier(quick())
    pipeline = make_pipeline(StandardScaler(), clf)
    search = GridSearchCV(pipeline, {"weightedclassifier__weighting__power": [0.5]}, cv=2).fit(X, Y)
    card = bw.Card.of(search, Y)
    assert card.policy == bw.Balanced(power=0.5)
    assert card.weights == search.best_estimator_[-1].class_weights_
    assert bw.Card.of(pipeline, Y).policy == bw.Balanced()
    assert bw.Card.from_model(card.attach(search)) == card


def test_rows_are_counted_as_the_fit_counts_them() -> None:
    weight = np.linspace(0.5, 1.5, 100)
    for count_rows in (False, True):
        clf = bw.WeightedClassifier(quick(), count_rows=count_rows)
        before = bw.Card.of(clf, Y, sample_weight=weight)
        clf.fit(X, Y, sample_weight=weight)
        assert bw.Card.of(clf, Y, sample_weight=weight).weights == before.weights == clf.class_weights_


def test_a_held_out_part_is_not_asked_for() -> None:
    clf = bw.WeightedClassifier(quick(), validation_fraction=0.2).fit(X, Y)
    card = bw.Card.of(clf, Y)
    assert card.weights.counts.total == 80
    assert card.labels == labels_digest(Y)


def test_row_costs_of_a_fit_are_means_by_class() -> None:
    costs = np.column_stack([np.linspace(5, 50, 100), np.ones(100)])
    clf = bw.WeightedClassifier(quick(), weighting=bw.RowCosts()).fit(X, Y, row_costs=costs)
    card = bw.Card.of(clf, Y)
    assert card.weights.class_weight == {0: 1.0, 1: pytest.approx(costs[90:, 0].mean())}
    unfitted = bw.WeightedClassifier(quick(), weighting=bw.RowCosts())
    assert bw.Card.of(unfitted, Y, row_costs=costs) == card


@pytest.mark.parametrize(
    ("name", "target", "expected"), [("bad", None, "bad"), ("bad", "x", "x"), (3, None, "")]
)
def test_the_target_is_named_by_the_column(name: Any, target: str | None, expected: str) -> None:
    assert bw.Card.of("balanced", pd.Series(Y, name=name), target=target).target == expected


def test_what_people_say_may_come_with_the_policy_or_beside_it() -> None:
    policy = bw.Balanced(rationale="r", owner="o")
    assert a_card(policy, rationale=None, owner=None).rationale == "r"
    assert a_card(policy, owner="p").owner == "p"
    card = a_card(reviewed="me", affected={1: "the bank", "fn": ""})
    assert card.review == Review(state="approved", reviewer="me", date=DAY)
    assert dict(card.affected) == {"1": "the bank"}
    assert a_card(reviewed=None).review == Review()
    assert a_card(today=None).date == datetime.date.today()
    split = a_card(split=np.arange(100))
    assert split.split == split_digest(range(100))


def test_cards_are_values() -> None:
    card = a_card()
    assert pickle.loads(pickle.dumps(card)) == copy.deepcopy(card) == card
    assert hash(card) == hash(a_card())
    with pytest.raises(AttributeError):
        card.target = "other"  # type: ignore[misc]


class Balanced(bw.Policy):
    """Named as one of boostweights' own, which it is not."""

    def ratios(self, counts: bw.ClassCounts) -> Any:
        return dict.fromkeys(counts, 1)


UNFITTED = bw.WeightedClassifier(quick())
NOON = datetime.datetime(2026, 1, 1, 12)
REFUSED: dict[str, tuple[Any, str]] = {
    "policy without y": (lambda: bw.Card.of("balanced"), r"Balanced\(\) without y"),
    "classifier without y": (lambda: bw.Card.of(UNFITTED), "without y"),
    "library beside classifier": (lambda: bw.Card.of(UNFITTED, Y, library="sklearn"), "its library"),
    "form beside classifier": (lambda: bw.Card.of(UNFITTED, Y, form="auto"), "its library"),
    "form without library": (lambda: bw.Card.of("balanced", Y, form="sample_weight"), "one of a library's"),
    "unknown library": (lambda: bw.Card.of("balanced", Y, library="xgbost"), "Did you mean 'xgboost'"),
    "own policy named alike": (lambda: bw.Card.of(Balanced(), Y), "Give your class another name"),
    "plain classifier": (lambda: bw.Card.of(quick(), Y), "weighting must be a policy"),
    "labels as tuples": (lambda: bw.Card.of("balanced", [(0, 1), (1, 0)]), "are bools, numbers or texts"),
    "labels as bytes": (lambda: bw.Card.of("balanced", [b"a", b"b"]), "labels are bools, numbers or texts"),
    "labels that are no UTF-8": (lambda: bw.Card.of("balanced", ["\ud800", "b"]).to_text(), "UTF-8"),
    "owner no text": (lambda: a_card(owner=3), "owner must be a str"),
    "owner no UTF-8": (lambda: a_card(owner="\udcff").to_text(), "UTF-8"),
    "target no text": (lambda: a_card(target=3), "target must be a str"),
    "affected unknown": (lambda: a_card(affected={"fnn": "x"}), "affected must name .*Did you mean 'fn'"),
    "affected no map": (lambda: a_card(affected="x"), "affected must map names to texts"),
    "affected no text": (lambda: a_card(affected={"fn": 3}), "fn must be a str"),
    "fn of three classes": (lambda: a_card("balanced", [0, 1, 2], form=None), "kinds of errors"),
    "reviewed by a number": (lambda: a_card(reviewed=3), "reviewed must be a Review or"),
    "date with time": (lambda: a_card(today=NOON), "today must be a date"),
    "date as text": (lambda: replace(a_card(), date="2026-01-01"), "the date of a card must be a date"),
    "review at a time": (lambda: Review(state="approved", reviewer="me", date=NOON), "a date"),
    "reviewer no text": (lambda: Review(reviewer=3), "reviewer must be a str"),
    "weights a dict": (lambda: replace(a_card(), weights={0: 1.0}), "weights are ClassWeights"),
    "review a text": (lambda: replace(a_card(), review="me"), "review must be a Review"),
    "split too long": (lambda: a_card(split=range(99)), "must name the 100 training rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_card_cannot_state_is_refused(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises((bw.errors.InvalidTypeError, bw.errors.InvalidValueError), match=message):
        make()


def test_labels_that_were_not_fitted_on_are_refused() -> None:
    clf = bw.WeightedClassifier(quick()).fit(X, Y)
    for y, weight in ((Y[1:], None), (Y, np.full(100, 2.0)), ([*Y[:-1], 2], None)):
        with pytest.raises(bw.errors.InvalidValueError, match="that weights were resolved on"):
            bw.Card.of(clf, y, sample_weight=weight)
        with pytest.raises(bw.errors.InvalidValueError, match="that weights were resolved on"):
            bw.Card.of(clf.class_weights_, y, sample_weight=weight)


def test_a_correction_is_on_the_card() -> None:
    features, y = hard_data()
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), correct_proba="fitted", calibration_cv=2)
    card = bw.Card.of(clf.fit(features, y), y, today=DAY)
    assert card.correction == str(clf.calibration_)
    assert bw.Card.from_text(card.to_text()) == card
    analytic = bw.Card.of(clf.set_params(correct_proba=True), y, today=DAY)
    assert analytic.correction == "analytic"
    assert bw.Card.from_text(analytic.to_text()) == analytic
    plain = bw.Card.of(clf.set_params(correct_proba=False), y, today=DAY)
    assert "correction" not in plain.to_text()
    assert len({each.digest for each in (card, analytic, plain)}) == 3
    assert any("the correction" in each for each in plain.diff(card))
    unweighted = bw.WeightedClassifier(make_estimator("lightgbm"), weighting=None, correct_proba=True)
    assert bw.Card.of(unweighted.fit(features, y), y).correction == ""
