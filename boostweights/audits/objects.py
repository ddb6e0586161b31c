"""Other people's objects, read with care: an error names what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from boostweights.errors import BoostweightsError, InvalidTypeError

UNREADABLE: Final = (
    *(ArithmeticError, AssertionError, AttributeError, BufferError, ImportError, LookupError, NameError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
"""What the code of a model may raise while it is asked for its settings."""


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Say which part of a model raises when it is read.

    Raises
    ------
    InvalidTypeError
        If it does; errors of this package come through as they are.
    """
    try:
        yield
    except BoostweightsError:
        raise
    except UNREADABLE as error:
        raise InvalidTypeError(
            "the settings of a model must be readable to be audited",
            f"{what}, which raises {type(error).__name__}: {error}",
            "Audit the parts that can be read, or their parameters with library=….",
        ) from error


def attribute(model: Any, name: str, default: Any = None) -> Any:
    """Return an attribute, or the default where there is none; raises where reading it raises.

    Examples
    --------
    >>> attribute(1, "real"), attribute(1, "steps")
    (1, None)
    """
    with readable(f"{type(model).__name__}.{name}"):
        return getattr(model, name, default)


def is_estimator(model: Any) -> bool:
    """Whether an object, not a class, has parameters and a ``fit``.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> is_estimator(LogisticRegression()), is_estimator(LogisticRegression), is_estimator("drop")
    (True, False, False)
    """
    if isinstance(model, (type, str, int, float, Mapping)) or model is None:
        return False
    return callable(attribute(model, "get_params")) and callable(attribute(model, "fit"))


def check_parameters(model: Any) -> None:
    """Raise where an estimator's own parameters are no dict by name, or cannot be read."""
    with readable(f"{type(model).__name__}.get_params(deep=False)"):
        params = model.get_params(deep=False)
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise InvalidTypeError(
            "get_params must return a dict of parameters by name",
            f"{type(params).__name__} from {type(model).__name__}",
            "Audit the estimator inside, or its parameters with library=….",
        )
