"""A pipeline in a file, and new rows scored by it: in memory, or from one file into another."""

import math
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from zipfile import BadZipFile

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from sklearn.pipeline import Pipeline

from boostweights.errors import UNREADABLE, check_file, check_known, check_that, explained, listed, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.files import temporary_folder
from boostweights.lazy import needs
from boostweights.serving.row_costs import CostPipeline
from boostweights.serving.skops import trusted_types
from boostweights.tables.features import named
from boostweights.tables.files import read_batches
from boostweights.tables.preparation import Differences, TablePreparation, as_arrow, names_of
from boostweights.tables.reading import Reading
from boostweights.versions import distribution_version, module_version

MODELS = (".skops", ".joblib")
"""The endings of model files."""
SCORED = (".csv", ".tsv", ".parquet", ".xlsx")
"""The endings of scored files."""
_ROWS = 100_000
_CHECKED = 1_000
_SHIFT, _Z = 0.05, 4.0
_UNREADABLE = (*UNREADABLE, EOFError, BadZipFile, UnpicklingError)
"""What readers of skops and joblib raise of files that are none."""


class ModelWarning(UserWarning):
    """What a user should know of a model file: it runs code, or was made by other versions of libraries."""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What was scored, and how the rows differ from those that the model was trained on.

    Attributes
    ----------
    rows : int
        How many rows.
    flagged : int or None
        How many of them have the positive label; None where there are more than two classes.
    threshold : float or None
        From which probability on a row has it; None where the model has no threshold.
    remarks : tuple of str
        Levels never seen, columns whose share of missing values has moved, and columns that were ignored.
    """

    rows: int
    flagged: int | None
    threshold: float | None
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        at = "" if self.threshold is None else f" at a threshold of {self.threshold:.3g}"
        flagged = "" if self.flagged is None else f", {self.flagged:,} flagged{at}"
        return "; ".join([f"{self.rows:,} rows scored{flagged}", *self.remarks])


def save_model(model: Pipeline, path: Path, rows: Any) -> Path:
    """Write a fitted pipeline, with skops if all in it can be read without running code, else with joblib.

    The file is read again and must give the same probabilities as the pipeline, before it gets its place.

    Parameters
    ----------
    model : Pipeline
        A fitted `TablePreparation`, then a fitted `WeightedClassifier`.
    path : Path
        Where, without an ending.
    rows : data frame
        Rows to be compared.

    Returns
    -------
    Path
        The path with the ending of the format.
    """
    with temporary_folder(path.parent) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = folder / f"model{MODELS[0]}"
        try:
            import skops.io

            skops.io.dump(model, file)
            is_trusted = {*skops.io.get_untrusted_types(file=file)} <= {*trusted_types()}
        except _UNREADABLE:  # also where skops is not installed
            is_trusted = False
        if not is_trusted:
            file = folder / f"model{MODELS[1]}"
            joblib.dump(model, file)
        again = load_model(file)
        some = as_arrow(rows).slice(0, _CHECKED)
        same = np.array_equal(again.predict_proba(some), model.predict_proba(some), equal_nan=True)
        rule, remedy = "a model that is read again must answer as before", "Report this model."
        check_that(same, rule, f"other probabilities from {file.name}", remedy)
        for ending in MODELS:
            path.with_suffix(ending).unlink(missing_ok=True)
        place = path.with_suffix(file.suffix)
        os.replace(file, place)
    return place


def load_model(path: str | os.PathLike[str]) -> Pipeline:
    """Return the pipeline in a file that ``compare`` or `save_model` wrote.

    A file of joblib is a pickle: code in it runs when it is read, of which a `ModelWarning` tells. Another
    warning names the libraries whose versions are not those of the training.

    Raises
    ------
    InvalidValueError
        If it is no such file.
    """
    place = Path(path)
    check_file(place, "a model file must exist")
    check_known(place.suffix, MODELS, "a model file must end in one of these")
    rule, remedy = "a model file must hold a pipeline", "Give the file that compare wrote."
    with explained(_UNREADABLE, rule, remedy, str(place)):
        if place.suffix == MODELS[0]:
            needs(["skops.io"], "A model file of skops", "serving")
            import skops.io

            model = skops.io.load(place, trusted=trusted_types())
        else:
            told = f"{place.name} is a pickle: reading it runs code that is in it"
            warnings.warn(told, ModelWarning, stacklevel=2)
            model = joblib.load(place)
    _, clf = checked_pipeline(model, str(place))
    if card := clf.__dict__.get("_card"):
        now = {
            name: module_version(name) or distribution_version(name) or "unknown" for name in card.versions
        }
        changed = [
            f"{name} {old} (now {now[name]})" for name, old in card.versions.items() if now[name] != old
        ]
        if changed:
            told = f"{place.name} was trained with {', '.join(changed)}"
            warnings.warn(told, ModelWarning, stacklevel=2)
    return model


def checked_pipeline(model: Any, what: str = "this model") -> tuple[TablePreparation, WeightedClassifier]:
    """Return the two steps of a pipeline that can be scored, or raise."""
    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else []
    is_one = (
        len(steps) == 2
        and isinstance(steps[0], TablePreparation)
        and isinstance(steps[1], WeightedClassifier)
    )
    rule = "scoring needs a pipeline of a TablePreparation and a WeightedClassifier"
    remedy = "Give the model that compare wrote."
    check_that(is_one, rule, f"{type(model).__name__} in {what}", remedy)
    return steps[0], steps[1]


def score(model: Pipeline, X: Any, *, key: Sequence[str] = ()) -> pa.Table:
    """Return a scored table: the key, the label, the probability, the decision and the threshold of each row.

    Parameters
    ----------
    model : Pipeline
        As `load_model` returns it.
    X : data frame of shape (n, any)
        New rows: the columns that the model was trained on, by name, and any others.
    key : sequence of str, default=()
        Columns that are copied; a text that is no name may be several, with commas between.

    Returns
    -------
    pyarrow.Table
        Columns: those of the key; ``label``, as ``predict`` returns it; ``probability`` of the positive
        label, of more than two classes one column each; with a threshold, ``decision`` (whether the
        probability reaches it) and ``threshold``.

    Raises
    ------
    InvalidValueError
        If a column is absent or holds something else than in training; all such columns are named.
    """
    return _scored(model, X, key, Differences())


def _scored(model: Pipeline, X: Any, key: Sequence[str], differences: Differences) -> pa.Table:
    preparation, clf = checked_pipeline(model)
    key = named(key, names_of(X))
    for name in key:
        check_known(name, names_of(X), "--key must name a column")
    frame = preparation.compared(X, differences)
    proba, costs = clf.predict_proba(frame), model.row_costs(X) if isinstance(model, CostPipeline) else None
    labels = clf.predict(frame) if costs is None else model.decided(proba, costs)
    threshold: Any
    threshold, at = _deciding(clf)
    if costs is not None:
        fn, fp = costs.T
        threshold = np.divide(fp, fn + fp, out=np.zeros(len(fp)), where=fn + fp > 0)
    columns: dict[str, Any] = {"label": pa.array(labels.tolist())}
    if at is None or proba.shape[1] > 2:
        columns |= {
            f"probability of {shown(one)}": proba[:, place] for place, one in enumerate(clf.classes_.tolist())
        }
    else:
        columns["probability"] = pa.array(proba[:, at])
    if threshold is not None:
        columns |= {"decision": labels == clf.classes_[at], "threshold": np.full(len(labels), threshold)}
    taken = [name for name in key if name in columns]
    rule = "a key column must have another name than the columns of scores"
    check_that(not taken, rule, listed(taken), "Rename it.")
    kept = as_arrow(X, only=key)
    return pa.table({name: kept[name] for name in key} | columns)


def _deciding(clf: WeightedClassifier) -> tuple[float | None, int | None]:
    """Return a classifier's threshold, and the place of its positive class, where it has them."""
    if clf.threshold is not None:
        rule, _ = clf._decides()
        if rule.threshold is not None:
            return rule.threshold, rule.at
    classes = clf.classes_.tolist()
    second = 1 if len(classes) == 2 else None
    return None, second if clf.pos_label is None else classes.index(clf.pos_label)


