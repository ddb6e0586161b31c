"""Names of a package that load on first use, listed once: in the stub beside its ``__init__.py``."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import lazy_loader

from boostweights.errors import MissingLibraryError, did_you_mean

__all__ = ["attach"]


def attach(
    package: str, file: str, *, needs: str = "", install: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package whose stub lists its public names.

    Where it `needs` a library that is missing, the error of its names says how to `install` it.

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
            if needs and find_spec(needs) is None:
                raise MissingLibraryError(
                    f"{package} needs {needs}", f"no module named {needs!r}", f"Install it with: {install}."
                )
            return load(name)
        message = f"module {package!r} has no attribute {name!r}"
        if name.startswith("_"):  # protocols that are asked for by name, such as __path__
            raise AttributeError(message)
        raise AttributeError(f"{message}. {did_you_mean(name, public)}")

    return load_public, names, public
