"""Classes whose rows all weigh 0, classes that a fold lacks, labels of one class."""

from typing import Any

import numpy as np
import pytest
from libraries import ESTIMATORS, hard_data, make_estimator
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

import boostweights as bw

X, Y = hard_data(3)
X = np.nan_to_num(X)
WITHOUT = (Y != 1).astype(float)
"""Row weights with which class 1 has none."""
RARE = np.arange(60) == 7
BARE = [(library, next(iter(names))) for library, names in ESTIMATORS.items()]
BARE = [*BARE, ("sklearn", "RandomForestClassifier")]
NOT_BAGGED = ("ExplainableBoostingClassifier", "PerpetualClassifier")
"""Bare, they refuse a row weight of 0, or have no tags, which bagging asks for."""


@pytest.mark.parametrize(("library", "name"), [each for each in BARE if each[1] not in NOT_BAGGED])
def test_bags_without_a_class_are_fitted_as_bare(library: str, name: str) -> None:
    """Bagging draws rows as weights: of one positive of 60 a third of the bags have none."""
    bare = BaggingClassifier(make_estimator(library, name), 4, random_state=0)
    expected = clone(bare).fit(X[:60], RARE)
    drawn = [np.isin(np.flatnonzero(RARE), rows).any() for rows in expected.estimators_samples_]
    assert not all(drawn)
    wrapped = bw.WeightedClassifier(bare.estimator, weighting=None)
    ours = bare.set_params(estimator=wrapped).fit(X[:60], RARE)
    assert ours.predict_proba(X).tobytes() == expected.predict_proba(X).tobytes()
    bare.set_params(estimator__weighting="balanced").fit(X[:60], RARE)
    assert bare.predict_proba(X).shape == (len(X), 2)


@pytest.mark.parametrize("weighting", [bw.Balanced(), bw.EffectiveNumber(beta=0.9), {0: 1.0, 1: 9.0, 2: 4.0}])
def test_weights_resolve_on_the_classes_that_weigh(weighting: Any) -> None:
    """As if the rows that weigh 0 were not there; the model keeps all classes."""
    clf = bw.WeightedClassifier(LogisticRegression(), weighting).fit(X, Y, sample_weight=WITHOUT)
    kept = Y != 1
    policy = bw.as_policy({0: 1.0, 2: 4.0} if isinstance(weighting, dict) else weighting)
    assert clf.class_weights_.class_weight == {**policy.resolve(Y[kept]).class_weight, 1: 1.0}
    if weighting == bw.Balanced():
        rows = compute_sample_weight("balanced", Y[kept])
        assert clf.class_weights_.sample_weight(Y[kept], "float64").tolist() == rows.tolist()
    assert clf.classes_.tolist() == [0, 1, 2]
    by_hand = LogisticRegression().fit(
        X, Y, sample_weight=WITHOUT * clf.class_weights_.sample_weight(Y, "f8")
    )
    assert clf.predict_proba(X).tobytes() == by_hand.predict_proba(X).tobytes()
    assert "rows of [1] all weigh 0" in str(clf.summary())
    with pytest.raises(bw.errors.InvalidValueError, match="another prior needs rows of each class"):
        bw.correct_proba(clf.predict_proba(X), clf.class_weights_, prior={0: 0.5, 1: 0.2, 2: 0.3})


def test_counted_rows_are_not_asked_what_they_weigh() -> None:
    clf = bw.WeightedClassifier(LogisticRegression(), count_rows=True).fit(X, Y, sample_weight=WITHOUT)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=Y)
    assert list(clf.class_weights_.values) == expected.tolist()


