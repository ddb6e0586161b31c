"""Which adapter a library's name or an estimator has: a table, entry points, and what is registered.

The key is the top-level module of the estimator's class. An adapter is loaded when it is first asked for, and
no other with it.
"""

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

from boostweights.adapters.adapter import Adapter, Lacking
from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    MissingLibraryError,
    check_type,
    did_you_mean,
    placed,
    shown,
)

GROUP = "boostweights.adapters"
"""The group of entry points: name, the top-level module of the estimators; value, the adapter."""

NAMES = ("xgboost", "lightgbm", "catboost", "ydf", "perpetual", "interpret")
"""Libraries of this package, each a folder beside this file. A new one is its folder and its name here."""

OTHERS = "sklearn"
"""The adapter of every other classifier with scikit-learn's interface; it is asked last."""

_RULE = "an adapter must be a boostweights.adapters.Adapter"
_registered: dict[str, Adapter] = {}


def adapter_of(target: Any) -> Adapter:
    """Return the adapter of a library's name, or of an estimator or model by its nearest known class.

    Raises
    ------
    InvalidValueError
        If no library has that name, or two packages claim the estimator.
    MissingLibraryError
        If the library of that name is not installed, or the entry point of its adapter fails.

    Examples
    --------
    >>> from lightgbm import LGBMClassifier
    >>> adapter_of(LGBMClassifier()), adapter_of("sklearn")
    (Adapter('lightgbm'), Adapter('sklearn'))
    """
    if isinstance(target, str):
        adapter = adapter_named(target)
        require_installed(adapter)
        return adapter
    for base in type(target).__mro__:
        top, *inside = base.__module__.split(".")
        is_ours = top == "boostweights" and inside[:1] == ["adapters"] and inside[1:]
        nearest = _of_key(inside[1] if is_ours else top)  # ours is named by its folder beside this file
        if nearest is not None and nearest.owns(target):
            return nearest
    return _shipped(OTHERS)


def adapter_named(name: str) -> Adapter:
    """Return the adapter of a library's name, whether it is installed or not; raise for other names."""
    adapter = _of_key(name) or (_shipped(OTHERS) if name == OTHERS else None)
    if adapter is None:
        mend = did_you_mean(name, library_names())
        if hasattr(name, "fit"):
            mend = f"Pass its library's name, {adapter_of(name).name!r}."
        raise InvalidValueError("a library's name must be known", shown(name), mend)
    return adapter


def adapters() -> Iterator[Adapter]:
    """Yield all adapters that can be loaded; what fails is passed over, and raises when it is asked for."""
    for name in library_names():
        try:
            yield adapter_named(name)
        except (InvalidValueError, InvalidTypeError, MissingLibraryError):
            continue


def adapters_that_can(ability: str) -> Iterator[Adapter]:
    """Yield the adapters that have an ability, by the name of its attribute."""
    return (adapter for adapter in adapters() if adapter.can(ability))


def register(adapter: Adapter) -> None:
    """Make an adapter known in this process, by the module of its estimators.

    Raises
    ------
    InvalidTypeError
        If it is no `Adapter`.
    InvalidValueError
        If an adapter of that module is known already.
    """
    check_type(adapter, Adapter, _RULE, "Make it one.")
    if adapter.module in library_names():
        raise InvalidValueError(
            "an adapter is registered once for a module",
            f"a second one for {shown(adapter.module)}",
            "Take one of them away, or give the other a module of its own.",
        )
    _registered[adapter.module] = adapter


def is_installed(adapter: Adapter) -> bool:
    """Whether the library can be imported."""
    module = adapter.module
    return (sys.modules[module] if module in sys.modules else find_spec(module)) is not None


def require_installed(adapter: Adapter) -> None:
    """Raise unless the library can be imported."""
    if not is_installed(adapter):
        raise MissingLibraryError(
            f"the library {adapter.name} must be installed",
            f"no module named {adapter.module!r}",
            f"Install it with: pip install '{adapter.extra}'.",
        )


def library_names() -> tuple[str, ...]:
    """Return the names of all libraries known, that of other classifiers last."""
    return tuple(dict.fromkeys((*NAMES, *_registered, *(point.name for point in _entry_points()), OTHERS)))


def _of_key(key: str) -> Adapter | None:
    points = [point for point in _entry_points() if point.name == key]
    ours = key in (*NAMES, OTHERS, *_registered)
    if len(points) + ours > 1:
        raise InvalidValueError(
            f"one package may bring the adapter of {key}",
            " and ".join(["boostweights"] * ours + [_package(point) for point in points]),
            "Uninstall all but one of them.",
        )
    if key in NAMES:
        return _shipped(key)
    return _loaded(points[0]) if points else _registered.get(key)


@cache
def _shipped(name: str) -> Adapter:
    adapter: Adapter = import_module(f"boostweights.adapters.{name}.adapter").ADAPTER
    return adapter


@cache
def _entry_points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


@cache
def _loaded(point: EntryPoint) -> Adapter:
    try:
        adapter: Adapter = point.load()
    except Exception as failed:  # of somebody else, who may raise anything: named, not lost
        raise MissingLibraryError(
            f"the adapter of {point.name} must import",
            f"{point.value} of the package {_package(point)}: {failed}",
            "Upgrade that package, or uninstall it; the other libraries work without.",
        ) from failed
    where = f"in {point.value} of the package {_package(point)}"
    with placed(where):
        check_type(adapter, Adapter, _RULE, "Make it one.")
    if adapter.module != point.name:
        raise InvalidValueError(
            "the entry point of an adapter is named as the top-level module of its estimators",
            f"{point.name} for {adapter.module} {where}",
            "Rename the entry point there, or uninstall the package.",
        )
    return adapter


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


Lacking.known = staticmethod(adapters)
