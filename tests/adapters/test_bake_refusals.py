"""Models and weights that a correction is not baked into."""

from typing import Any

import numpy as np
import pytest
from baking import X2, Y2, W, trained
from libraries import make_estimator
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import boostweights as bw


@pytest.mark.parametrize("case", ["xgboost", "lightgbm", "catboost", "histogram", "gradient"])
def test_weights_of_other_classes_are_refused(case: str) -> None:
    model, _, _ = trained(case)
    with pytest.raises(bw.errors.InvalidValueError, match="each of the model's 2 classes"):
        bw.bake_correction(model, bw.Explicit({0: 1.0, 1: 2.0, 2: 3.0}).resolve([0, 1, 2]))


@pytest.mark.parametrize("library", ["lightgbm", "catboost", "sklearn"])
def test_weights_of_other_labels_are_refused(library: str) -> None:
    model = make_estimator(library).fit(X2, np.where(Y2 == 1, "bad", "good"))
    with pytest.raises(bw.errors.InvalidValueError, match=r"'no', 'yes'.* for a model of \['bad', 'good'\]"):
        bw.bake_correction(model, bw.Explicit({"no": 1.0, "yes": 2.0}).resolve(["no", "yes"]))


ROW_COSTS = bw.RowCosts().resolve([0, 1], row_costs=[[5.0, 1.0], [4.0, 1.0]])


@pytest.mark.parametrize(
    "weights", [None, {0: 1.0, 1: 9.0}, bw.Balanced(), np.ones(400), ROW_COSTS], ids=type
)
def test_only_class_weights_are_taken(weights: Any) -> None:
    model, _, _ = trained("histogram")
    with pytest.raises(bw.errors.InvalidTypeError, match=r"single rows cannot be undone.*policy\.resolve"):
        bw.bake_correction(model, weights)


def squared(y_true: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return score - y_true, np.ones_like(score)


def by_squares(score: np.ndarray, data: Any) -> tuple[np.ndarray, np.ndarray]:
    return squared(data.get_label(), score)


@pytest.mark.parametrize(
    ("library", "settings"),
    [
        ("xgboost", {"objective": squared}),
        ("xgboost", {"objective": "binary:hinge"}),
        ("xgboost", {"objective": "binary:logitraw"}),
        ("lightgbm", {"objective": squared}),
        ("lightgbm", {"objective": "cross_entropy_lambda"}),
        ("catboost", {"loss_function": "Focal:focal_alpha=0.3;focal_gamma=2"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),  # addresses differ by process
)
def test_objectives_without_such_probabilities_are_refused(library: str, settings: dict[str, Any]) -> None:
    model = make_estimator(library, **settings).fit(X2, Y2)
    with pytest.raises(bw.errors.InvalidValueError, match=r"(objective|loss_function)="):
        bw.bake_correction(model, bw.Explicit(W[2]).resolve(Y2))


def test_boosters_of_custom_objectives_are_refused() -> None:
    import lightgbm as lgb
    import xgboost as xgb

    weights = bw.Explicit(W[2]).resolve(Y2)
    quiet = {"verbose": -1, "num_threads": 1, "objective": by_squares}
    with pytest.raises(bw.errors.InvalidValueError, match="objective='custom'"):
        bw.bake_correction(lgb.train(quiet, lgb.Dataset(X2, Y2), 3), weights)
    with pytest.raises(bw.errors.InvalidValueError, match="custom objective leaves behind"):
        bw.bake_correction(xgb.train({"nthread": 1}, xgb.DMatrix(X2, Y2), 3, obj=by_squares), weights)


@pytest.mark.parametrize(
    "model",
    [
        AdaBoostClassifier(n_estimators=3),
        GradientBoostingClassifier(loss="exponential", n_estimators=3),
        LogisticRegression(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_other_classifiers_are_refused(model: Any) -> None:
    model.fit(np.nan_to_num(X2), Y2)
    with pytest.raises(bw.errors.InvalidValueError, match="Correct what it predicts with correct_proba"):
        bw.bake_correction(model, bw.Explicit(W[2]).resolve(Y2))


UNFITTED = [make_estimator(library) for library in ("xgboost", "lightgbm", "catboost")]
PIPED = make_pipeline(HistGradientBoostingClassifier())


@pytest.mark.parametrize("model", [*UNFITTED, PIPED, HistGradientBoostingClassifier(), "a path"], ids=type)
def test_what_is_no_fitted_classifier_is_refused(model: Any) -> None:
    with pytest.raises((bw.errors.InvalidTypeError, ValueError), match=r"(?i)fit|library"):
        bw.bake_correction(model, bw.Explicit(W[2]).resolve(Y2))