def test_costs_of_rows_and_cards_without_a_class(tmp_path: Any) -> None:
    y, own = (Y == 1).astype(int), WITHOUT
    costs = np.column_stack([np.full(len(y), 9.0), np.full(len(y), 2.0)])
    clf = bw.WeightedClassifier(RandomForestClassifier(3, random_state=0), bw.RowCosts())
    clf.fit(X, y, row_costs=costs, sample_weight=own)
    by_hand = RandomForestClassifier(3, random_state=0).fit(X, y, sample_weight=own * np.where(y, 9.0, 2.0))
    assert clf.predict_proba(X).tobytes() == by_hand.predict_proba(X).tobytes()
    assert clf.summary().columns()["mean weight"] == [2.0, 1.0]
    card = bw.Card.of("balanced", Y, sample_weight=own)
    card.write(tmp_path / "weights.toml")
    assert bw.Card.read(tmp_path / "weights.toml").weights == bw.Balanced().resolve(Y, own)
    assert bw.Card.read(tmp_path / "weights.toml").weights.notes == card.weights.notes != ()
    alone = bw.Card.of("unweighted", [1, 1])
    assert bw.Card.from_text(alone.to_text()) == alone


@pytest.mark.parametrize("correct", [False, True])
@pytest.mark.parametrize(("library", "name"), BARE)
def test_one_class_is_for_the_estimator_to_take(library: str, name: str, correct: bool) -> None:
    one, bare = np.full(60, "all"), make_estimator(library, name)
    clf = bw.WeightedClassifier(clone(bare), weighting=None, correct_proba=correct)
    try:
        expected = bare.fit(X[:60], np.zeros(60, int)).predict_proba(X)
    except Exception as theirs:
        with pytest.raises(type(theirs), match="class|unique|label"):
            clf.fit(X[:60], one).predict_proba(X)
        return
    assert np.array_equal(clf.fit(X[:60], one).predict_proba(X), expected)
    assert set(clf.predict(X)) == {"all"}
    with pytest.raises(bw.errors.InvalidValueError, match="one class, 'all'"):
        clf.set_params(weighting="balanced").fit(X[:60], one)


def test_weights_of_a_class_that_a_fold_lacks_are_ignored_if_asked() -> None:
    """As scikit-learn ignores keys of class_weight that no row has."""
    given = {0: 1.0, 1: 7.0, 2: 3.0}
    policy, blocks = bw.Explicit(given, missing="ignore"), [(k != Y).nonzero()[0] for k in range(3)]
    folds = [(rows, (k == Y).nonzero()[0]) for k, rows in enumerate(blocks)]
    ours = cross_val_predict(bw.WeightedClassifier(LogisticRegression(), policy), X, Y, cv=folds)
    theirs = cross_val_predict(LogisticRegression(class_weight=given), X, Y, cv=folds)
    assert ours.tolist() == theirs.tolist()
    with pytest.raises(bw.errors.InvalidValueError, match="only labels that are present.*got 0"):
        bw.WeightedClassifier(LogisticRegression(), given).fit(X[blocks[0]], Y[blocks[0]])

    weights = policy.resolve(Y[blocks[0]])
    labels, values = [1, 2], [7.0, 3.0]
    assert values == list(compute_class_weight(given, classes=np.array(labels), y=Y[blocks[0]]))
    assert weights.class_weight == dict(zip(labels, values, strict=True))
    assert weights.encoded().class_weight == {0: 7.0, 1: 3.0}
    assert weights.sample_weight([2, 1]).tolist() == [3.0, 7.0]
    with pytest.raises(bw.errors.InvalidValueError, match="every label present.*none for 'b'"):
        bw.Explicit({"a": 1.0, "c": 2.0}, missing="ignore").resolve(["a", "b"])
    with pytest.raises(bw.errors.InvalidValueError, match="missing must be 'ignore' or None"):
        bw.Explicit(given, missing="ignored")  # type: ignore[arg-type]


def test_the_option_is_written_where_it_is_set() -> None:
    said = bw.Explicit({0: 1.0, 1: 7.0}, missing="ignore")
    assert repr(said) == "Explicit({0: 1.0, 1: 7.0}, missing='ignore')"
    assert eval(repr(said), {"Explicit": bw.Explicit}) == said != bw.Explicit({0: 1.0, 1: 7.0})
    card = bw.Card.of(said, [0, 1])
    assert bw.Card.from_text(card.to_text()).policy == said
    plain = bw.Card.of(bw.Explicit({0: 1.0, 1: 7.0}), [0, 1])
    assert "missing" not in plain.to_text() + repr(plain)
