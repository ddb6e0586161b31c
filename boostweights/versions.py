"""Which versions of libraries are installed."""

import sys
from functools import cache
from importlib import metadata


def installed_version(distribution: str) -> str | None:
    """Return the version of a package; None if it is not installed.

    Examples
    --------
    >>> installed_version("no-such-package") is None
    True
    """
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def module_version(name: str) -> str:
    """Return the version of a module that is loaded; "" if it has none.

    A distribution may have another name than its module, as xgboost-cpu has.

    Examples
    --------
    >>> import numpy
    >>> module_version("numpy") == numpy.__version__
    True
    """
    return str(getattr(sys.modules.get(name), "__version__", ""))


@cache  # all that is installed is looked through
def distribution_name(module: str) -> str:
    """Return the name of the distribution that brings a module; "" where none does.

    Examples
    --------
    >>> distribution_name("sklearn")
    'scikit-learn'
    """
    return metadata.packages_distributions().get(module, [""])[0]


def distribution_version(module: str) -> str:
    """Return the version of the distribution that brings a module; "" where none does."""
    name = distribution_name(module)
    return metadata.version(name) if name else ""


@cache
def at_least(distribution: str, major: int, minor: int) -> bool:
    """Whether a package that is installed is of this version or later.

    Examples
    --------
    >>> at_least("scikit-learn", 1, 0)
    True
    """
    return tuple(int(part) for part in metadata.version(distribution).split(".")[:2]) >= (major, minor)
