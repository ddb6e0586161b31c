"""Other people's objects, read with care: what cannot be read is said in an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from boostweights.errors import InvalidTypeError

__all__ = ["UNREADABLE", "attribute", "is_estimator", "names_of", "parameters", "unreadable"]

UNREADABLE: Final = (
    *(ArithmeticError, AssertionError, AttributeError, BufferError, ImportError, LookupError, NameError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
"""What the code of a model may raise while it is asked for its settings."""


def unreadable(what: str, error: BaseException) -> InvalidTypeError:
    """Return the error for a part of a model that raises when it is read."""
    return InvalidTypeError(
        "the settings of a model must be readable to be audited",
        f"{what}, which raises {type(error).__name__}: {error}",
        "Audit the parts that can be read, or their parameters with library=….",
    )


def attribute(model: Any, name: str, default: Any = None) -> Any:
    """Return an attribute, or the default where there is none; raises where reading it raises.

    Examples
    --------
    >>> attribute(1, "real"), attribute(1, "steps")
    (1, None)
    """
    try:
        return getattr(model, name)
    except AttributeError:
        return default
    except UNREADABLE as error:
        raise unreadable(f"{type(model).__name__}.{name}", error) from error


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


def parameters(model: Any) -> dict[str, Any]:
    """Return an estimator's own parameters."""
    try:
        params = model.get_params(deep=False)
    except UNREADABLE as error:
        raise unreadable(f"{type(model).__name__}.get_params(deep=False)", error) from error
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise InvalidTypeError(
            "get_params must return a dict of parameters by name",
            f"{type(params).__name__} from {type(model).__name__}",
            "Audit the estimator inside, or its parameters with library=….",
        )
    return dict(params)


def names_of(model: Any) -> tuple[str, ...]:
    """Return the names of an object's classes, the most special first.

    Examples
    --------
    >>> names_of(True)
    ('bool', 'int', 'object')
    """
    return tuple(base.__name__ for base in type(model).__mro__)
