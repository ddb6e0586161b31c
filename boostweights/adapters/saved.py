"""How adapters read the models that a library writes: without defaults."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from boostweights.errors import explained
from boostweights.versions import module_version

_MISSING: Final = (LookupError, TypeError, ValueError)


def saved_parts(module: str) -> AbstractContextManager[None]:
    """Return a context in which a part that a saved model lacks is an error of ours.

    A new version of a library may move or rename a part. A default in its place would be a wrong number.

    Examples
    --------
    >>> with saved_parts("numpy"):
    ...     {"gbtree": {}}["weight_drop"]
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a saved model must have the parts that ...
    """
    return explained(
        _MISSING,
        "a saved model must have the parts that its predictions depend on, where boostweights knows them",
        f"Install an older version of {module}, and report that its format has changed.",
        f"a model of {module} {module_version(module)}",
    )
