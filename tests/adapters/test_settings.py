"""Forms under the settings that a record says matter, trained beside row weights."""

from pathlib import Path

import numpy as np
import pytest
from libraries import ADAPTERS, ESTIMATORS, RECORDS, hard_data, make_estimator

import boostweights as bw

CELLS = Path(__file__).parents[1] / "equivalence"
TRAINED = [
    (library, cell, form)
    for library, adapter in ADAPTERS.items()
    if not (CELLS / f"test_cells_{library}.py").exists()  # which does more
    for cell in RECORDS[library].settings
    for form in adapter.forms
    if form != "sample_weight"
]
WEIGHTS = bw.Explicit({0: 0.3, 1: 8.77, 2: 24.31})


@pytest.mark.parametrize("row_weighted", [False, True], ids=["", "row-weighted"])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("library", "cell", "form"), TRAINED)
def test_a_form_trains_what_is_claimed(
    library: str, cell: str, form: str, classes: int, row_weighted: bool
) -> None:
    X, y = hard_data(classes)
    own = np.random.default_rng(1).uniform(0.5, 2, len(y)) if row_weighted else None
    settings = RECORDS[library].settings[cell]
    weights = bw.Explicit({label: WEIGHTS.weights[label] for label in range(classes)}).resolve(y)
    native = bw.to_native(weights, make_estimator(library, **settings), y, form=form, sample_weight=own)
    ours, theirs = (
        make_estimator(library, **{**settings, **native.pins, **said.params}).fit(
            X, y, **said.fit_kwargs(y, own)
        )
        for said in (native, bw.to_native(weights, library))
    )
    plain = make_estimator(library, **settings).fit(X, y)
    assert np.abs(ours.predict_proba(X) - plain.predict_proba(X)).max() > 0.01
    if native.guarantee is not bw.adapters.Guarantee.IDENTICAL:
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-6)
        return
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    if ADAPTERS[library].can("trees"):
        assert ADAPTERS[library].trees(ours) == ADAPTERS[library].trees(theirs)


@pytest.mark.parametrize(
    ("library", "name"), [(library, name) for library, names in ESTIMATORS.items() for name in names]
)
def test_an_unfitted_copy_keeps_every_setting_of_a_fitted_one(library: str, name: str) -> None:
    adapter, estimator = ADAPTERS[library], make_estimator(library, name)
    X, y = hard_data(2)
    X, before = np.nan_to_num(X), adapter.get_params(estimator)
    proba = estimator.fit(X, y).predict_proba(X)
    for copied in (adapter.unfitted(estimator), adapter.configured(adapter.unfitted(estimator), {})):
        np.testing.assert_equal(adapter.get_params(copied), before)  # NaN is NaN
        assert type(copied) is type(estimator)
        np.testing.assert_array_equal(copied.fit(X, y).predict_proba(X), proba)
