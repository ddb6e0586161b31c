"""What loads on first use: extras, and names of a package, which the stub beside it lists once."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import lazy_loader

from boostweights.errors import MissingLibraryError, did_you_mean


def attach(
    package: str, file: str, *, check: Callable[[], None] = lambda: None
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package whose stub lists its public names.

    Its names load after a `check`, which raises where they could not be used.

    Examples
    --------
    >>> import boostweights
    >>> boostweights.Balenced
    Traceback (most recent call last):
        ...
    AttributeError: module 'boostweights' has no attribute 'Balenced'. Did you mean 'Balanced'?
    """
    load, names, public = lazy_loader.attach_stub(package, file)

    def load_public(name: str) -> Any:
        if name in public:
            check()
            return load(name)
        message = f"module {package!r} has no attribute {name!r}"
        if name.startswith("_"):  # protocols that are asked for by name, such as __path__
            raise AttributeError(message)
        raise AttributeError(f"{message}. {did_you_mean(name, public)}")

    return load_public, names, public


def needs(modules: Iterable[str], what: str, extra: str) -> None:
    """Raise an error that names the extra, if a module that `what` needs is not installed.

    Raises
    ------
    MissingLibraryError
        Naming the module and the extra that brings it.

    Examples
    --------
    >>> needs(["json", "no_such_module"], "A page", "plots")
    Traceback (most recent call last):
        ...
    boostweights.errors.MissingLibraryError: A page needs no_such_module; got no module named …
    """
    for module in modules:
        try:
            import_module(module)
        except ModuleNotFoundError as missing:
            raise MissingLibraryError(
                f"{what} needs {module}",
                f"no module named {missing.name!r}",
                f"Install it with: pip install 'boostweights[{extra}]'.",
            ) from missing
