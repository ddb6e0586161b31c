"""A promise on a card: as text and back, in the model, and whether new rows keep it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cards import DAY
from commands import call
from libraries import make_estimator
from scipy import stats

import boostweights as bw
from boostweights.probabilities import Promised

RNG = np.random.default_rng(0)
Y = (RNG.random(1200) < 0.25).astype(int)
X = RNG.normal(size=(1200, 3)) + Y[:, None]


def fitted(threshold: Any, **settings: Any) -> bw.WeightedClassifier:
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), threshold=threshold, **settings)
    return clf.fit(X[:800], Y[:800])


def test_a_promise_comes_back_from_text_and_model() -> None:
    clf = fitted(Promised(recall=0.8, alarms=0.9))
    card = bw.Card.of(clf, Y[:800], today=DAY)
    assert card.promise == clf.promise_
    assert "[promise]" in card.to_text()
    assert bw.Card.from_text(card.to_text()) == card
    assert bw.Card.from_model(card.attach(clf)) == card
    read = bw.Card.from_text(card.to_text()).promise
    assert read is not None
    np.testing.assert_array_equal(read.decide(clf.predict_proba(X)[:, 1]), clf.predict(X))
    clf.set_params(threshold=None).fit(X, Y)
    assert bw.Card.from_model(clf).promise is None
    plain = bw.Card.of(clf, Y, today=DAY)
    assert any("the promise is now stated: 'positive where" in each for each in plain.diff(card))
    forged = card.to_text().replace('metric = "recall", rate = 0.8', 'metric = "recall", rate = 0.9')
    with pytest.raises(bw.errors.InvalidValueError, match="not changed by hand"):
        bw.Card.from_text(forged)


def test_other_decisions_are_told() -> None:
    card = bw.Card.of(fitted("f1", calibration_cv=2), Y[:800], today=DAY)
    assert card.decision.endswith("by 'f1'")
    assert bw.Card.from_text(card.to_text()) == card
    assert "decision" not in bw.Card.of(fitted(None), Y[:800]).to_text()


def test_a_promise_of_groups_and_clusters_of_a_model_made_elsewhere() -> None:
    by, clusters = np.where(RNG.random(1200) < 0.5, "a", "b"), np.arange(1200) // 2
    promise = bw.promise(X[:, 0], Y, at_least={"recall": 0.8}, by=by, clusters=clusters, pos_label=1)
    card = bw.Card.of("balanced", Y, promise=promise, today=DAY)
    assert bw.Card.from_text(card.to_text()).promise == promise
    found = card.check(Y, scores=X[:, 0], by=by, clusters=clusters, today=DAY)
    assert found.codes().count("card-promise-kept") == 2
    with pytest.raises(bw.errors.InvalidTypeError, match="clusters=None"):
        card.check(Y, scores=X[:, 0], by=by)


def test_new_rows_keep_it_or_not() -> None:
    clf = fitted(Promised(recall=0.8), pos_label=1)
    card = bw.Card.of(clf, Y[:800], today=DAY)
    scores = clf.predict_proba(X[800:])[:, 1]
    assert "card-promise-kept" in card.check(Y[800:], scores=scores, today=DAY).codes()
    assert "card-promise-unchecked" in card.check(Y[800:], today=DAY).codes()
    assert not {"card-promise-unchecked"} & set(card.check(today=DAY).codes())
    [broken] = [each for each in card.check(Y[800:], scores=scores / 2, today=DAY) if "broken" in each.code]
    caught = int((scores[Y[800:] == 1] / 2 >= clf.threshold_).sum())
    p = stats.binomtest(caught, int(Y[800:].sum()), 0.8, alternative="less").pvalue
    assert broken.severity == "error"
    assert f"is {caught} of {Y[800:].sum()}" in broken.message
    assert f"p {p:.2g}" in broken.message
    with pytest.raises(bw.errors.InvalidTypeError, match="a card without one"):
        bw.Card.of("balanced", Y).check(Y, scores=X[:, 0])
    with pytest.raises(bw.errors.InvalidTypeError, match="row by row"):
        card.check(bw.ClassCounts.of(Y), scores=scores)
    with pytest.raises(bw.errors.InvalidTypeError, match="promise is a Promise"):
        bw.Card.of("balanced", Y, promise=0.9)  # type: ignore[arg-type]


def test_the_command_checks_it(tmp_path: Path) -> None:
    clf = fitted(Promised(recall=0.8))
    file = str(tmp_path / "model.card.toml")
    bw.Card.of(clf, Y[:800], target="bad", rationale="r", owner="o", reviewed="R").write(file)
    scores = clf.predict_proba(X[800:])[:, 1]
    data = str(tmp_path / "new.parquet")
    pq.write_table(pa.table({"bad": Y[800:], "score": scores, "worse": scores / 2}), data)
    assert call("card", "check", file, data, "--scores", "score")[0] == 0
    code, out, _ = call("card", "check", file, data, "--scores", "worse", "--json")
    assert code == 1
    assert "card-promise-broken" in {each["code"] for each in json.loads(out)[0]["findings"]}
    assert call("card", "check", file, "--scores", "score")[0] == 2
    assert call("card", "check", file, data, "--scores", "scores")[0] == 2
