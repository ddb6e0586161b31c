"""Objects of a user's own module, by ``"module:name"``: found, told apart by their source, imported anew."""

import hashlib
import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from boostweights.errors import UNREADABLE, InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.versions import distribution_name, distribution_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Where an object is, and what its code was when it was found.

    Attributes
    ----------
    name : str
        ``"module:name"``.
    folder : str
        The folder that its module was looked for in first; workers look there, too.
    source : str
        SHA-256 of the file that defines it, or, of an installed one, its distribution and version. What that
        file imports does not count.
    """

    name: str
    folder: str
    source: str

    def load(self) -> Any:
        """Return the object; imports its module."""
        reach([self.folder])
        module, _, name = self.name.partition(":")
        return getattr(import_module(module), name)


def is_foreign(name: str) -> bool:
    """Whether a name is ``"module:name"``, with or without settings in brackets.

    Examples
    --------
    >>> is_foreign("mine:Policy(power=2)"), is_foreign("balanced")
    (True, False)
    """
    module, _, rest = name.partition(":")
    return all(part.isidentifier() for part in (*module.split("."), rest.partition("(")[0]))


def foreign(name: str, folder: Path, what: str, serves: Callable[[Any], bool]) -> tuple[Foreign, Any]:
    """Find an object of a user's own: in a folder first, then where Python looks.

    Parameters
    ----------
    name : str
        ``"module:name"``.
    folder : Path
        Of the suite file, or the one that a command was called in.
    what : str
        What it must be, in words.
    serves : callable
        Whether an object is that.

    Returns
    -------
    found : Foreign
        Where it is.
    value : object
        Itself.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is no such module or name, the module cannot be imported, or it is of another type.
    """
    reach([str(folder.resolve())])
    module, _, attribute = name.partition(":")
    try:
        loaded = import_module(module)
    except (*UNREADABLE, ImportError, SyntaxError) as broken:
        near = sorted(path.stem for path in folder.glob("*.py"))
        absent = isinstance(broken, ModuleNotFoundError) and broken.name == module.split(".")[0]
        raise InvalidValueError(
            f"{name} must be in a module that can be imported, from {folder} or as Python finds it",
            f"{type(broken).__name__}: {' '.join(str(broken).split())}",
            did_you_mean(module, near) if absent else "Import it with python first.",
        ) from broken
    if not hasattr(loaded, attribute):
        known = [each for each in vars(loaded) if not each.startswith("_")]
        raise InvalidValueError(f"{name} must be there", shown(attribute), did_you_mean(attribute, known))
    value = getattr(loaded, attribute)
    if not serves(value):
        raise InvalidTypeError(f"{name} must be {what}", shown(value), "Name another object.")
    home = sys.modules[value.__module__] if isinstance(value, type) else loaded
    file = Path(str(getattr(home, "__file__", None) or "")).resolve()
    installed = any(file.is_relative_to(sysconfig.get_path(name)) for name in ("purelib", "platlib"))
    elsewhere = installed or not file.is_relative_to(folder.resolve())
    top = home.__name__.partition(".")[0]
    if elsewhere and (owner := distribution_name(top)):
        source = f"{owner}=={distribution_version(top)}"
    else:
        source = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    return Foreign(name=name, folder=str(folder.resolve()), source=source), value


def reach(folders: Iterable[str]) -> None:
    """Let modules in these folders be imported, before others, as a script's neighbours are."""
    for folder in folders:
        if folder not in sys.path:
            sys.path.insert(0, folder)
