"""Arms by name: those of the suites that come with the package."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from boostweights.benchmark.foreign import is_foreign
from boostweights.benchmark.plan.arm import Arm, applies, as_arm
from boostweights.benchmark.plan.suite import load_suite
from boostweights.errors import InvalidValueError, did_you_mean, shown

__all__ = ["check_arms", "named_arms"]


def named_arms(names: Iterable[str], folder: Path = Path()) -> tuple[Arm, ...]:
    """Return the arms of these names, "unweighted" first: what all others are compared with.

    Parameters
    ----------
    names : iterable of str
        Names of policies and arms, or ``"module:Policy"`` and ``"module:Policy(key=value)"`` of the user's
        own.
    folder : Path
        Where a user's own module is looked for first.

    Raises
    ------
    InvalidValueError
        If a name is unknown; the nearest one is suggested.

    Examples
    --------
    >>> [arm.name for arm in named_arms(["balanced", "smote"])]
    ['unweighted', 'balanced', 'smote']
    """
    known = {arm.name: arm for arm in load_suite("default").arms}
    wanted = dict.fromkeys(["unweighted", *names])
    for name in wanted:
        if is_foreign(name):
            known[name] = as_arm(name, folder)
        if name not in known:
            raise InvalidValueError("a policy or arm must be known", shown(name), did_you_mean(name, known))
    return tuple(known[name] for name in wanted)


def check_arms(arms: Iterable[Arm], libraries: Iterable[str], classes: int) -> None:
    """Raise where an arm can't be trained in any of these libraries on a task with so many classes.

    Raises
    ------
    InvalidValueError
        It names the arm.
    """
    libraries = tuple(libraries)
    for arm in arms:
        if not any(applies(arm, library, classes) for library in libraries):
            many = classes > 2 and any(applies(arm, library, 2) for library in libraries)
            raise InvalidValueError(
                "an arm must be one of the libraries and the number of classes",
                f"{arm.name} for {f'{classes} classes' if many else ', '.join(libraries)}",
                "Leave it out.",
            )
