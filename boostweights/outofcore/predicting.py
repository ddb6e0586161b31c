"""Predictions for the rows of a folder, block by block, written to Parquet."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import numpy as np

from boostweights.errors import (
    InvalidTypeError,
    check_known,
    check_that,
    check_type,
    explained,
    shown,
)
from boostweights.files import temporary_folder
from boostweights.lazy import needs
from boostweights.outofcore.folder import open_folder
from boostweights.outofcore.rows import frame_of, texts_of
from boostweights.outofcore.training import BLOCK_ROWS


def predict_parquet(
    classifier: Any,
    folder: Any,
    out: Any,
    *,
    keep: Sequence[str] = (),
    unseen: Literal["error", "missing"] = "error",
    block_rows: int = BLOCK_ROWS,
    filesystem: Any = None,
) -> Path:
    """Predict the rows of a folder of Parquet files, block by block, into another folder.

    Each file becomes a file with the same name and the same order of rows. Its columns are those of `keep`,
    ``prediction``, the label that ``predict`` gives, and ``proba_<label>`` for each class, as
    ``predict_proba`` gives it: corrected or not, as the classifier is set.

    Parameters
    ----------
    classifier : fitted classifier
        What `fit_parquet` returned, or another that was fitted on a frame: its features are found by name.
    folder : path, or list of paths
        As for `count_parquet`. Columns that are no features are passed over.
    out : path
        A folder that is not there yet, on the local file system. It appears when all is written.
    keep : list of str, default=()
        Columns that are copied, such as an identifier.
    unseen : {"error", "missing"}, default="error"
        Whether a text that is in no row of the training folder is an error or a missing value.
    block_rows : int, default=100_000
        Rows that are held in memory at a time.
    filesystem : pyarrow.fs.FileSystem, default=None
        Where `folder` is; see `count_parquet`.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        Before a row is read, if the classifier or the folders do not fit; if the folder changes meanwhile.

    Examples
    --------
    >>> import tempfile, numpy as np, pyarrow as pa, pyarrow.parquet as pq
    >>> from lightgbm import LGBMClassifier
    >>> from boostweights.outofcore import fit_parquet
    >>> with tempfile.TemporaryDirectory() as place:
    ...     amount = np.arange(200.0)
    ...     table = pa.table({"id": np.arange(200), "amount": amount, "late": amount % 7 == 3})
    ...     pq.write_table(table, f"{place}/rows.parquet")
    ...     lgbm = LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    ...     clf = fit_parquet(lgbm, f"{place}/rows.parquet", "late", columns=["amount"])
    ...     out = predict_parquet(clf, f"{place}/rows.parquet", f"{place}/predicted", keep=["id"])
    ...     predicted = pq.read_table(out)
    >>> predicted.column_names, predicted.num_rows
    (['id', 'prediction', 'proba_False', 'proba_True'], 200)
    """
    needs(["pandas"], "Predicting rows of a folder", "frames")
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    names = [str(name) for name in getattr(classifier, "feature_names_in_", ())]
    check_that(
        names and hasattr(classifier, "predict_proba"),
        "a classifier must be fitted on features with names, and give probabilities",
        classifier,
        "Fit it by fit_parquet, or on a frame.",
        InvalidTypeError,
    )
    check_known(unseen, ("error", "missing"), "unseen must be known")
    check_type(out, (str, os.PathLike), "out must be a path", "Name a new folder.")
    target = Path(out).absolute()
    seen = f"{shown(str(out))}, {'which is there' if target.exists() else 'in no folder'}"
    new = not target.exists() and target.parent.is_dir()
    check_that(new, "out must be a new folder", seen, "Name another.")
    opened = open_folder(folder, filesystem)
    texts = texts_of([opened], names)
    kept = [keep] if isinstance(keep, str) else list(keep)
    made = ["prediction", *(f"proba_{label}" for label in classifier.classes_.tolist())]
    rule = f"columns to keep must be others than {', '.join(made)}, each once"
    for name in kept:
        opened.types(name)
        check_that(name not in made and kept.count(name) == 1, rule, repr(name), "Leave it out.")
    levels = getattr(classifier, "feature_levels_", {})
    rule, remedy = "predictions must find space", "Make room, or choose another out."
    last, wanted = None, list(dict.fromkeys([*kept, *names]))

    def rows_of(batch: Any) -> tuple[Any, Any]:
        return batch, frame_of(batch, names, texts, levels, unseen=unseen)

    with temporary_folder(target.parent) as place:
        with ExitStack() as stack, explained((pa.ArrowException, OSError), rule, remedy):
            for file, (batch, frame) in opened.read(wanted, block_rows, rows_of, coded=texts):
                proba = np.asarray(classifier.predict_proba(frame), np.float64)
                columns = [batch.column(name) for name in kept]
                columns += [pa.array(classifier.predict(frame)), *map(pa.array, proba.T)]
                table = pa.table(columns, names=[*kept, *made])
                if file is not last:
                    stack.close()
                    path = place / target.name / file.name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    last, writer = file, stack.enter_context(ParquetWriter(path, table.schema))
                writer.write_table(table.cast(writer.schema))
        opened.check_unchanged(footers=True)
        os.replace(place / target.name, target)
    return target
