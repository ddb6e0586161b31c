"""Arrays of other libraries than numpy (torch, cupy, jax, …), on whatever device they lie.

They are told without an import; array-api-compat is imported once there is one.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, check_that, explained
from boostweights.lazy import needs


def is_array(column: Any) -> bool:
    """Whether a column is an array of another library than numpy.

    Examples
    --------
    >>> import array_api_strict
    >>> is_array(array_api_strict.asarray([0, 1])), is_array(np.array([0, 1])), is_array([0, 1])
    (True, False, False)
    """
    kind = type(column)
    if issubclass(kind, (np.ndarray, np.generic)):
        return False
    return hasattr(kind, "__array_namespace__") or any(
        (base.__module__, base.__name__) == ("torch", "Tensor") for base in kind.__mro__
    )


def compat() -> Any:
    """Return the module array-api-compat."""
    needs(["array_api_compat"], "An array of another library than numpy", "arrays")
    import array_api_compat

    return array_api_compat


def namespace(array: Any) -> Any:
    """Return the functions of an array's own library, as the standard names them.

    Examples
    --------
    >>> namespace(np.array([0, 1])).__name__
    'numpy'
    """
    return compat().array_namespace(array) if is_array(array) else np


def place(column: Any) -> str:
    """Say whose a column is, and where it lies.

    Examples
    --------
    >>> import array_api_strict
    >>> place(array_api_strict.asarray([0, 1])), place([0, 1])
    ('array_api_strict on CPU_DEVICE', 'list on the host')
    """
    if not is_array(column):
        kind = type(column)
        module = kind.__module__.partition(".")[0]
        return f"{kind.__name__ if module == 'builtins' else module} on the host"
    device = compat().device(column)
    name = namespace(column).__name__.removeprefix("array_api_compat.").partition(".")[0]
    return f"{name} on {getattr(device, '_device', device)}"


def rows_of(column: Any) -> int:
    """Return the number of rows; the standard knows no ``len``.

    Examples
    --------
    >>> rows_of([0, 1]), rows_of(np.zeros((3, 2)))
    (2, 3)
    """
    return int(column.shape[0] if getattr(column, "shape", ()) else len(column))


def on_host(array: Any) -> npt.NDArray[Any]:
    """Return an array as numpy's: a copy, unless it lies in the host's memory.

    Examples
    --------
    >>> import array_api_strict
    >>> on_host(array_api_strict.asarray([0, 1], device=array_api_strict.Device("device1")))
    array([0, 1])
    """
    if not is_array(array):
        return np.asarray(array)
    xp, library = namespace(array), compat()
    named = library.is_torch_array(array) or library.is_cupy_array(array)
    host = "cpu" if named else xp.__array_namespace_info__().default_device()
    return np.asarray(array if host is None else library.to_device(array, host))


def read(array: Any) -> Any:
    """Return the few numbers of an array as Python's: with `on_host`, all by which values leave a device.

    Raises
    ------
    InvalidValueError
        If there are no numbers yet.
    """
    rule = "labels and row weights must be in memory when they are counted"
    with explained((TypeError, RuntimeError), rule, "Count outside of jit, and not on a meta device."):
        return on_host(array).tolist()


def refuse_lazy(column: Any) -> None:
    """Raise where reading a column would compute it: Dask's."""
    check_that(
        type(column).__module__.partition(".")[0] != "dask",
        "labels and row weights must be in memory",
        f"a {type(column).__name__} of dask",
        "Count it with boostweights.distributed.dask.count_classes, or pass what compute() returns.",
        InvalidTypeError,
    )


def read_on_host(array: Any) -> npt.NDArray[Any]:
    """Return an array that lies in the host's memory as numpy's, or raise: no row is copied unasked."""
    rule = "arrays must be in the host's memory here"
    mend = "Copy them yourself, for example with torch's .cpu() or cupy's .get()."
    with explained((TypeError, RuntimeError, ValueError), rule, mend):
        device, _ = array.__dlpack_device__()
        if device == 1:  # kDLCPU
            return np.asarray(array)
    raise InvalidValueError(rule, place(array), mend)
