"""The store: one SQLite file, the journal of all results; Parquet is exported from it."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from boostweights.benchmark.files import write_atomically
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan import Cell, Described
from boostweights.errors import InvalidValueError

__all__ = ["SCHEMA_VERSION", "STATUSES", "Result", "Store"]

SCHEMA_VERSION: Final = 1

STATUSES: Final = ("ok", "error", "out of memory", "timeout", "killed", "not installed")
"""What can become of a model. Only "ok" has weights, a digest and metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one model.

    Attributes
    ----------
    model_key : str
        Which model.
    status : str
        One of `STATUSES`.
    weights : mapping of str to float
        The class weights that it was trained with.
    digest : str or None
        SHA-256 of its float64 probabilities on every row of the data set.
    metrics : mapping of str to float
        Its figures on the test rows.
    seconds : mapping of str to float
        How long it took, by step.
    error, traceback : str or None
        Why it failed, in one line and in full.
    """

    model_key: str
    status: str
    weights: Mapping[str, float] = field(default_factory=dict)
    digest: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    traceback: str | None = None


class Store:
    """Results by model, the cells that ask for them, and the runs that made them.

    Every change is one transaction: a process that dies leaves all or nothing of it.

    Parameters
    ----------
    path : Path
        The SQLite file; made if it does not exist.

    Raises
    ------
    InvalidValueError
        If the file is no store, or one of another schema.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=60.0)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._open_schema()
        except sqlite3.DatabaseError as broken:
            self._connection.close()
            raise InvalidValueError(
                "a store must be a SQLite file that opens", f"{path}: {broken}", _ANOTHER_NAME
            ) from broken
        except InvalidValueError:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was saved stays."""
        self._connection.close()

    def begin_run(self, facts: Mapping[str, Any], data: Iterable[Described], cells: Iterable[Cell]) -> int:
        """Record a run and make its plan the store's plan; results of other plans stay, unreported.

        Returns
        -------
        run : int
            Its number.
        """
        with self._transaction() as sql:
            run = sql.execute("INSERT INTO runs (facts) VALUES (?)", [json.dumps(facts)]).lastrowid
            sql.execute("DELETE FROM cells")
            sql.execute("DELETE FROM datasets")
            sql.executemany(
                "INSERT INTO datasets VALUES (?, ?, ?)",
                [(each.name, each.digest, json.dumps(each.facts)) for each in data],
            )
            sql.executemany(
                "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (position, cell.dataset, cell.fold, cell.library, cell.policy, cell.model_key)
                    for position, cell in enumerate(cells)
                ],
            )
        assert run is not None
        return run

    def end_run(self, run: int, facts: Mapping[str, Any]) -> None:
        """Add what is known only at the end of a run."""
        with self._transaction() as sql:
            sql.execute("UPDATE runs SET facts = json_patch(facts, ?) WHERE id = ?", [json.dumps(facts), run])

    def save(self, result: Result) -> None:
        """Keep one model's result; another one for the same model replaces it."""
        key = result.model_key
        with self._transaction() as sql:
            sql.execute("DELETE FROM models WHERE model_key = ?", [key])
            sql.execute(
                "INSERT INTO models VALUES (?, ?, ?, ?, ?, ?)",
                [
                    key,
                    result.status,
                    json.dumps(dict(result.weights)),
                    result.digest,
                    result.error,
                    result.traceback,
                ],
            )
            sql.executemany(
                "INSERT INTO metrics VALUES (?, ?, ?)",
                [(key, name, value) for name, value in result.metrics.items()],
            )
            sql.executemany(
                "INSERT INTO timings VALUES (?, ?, ?)",
                [(key, step, value) for step, value in result.seconds.items()],
            )

    def forget_failures(self) -> int:
        """Remove the results of models that failed, so that they are trained again; return how many."""
        with self._transaction() as sql:
            return sql.execute("DELETE FROM models WHERE status <> 'ok'").rowcount

    def known(self) -> frozenset[str]:
        """Return the keys of the models that have a result."""
        return frozenset(key for (key,) in self._connection.execute("SELECT model_key FROM models"))

    def cells(self) -> pd.DataFrame:
        """Return one row a cell of the plan, in its order, with the result of its model.

        Columns: dataset, fold, library, policy, status (None if not trained yet), weights (JSON),
        model_key, model_digest, one a metric, error, traceback.
        """
        rows = self._frame(_CELLS)
        wide = self._frame("SELECT * FROM metrics").pivot(index="model_key", columns="metric", values="value")
        figures = wide.reindex(columns=list(METRICS)).astype("float64")
        joined = rows.join(figures, on="model_key")
        texts = ["error", "traceback"]
        return joined[[name for name in joined.columns if name not in texts] + texts]

    def timings(self) -> pd.DataFrame:
        """Return one row a cell and step: dataset, fold, library, policy, step, seconds."""
        return self._frame(
            "SELECT dataset, fold, library, policy, step, seconds FROM cells JOIN timings USING (model_key)"
            " ORDER BY position, step"
        )

    def datasets(self) -> dict[str, dict[str, Any]]:
        """Return the facts of each data set, and its digest, by name."""
        rows = self._connection.execute("SELECT name, digest, facts FROM datasets ORDER BY rowid")
        return {name: {"digest": digest, **json.loads(facts)} for name, digest, facts in rows}

    def runs(self) -> list[dict[str, Any]]:
        """Return the facts of each run, the first one first."""
        rows = self._connection.execute("SELECT facts FROM runs ORDER BY id")
        return [json.loads(facts) for (facts,) in rows]

    def export(self, directory: Path) -> None:
        """Write ``cells.parquet`` (results) and ``timings.parquet`` (how long they took)."""
        for name, frame in {"cells": self.cells(), "timings": self.timings()}.items():
            buffer = io.BytesIO()
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), buffer)
            write_atomically(directory / f"{name}.parquet", buffer.getvalue())

    def _frame(self, query: str) -> pd.DataFrame:
        cursor = self._connection.execute(query)
        return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _open_schema(self) -> None:
        # looked at and made in one transaction: two processes may open a new store at the same time
        with self._transaction() as sql:
            (found,) = sql.execute("PRAGMA user_version").fetchone()
            (tables,) = sql.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if found == 0 and tables == 0:
                for statement in _schema():
                    sql.execute(statement)
                sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif found != SCHEMA_VERSION:
                raise InvalidValueError(
                    f"{self.path} must be a store of schema {SCHEMA_VERSION}",
                    f"schema {found}",
                    _ANOTHER_NAME,
                )


def _schema() -> Iterator[str]:
    script = (resources.files("boostweights.benchmark") / "schema.sql").read_text(encoding="utf-8")
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


_ANOTHER_NAME: Final = "Give the run another name, or move the file away."

_CELLS: Final = """
SELECT dataset, fold, library, policy, status, weights, model_key, digest AS model_digest, error, traceback
FROM cells LEFT JOIN models USING (model_key) ORDER BY position
"""
