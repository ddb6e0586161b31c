"""Back to a policy, across to another library, and the scale of weights."""

from typing import Any

import numpy as np
import pytest
from libraries import ADAPTERS, hard_data, make_estimator

import boostweights as bw
from boostweights.adapters import rescale

X, Y = hard_data(2)

READABLE = [library for library, adapter in ADAPTERS.items() if adapter.can("readback")]


@pytest.mark.parametrize("library", [library for library in ADAPTERS if library not in READABLE])
def test_a_library_without_such_settings_says_so(library: str) -> None:
    assert list(ADAPTERS[library].forms) == ["sample_weight"]
    with pytest.raises(
        bw.errors.InvalidTypeError, match=f"say in its settings how it weighs classes; got {library}"
    ):
        bw.from_native(library, make_estimator(library), classes=(0, 1))


@pytest.mark.parametrize("library", READABLE)
def test_an_unweighted_estimator_reads_as_unweighted(library: str) -> None:
    assert bw.from_native(library, make_estimator(library), classes=(0, 1)) == bw.Unweighted()


@pytest.mark.parametrize("library", READABLE)
def test_forms_go_there_and_back(library: str) -> None:
    weights = bw.Balanced(scale="majority").resolve(Y)
    for form in ADAPTERS[library].forms:
        native = bw.to_native(weights, make_estimator(library), Y, form=form)
        if not native.params:
            continue  # row weights leave no trace
        back = bw.from_native(library, make_estimator(library).set_params(**native.params), classes=(0, 1))
        assert back.resolve(Y).class_weight == pytest.approx(weights.class_weight, rel=1e-6)


NUMBERS = [14.276, 28.724049579240287, 1 / 54, 1 / 3, 9.0, 8.77, 1e-7, 3.3e17, 6.02214076e23, 1e-30]


@pytest.mark.parametrize("library", READABLE)
def test_a_parameter_comes_back_as_it_was(library: str) -> None:
    """Whatever the library reads in its text: it trains what was trained before."""
    rng = np.random.default_rng(0)
    numbers = [
        *NUMBERS,
        *(10 ** rng.uniform(-6, 6, 20)).tolist(),
        *np.float32(10 ** rng.uniform(-3, 3, 10)).tolist(),
    ]
    for form in ADAPTERS[library].forms:
        if form in ("sample_weight", "is_unbalance", "auto_class_weights"):
            continue
        plain = bw.to_native(bw.Explicit({0: 1.0, 1: 2.0}).resolve(Y), make_estimator(library), Y, form=form)
        (name,) = plain.params
        for number in numbers:
            given = {name: _with(plain.params[name], number)}
            policy = bw.from_native(library, given, classes=(0, 1))
            for own in (None, np.full(len(Y), 0.7)):
                back = bw.to_native(policy, make_estimator(library), Y, form=form, sample_weight=own)
                assert back.params == given, (form, number)
                assert (back.row_weight, back.weights.exact) == (None, policy.exact is True)


def _with(value: Any, number: float) -> Any:
    """A parameter whose weight of the last class is another number."""
    if isinstance(value, float):
        return number
    if isinstance(value, tuple):
        return (1.0, number)
    return {**value, list(value)[-1]: number}


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_a_parameter_that_row_weights_miss_trains_what_it_trained(library: str) -> None:
    number = {"lightgbm": 14.276, "xgboost": 28.724049579240287}[library]
    before = make_estimator(library, scale_pos_weight=number)
    policy = bw.from_native(library, before, classes=(0, 1))
    native = bw.to_native(policy, make_estimator(library), Y, form="scale_pos_weight")
    assert native.guarantee is bw.adapters.Guarantee.EQUIVALENT
    by_row = bw.to_native(policy, make_estimator(library), y=Y).fit_kwargs(Y)
    theirs = make_estimator(library, **native.pins).fit(X, Y, **by_row)
    ours = make_estimator(library, **native.pins, **native.params).fit(X, Y)
    same = before.set_params(**native.pins).fit(X, Y)
    np.testing.assert_array_equal(ours.predict_proba(X), same.predict_proba(X))
    assert np.abs(ours.predict_proba(X) - theirs.predict_proba(X)).max() <= 1e-6


@pytest.mark.parametrize("to", ["xgboost", "catboost", "sklearn"])
def test_translated_weights_train_what_they_train_there(to: str) -> None:
    native = bw.translate(make_estimator("lightgbm", is_unbalance=True), to=to, y=Y)
    ratio = (Y == 0).sum() / (Y == 1).sum()
    np.testing.assert_allclose(native.fit_kwargs(Y)["sample_weight"], np.where(Y == 1, ratio, 1.0), rtol=1e-6)
    assert "own" in native.reason
    assert native.library == to


def test_translate_stays_in_no_library() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="to_native"):
        bw.translate(make_estimator("lightgbm", is_unbalance=True), to="lightgbm", y=Y)


@pytest.mark.parametrize("c", [0, -1.0, float("inf"), float("nan"), True, "2"])
@pytest.mark.parametrize(
    "library", [library for library, adapter in ADAPTERS.items() if adapter.can("rescale")]
)
def test_a_factor_of_weights_is_positive_and_finite(library: str, c: Any) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="c must be positive and finite"):
        rescale(library, {}, c)