def score_file(
    model: Pipeline,
    path: Path,
    out: Path,
    reading: Reading,
    *,
    key: Sequence[str] = (),
    force: bool = False,
) -> Scored:
    """Score a file into another one, part by part; it gets its place when it is whole.

    Parameters
    ----------
    model : Pipeline
        As `load_model` returns it.
    path : Path
        The new rows: any file that ``compare`` reads, with or without the target.
    out : Path
        The scored file, by its ending: .csv, .tsv, .parquet or .xlsx.
    reading : Reading
        How to read the new rows.
    key : sequence of str, default=()
        Columns that are copied, such as an identifier.
    force : bool, default=False
        Whether a file that exists is replaced.

    Raises
    ------
    InvalidValueError
        Before anything is written.
    """
    check_known(out.suffix, SCORED, "a scored file must end in one of these")
    rule, remedy = "a scored file must be new", "Add --force to replace it, or choose another name."
    check_that(force or not out.exists(), rule, f"{out}, which exists", remedy)
    same = out.exists() and out.samefile(path)
    check_that(not same, "a scored file must not replace the new rows", str(out), "Choose another name.")
    check_that(out.parent.is_dir(), "a scored file needs a folder that exists", str(out), "Make it first.")
    preparation, clf = checked_pipeline(model)
    threshold, at = _deciding(clf)
    positive = None if at is None else clf.classes_.tolist()[at]
    differences, flagged = Differences(), 0
    rule, remedy = "a scored file needs space and a place that may be written to", "Choose another place."
    with (
        explained((OSError,), rule, remedy, str(out)),
        temporary_folder(out.parent) as folder,
        ExitStack() as opened,
    ):
        file = folder / out.name
        writer: Any = None
        schema: pa.Schema | None = None
        batches = read_batches(path, reading)
        parts = (rows.slice(at, _ROWS) for rows in batches for at in range(0, rows.num_rows, _ROWS))
        for part in parts:
            table = _scored(model, part, key, differences)
            flagged += pc.sum(pc.equal(table["label"], positive)).as_py() or 0
            schema = schema or table.schema
            writer = writer or opened.enter_context(closing(_writer(file, schema)))
            writer.write_table(table.cast(schema))
        seen = f"a header alone in {path}"
        check_that(writer is not None, "a table must have rows", seen, "Check its source.")
        opened.close()
        os.replace(file, out)
    decided = ["each row is decided by its own costs"] if isinstance(model, CostPipeline) else []
    return Scored(
        rows=differences.rows,
        flagged=None if positive is None else flagged,
        threshold=threshold,
        remarks=(*decided, *_remarks(preparation, differences)),
    )


