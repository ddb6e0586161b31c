"""What a form cannot say, it refuses before any training, naming what can."""

import sys
from typing import Any

import numpy as np
import pytest
from libraries import ADAPTERS, make_estimator

import boostweights as bw

BINARY = bw.Balanced(scale="majority").resolve([0] * 90 + [1] * 10)
COSTS = bw.Costs(fn=5, fp=1).resolve([0] * 9 + [1])
CAPPED = bw.Balanced(cap=2, scale="majority").resolve([0] * 90 + [1] * 10)
MEAN = bw.Balanced().resolve([0] * 90 + [1] * 10)
THREE = bw.Balanced().resolve([0, 0, 0, 0, 1, 1, 2])

REFUSED: dict[str, tuple[Any, Any, str, str]] = {
    "unknown library": (BINARY, "lightgmb", "auto", "Did you mean 'lightgbm'"),
    "unknown form": (BINARY, "catboost", "class_weight", "Did you mean 'class_weights'"),
    "form of another library": (BINARY, "xgboost", "is_unbalance", "Use one of: 'sample_weight'"),
    "two-class form of xgboost": (THREE, "xgboost", "scale_pos_weight", "3 classes.*'sample_weight'"),
    "is_unbalance with costs": (COSTS, "lightgbm", "is_unbalance", "counts"),
    "auto with a cap": (CAPPED, "catboost", "auto_class_weights", "form='class_weights'"),
    "auto of mean scale": (MEAN, "catboost", "auto_class_weights", "scale='majority'"),
    "sklearn's class_weight by name": (BINARY, "sklearn", "class_weight", "needs the estimator"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_name(case: str) -> None:
    weights, library, form, message = REFUSED[case]
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        bw.to_native(weights, library, form=form)


IGNORED = {
    "xgboost": ("scale_pos_weight", {"objective": "binary:hinge"}),
    "xgboost callable": ("scale_pos_weight", {"objective": lambda y, p: (y, p)}),
    "lightgbm": ("scale_pos_weight", {"objective": "cross_entropy"}),
    "catboost": ("class_weights", {"loss_function": "CrossEntropy"}),
    "catboost scale_pos_weight": ("scale_pos_weight", {"loss_function": "MultiClass"}),
}


@pytest.mark.parametrize("case", IGNORED)
def test_a_form_that_the_objective_ignores_raises(case: str) -> None:
    form, settings = IGNORED[case]
    with pytest.raises(bw.errors.InvalidValueError, match="objectives.*sample_weight"):
        bw.to_native(BINARY, make_estimator(case.split(maxsplit=1)[0], **settings), form=form)


def test_catboost_auto_is_judged_with_the_callers_weights() -> None:
    y = np.array([0] * 90 + [1] * 10)
    native = bw.to_native(BINARY, "catboost", form="auto_class_weights")
    with pytest.raises(bw.errors.InvalidValueError, match="to_native"):
        native.fit_kwargs(y, sample_weight=np.ones(100))
    with pytest.raises(bw.errors.InvalidValueError, match="auto_class_weights"):
        bw.to_native(BINARY, "catboost", form="auto_class_weights", y=y, sample_weight=1.0 + y)
    with pytest.raises(bw.errors.InvalidValueError, match="at least 1"):
        bw.to_native(BINARY, "catboost", form="auto_class_weights", y=y, sample_weight=np.full(100, 0.05))


def test_catboost_auto_names_the_sums_that_catboost_rounds_down() -> None:
    """CatBoost's own account of its weights is the oracle: sums of 67.5 and 7.5 count as 67 and 7."""
    y, own = np.array([0] * 90 + [1] * 10), np.full(100, 0.75)
    policy = bw.Balanced(scale="majority")
    with pytest.raises(
        bw.errors.InvalidValueError, match=r"n = \{0: 67, 1: 7\}.*rounds down.*\{0: 67.5, 1: 7.5\}"
    ):
        bw.to_native(policy, "catboost", form="auto_class_weights", y=y, sample_weight=own)
    trained = make_estimator("catboost", auto_class_weights="Balanced").fit(y[:, None], y, sample_weight=own)
    assert trained.get_all_params()["class_weights"] == pytest.approx([1, 67 / 7], rel=1e-6)


def test_a_policy_needs_labels() -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="Pass y="):
        bw.to_native("balanced", "xgboost")


@pytest.mark.parametrize("library", [name for name in ADAPTERS if name != "sklearn"])
def test_a_missing_library_names_its_extra(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, ADAPTERS[library].module, None)
    with pytest.raises(bw.errors.MissingLibraryError, match=rf"pip install 'boostweights\[{library}\]'"):
        bw.to_native(BINARY, library)
    with pytest.raises(ImportError):
        bw.to_native(BINARY, library)


@pytest.mark.parametrize("library", ADAPTERS)
@pytest.mark.parametrize("y", [[0, 1, 1], [0, 1, 2, 3]], ids=["a class too few", "a class too many"])
def test_labels_of_other_classes_than_the_weights_are_refused(library: str, y: list[int]) -> None:
    """A class that is not there moves CatBoost's columns; one without a weight cannot be trained."""
    for form in bw.forms(library):
        with pytest.raises(bw.errors.InvalidValueError, match="trained with must name"):
            bw.to_native(THREE, library, form=form.name, y=y)
