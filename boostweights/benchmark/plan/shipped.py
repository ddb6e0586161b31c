"""The suites that come with the package, by name: each a TOML file."""

from importlib import resources
from typing import Any

from boostweights.errors import InvalidValueError, did_you_mean, shown

_FOLDER: Any = resources.files("boostweights.benchmark.plan") / "suites"


def suite_names() -> list[str]:
    """Return their names.

    Examples
    --------
    >>> "tiny" in suite_names()
    True
    """
    return sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir())


def suite_text(name: Any, hint: str = "") -> str:
    """Return the text of one.

    Raises
    ------
    InvalidValueError
        If there is no such suite; the nearest name is suggested.
    """
    if name not in (names := suite_names()):
        mend = did_you_mean(name, names) + hint
        raise InvalidValueError("a suite must be one that comes with boostweights", shown(name), mend)
    text: str = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return text
