"""What was trained already, in a folder: one small file a fold and ratio, so that a path can go on later."""

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from boostweights.adapters.registry import adapter_of
from boostweights.errors import check_that, check_type, explained, shown
from boostweights.files import write_atomically
from boostweights.versions import distribution_version, module_version

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Results by the hash of everything that made them; without a folder nothing is kept.

    Files hold numbers only; a run that is killed leaves whole files or none.
    """

    folder: Path | None
    base: str

    def get(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return a result from the folder, or make and keep it."""
        if self.folder is None:
            return make()
        path = self.folder / f"{digest([self.base, name])[:32]}.npz"
        if path.exists():
            kinds, rule = (BadZipFile, ValueError, EOFError, KeyError), "a file of the store must be whole"
            with (
                explained(kinds, rule, "Delete it: it will be trained again.", str(path)),
                path.open("rb") as opened,
                np.load(opened, allow_pickle=False) as file,
            ):
                return {name: file[name] for name in file.files}
        made = make()
        content = io.BytesIO()
        np.savez(content, **made)  # type: ignore[arg-type]
        write_atomically(path, content.getvalue())
        return made


def checked_folder(store: Any) -> Path | None:
    """Return the folder, made if there is none, or raise."""
    if store is None:
        return None
    check_type(store, (str, os.PathLike), "store must be a folder", "Pass 'paths/credit', say.")
    folder = Path(store)
    is_file = folder.exists() and not folder.is_dir()
    check_that(not is_file, "store must be a folder", f"the file {shown(str(folder))}", "Name another.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def digest(parts: list[Any]) -> str:
    """Return a hash of texts, numbers, arrays, sparse matrices and data frames.

    Examples
    --------
    >>> digest([1, "a"]) == digest([1, "a"]), digest([np.zeros(2)]) == digest([np.zeros(3)])
    (True, False)
    """
    hashed = hashlib.sha256()
    for part in parts:
        for chunk in _chunks(part):
            hashed.update(chunk)
        hashed.update(b"\x00")
    return hashed.hexdigest()


def setting_lines(estimator: Any) -> list[Any]:
    """Return all that an estimator was told, nested estimators too, to be hashed.

    Raises
    ------
    InvalidValueError
        If a setting does not say in words what it is, such as a function.
    """
    lines: list[Any] = [_told(estimator)]
    for name, value in sorted(estimator.get_params(deep=True).items()):
        text = _told(value)
        rule = "a store needs settings that say what they are, to find what was trained with them"
        remedy = "Pass an integer seed, a name, or leave store out."
        check_that(not re.search(r" at 0x[0-9a-fA-F]+", text), rule, f"{name}={shown(value)}", remedy)
        lines.append(f"{name}={text}")
    return lines


def versions(estimator: Any) -> list[str]:
    """Return the versions that can change a result, of all libraries that an estimator is made of."""
    parts = [estimator, *estimator.get_params(deep=True).values()]
    estimators = [part for part in parts if hasattr(part, "get_params")]
    libraries = {adapter_of(each).module for each in estimators}
    modules = {type(each).__module__.partition(".")[0] for each in estimators}
    return [
        f"{name} {module_version(name) or (distribution_version(name) if name in libraries else '')}"
        for name in sorted({"boostweights", "numpy", "sklearn", *libraries, *modules})
    ]


def _told(value: Any) -> str:
    """The repr, of nested estimators their class: their settings come with those around them."""
    if hasattr(value, "get_params"):
        return f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_told, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_told(key)}: {_told(each)}' for key, each in value.items())}}}"
    if hasattr(value, "tolist"):  # whose repr leaves out the middle
        return f"{type(value).__name__} {getattr(value, 'dtype', '')} {value.tolist()!r}"
    return repr(value)


def _chunks(part: Any) -> Iterator[bytes]:
    if isinstance(part, np.ndarray) and part.dtype != object:
        yield f"{part.dtype.str}{part.shape}".encode()
        yield np.ascontiguousarray(part).tobytes()
    elif hasattr(part, "tocsr"):
        rows = part.tocsr()
        yield repr(rows.shape).encode()
        yield from (chunk for each in (rows.data, rows.indices, rows.indptr) for chunk in _chunks(each))
    elif hasattr(part, "columns") and not isinstance(part, np.ndarray):
        import narwhals as nw

        for column in nw.from_native(part, eager_only=True).iter_columns():
            accessor = getattr(column.to_native(), "cat", None)
            categories = getattr(accessor, "categories", None)  # which pandas' own dtype does not say
            yield f"{column.name!r}{column.dtype!r}{_told(categories)}".encode()
            yield from _chunks(column.to_numpy())
    elif isinstance(part, (list, tuple)):
        yield _told(part).encode()
    else:
        yield repr(part.tolist() if hasattr(part, "tolist") else part).encode()
