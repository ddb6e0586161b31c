"""What was trained already, in a folder: one small file a fold and ratio, so that a path can go on later."""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import joblib  # type: ignore[import-untyped]
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
        path = self.folder / f"{joblib.hash([self.base, name])}.npz"
        if path.exists():
            kinds, rule = (BadZipFile, ValueError, EOFError, KeyError), "a file of the store must be whole"
            with (
                explained(kinds, rule, "Delete it: it will be trained again.", str(path)),
                path.open("rb") as opened,
                np.load(opened, allow_pickle=False) as arrays,
            ):
                return dict(arrays)
        made, content = make(), io.BytesIO()
        np.savez(content, **made)  # type: ignore[arg-type]
        write_atomically(path, content.getvalue())
        return made


def checked_folder(store: Any) -> Path | None:
    """Return the folder, made if there is none, or raise."""
    if store is None:
        return None
    check_type(store, (str, os.PathLike), "store must be a folder", "Pass 'paths/credit', for example.")
    folder = Path(store)
    with explained((FileExistsError,), "store must be a folder", "Name another.", str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def settings_of(estimator: Any) -> list[Any]:
    """Return an estimator's class, all its settings and the versions that can change its results.

    Nested estimators are named by their classes: their settings follow by their own names.

    Raises
    ------
    InvalidValueError
        If the repr of a setting is its address, as that of a function: it does not identify the setting.
    """
    settings = sorted(estimator.get_params(deep=True).items())
    rule = "a store needs settings that say what they are, to find what was trained with them"
    for name, value in settings:
        is_named = " at 0x" not in repr(value)
        check_that(
            is_named, rule, f"{name}={shown(value)}", "Pass an integer seed, a name, or leave store out."
        )
    estimators = [estimator, *(value for _, value in settings if hasattr(value, "get_params"))]
    libraries = {adapter_of(part).module for part in estimators}
    modules = {type(part).__module__.partition(".")[0] for part in estimators}
    versions = {
        name: module_version(name) or (distribution_version(name) if name in libraries else "")
        for name in sorted({"boostweights", "numpy", "sklearn", *libraries, *modules})
    }
    named = [(name, type(value) if hasattr(value, "get_params") else value) for name, value in settings]
    return [type(estimator), named, versions]
