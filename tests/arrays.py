"""Arrays of other libraries than numpy, where these are installed, and what leaves their device."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from boostweights.weighting.labels import arrays


@dataclass(frozen=True)
class Library:
    """A library, on one device, and whether this holds float64."""

    name: str
    make: Callable[[Any], Any]
    wide: bool = True


def _strict(device: str) -> Callable[[Any], Any]:
    def make(array: Any) -> Any:
        import array_api_strict as xp

        return xp.asarray(_fitting(array, device != "no_float64"), device=xp.Device(device))

    return make


def _torch(array: Any) -> Any:
    import torch

    return torch.as_tensor(np.ascontiguousarray(array))


def _jax(array: Any) -> Any:
    import jax.numpy as jnp

    array = np.asarray(array)
    return jnp.asarray(array.astype("i4") if array.dtype == np.int64 else _fitting(array, False))


def _fitting(array: Any, wide: bool) -> Any:
    array = np.asarray(array)
    return array if wide or array.dtype != np.float64 else array.astype(np.float32)


LIBRARIES = [
    Library("array-api-strict", _strict("CPU_DEVICE")),
    Library("array-api-strict elsewhere", _strict("device1")),
    Library("array-api-strict narrow", _strict("no_float64"), wide=False),
    Library("torch", _torch),
    Library("jax", _jax, wide=False),
]
ABSENT = {name for name in ("torch", "jax") if find_spec(name) is None}


def each(*names: str) -> Any:
    """Parametrize a test by libraries, all unless they are named."""
    chosen = [library for library in LIBRARIES if not names or library.name in names]
    return pytest.mark.parametrize(
        "library",
        [
            pytest.param(
                library,
                id=library.name,
                marks=pytest.mark.skipif(library.name in ABSENT, reason=f"{library.name} is not installed"),
            )
            for library in chosen
        ],
    )


@contextmanager
def leaving() -> Iterator[list[int]]:
    """Record how many numbers each array has that comes to the host."""
    sizes: list[int] = []
    on_host = arrays.on_host

    def recorded(array: Any) -> Any:
        found = on_host(array)
        sizes.append(found.size)
        return found

    with patch.object(arrays, "on_host", recorded):
        if "torch" in ABSENT:
            yield sizes
            return
        import torch

        own = torch.Tensor.__array__

        def counted(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            sizes.append(tensor.numel())
            return own(tensor, *args, **kwargs)

        with patch.object(torch.Tensor, "__array__", counted):
            yield sizes
