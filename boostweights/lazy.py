"""Names of a package that load on first use, listed once: in the stub beside its ``__init__.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lazy_loader

from boostweights.errors import did_you_mean

__all__ = ["attach"]


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package whose stub lists its public names.

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
            return load(name)
        message = f"module {package!r} has no attribute {name!r}"
        if name.startswith("_"):  # protocols that are asked for by name, such as __path__
            raise AttributeError(message)
        raise AttributeError(f"{message}. {did_you_mean(name, public)}")

    return load_public, names, public