class _Sheet:
    """A writer of a workbook's only sheet, with the methods of Arrow's writers."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        needs(["xlsxwriter"], "a workbook", "excel")
        import xlsxwriter

        kept = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, **kept})
        self._sheet = self._book.add_worksheet("scored")
        self._sheet.write_row(0, 0, schema.names)
        self._rows = 0

    def write_table(self, table: pa.Table) -> None:
        """Write rows below those that were written."""
        for row in table.to_pylist():
            self._rows += 1
            values = [str(one) if isinstance(one, (date, bytes)) else one for one in row.values()]
            failed = self._sheet.write_row(self._rows, 0, values)
            rule, remedy = (
                "a workbook must have room for all rows and texts",
                "Write a .csv or .parquet file.",
            )
            check_that(not failed, rule, f"no room for row {self._rows:,}", remedy)

    def close(self) -> None:
        """Write the end of the file."""
        self._book.close()


def _writer(path: Path, schema: pa.Schema) -> Any:
    if path.suffix == ".xlsx":
        return _Sheet(str(path), schema)
    if path.suffix == ".parquet":
        return pq.ParquetWriter(path, schema)
    separator = "\t" if path.suffix == ".tsv" else ","
    return pacsv.CSVWriter(path, schema, write_options=pacsv.WriteOptions(delimiter=separator))


def _remarks(preparation: TablePreparation, differences: Differences) -> Iterator[str]:
    """Yield how new rows differ from those that the preparation was fitted on."""
    for name, levels in differences.unseen.items():
        yield f"never seen in {name!r}: {listed(list(levels))} ({levels.total():,} rows), taken as missing"
    for name, count in differences.missing.items():
        before, now = preparation.columns_[name].missing, count / differences.rows
        noise = math.sqrt((before * (1 - before) + now * (1 - now)) / differences.rows)
        if abs(now - before) > max(_SHIFT, _Z * noise):
            yield f"{name!r} is missing in {now:.0%} of the rows, and was in {before:.0%}"
    if differences.surplus:
        yield f"not used: {listed(list(differences.surplus))}"
