"""The list of an adapter's conformance checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from boostweights.adapters.adapter import Adapter
from boostweights.testing.case import cases_of
from boostweights.testing.requirements import checks_of


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
        Check(name=f"{case.estimator}: {what}", run=partial(check, case))
        for case in cases_of(adapter)
        for what, check in checks_of(case)
    ]
