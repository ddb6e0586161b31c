"""The store: one SQLite file of results by model, of the cells that ask for them, and of runs."""

import dataclasses
import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Self

import pandas as pd

from boostweights.benchmark.plan.arm import Arm
from boostweights.benchmark.plan.plan import Cell
from boostweights.benchmark.plan.problem import Described
from boostweights.benchmark.run.result import Predictions, Result, Scores
from boostweights.errors import InvalidValueError, check_that
from boostweights.files import StoreError

STORE = "store.sqlite"
"""The file of a run's store, in its directory."""
SCHEMA_VERSION = 5

_READABLE = "a store must be readable and writable"
_ANOTHER_NAME = "Give the run another name, or move the file away."
_REMEDIES = {
    sqlite3.SQLITE_FULL: "Free some space and call the same command again: what was trained is stored.",
    sqlite3.SQLITE_CORRUPT: _ANOTHER_NAME,
    sqlite3.SQLITE_NOTADB: _ANOTHER_NAME,
    sqlite3.SQLITE_IOERR: "Check the disk, and call the same command again: what was trained is stored.",
    sqlite3.SQLITE_READONLY: "Give the run a place where you may write.",
    sqlite3.SQLITE_CANTOPEN: "Give the run a place where you may write.",
    sqlite3.SQLITE_BUSY: "Wait until the other process has ended.",
}
"""What goes wrong outside this program, by SQLite's primary result code."""

CELL = ("dataset", "repeat", "fold", "library", "regime", "arm")
"""The columns that name a cell."""

_CELL = ", ".join(CELL)

_DIGESTED = (
    "SELECT 0 AS subject, * FROM runs ORDER BY id",
    "SELECT 0 AS subject, * FROM datasets ORDER BY name",
    "SELECT 0 AS subject, * FROM arms ORDER BY position",
    "SELECT 0 AS subject, * FROM cells ORDER BY position",
    "SELECT id AS subject, * FROM models ORDER BY id",
    "SELECT model AS subject, * FROM metrics ORDER BY model, rule, proba, metric",
    "SELECT model AS subject, * FROM curves ORDER BY model, curve, proba, place",
    "SELECT model AS subject, * FROM predictions ORDER BY model",
    "SELECT model AS subject, * FROM scores ORDER BY model, proba",
    "SELECT model AS subject, * FROM timings ORDER BY model, step",
)
"""The rows of each subject that has a digest: a model, or with 0 the runs and the plan."""


class Store:
    """One SQLite file, the journal of all results; tables are exported from it.

    One process at a time writes it. Every change is one transaction: a process that dies leaves all or
    nothing of it.

    Parameters
    ----------
    path : Path
        The file; made if it does not exist.

    Raises
    ------
    InvalidValueError
        If the file is not a store, or one of another schema.
    StoreError
        If it can be neither read nor written.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._checked = path, False
        self._writer: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as refused:
            raise StoreError(_READABLE, f"{path}: {refused}", _REMEDIES[sqlite3.SQLITE_CANTOPEN]) from refused
        with _explained(path):
            self.sql = sqlite3.connect(path, isolation_level=None, timeout=60.0)
        try:
            with _explained(path):
                self.sql.execute("PRAGMA journal_mode = WAL")
                self.sql.execute("PRAGMA foreign_keys = ON")
            self._open_schema()
        except BaseException:
            self.sql.close()
            raise

    def _open_schema(self) -> None:
        script = (resources.files(__package__) / "schema.sql").read_text(encoding="utf-8")
        # looked at and made in one transaction: two processes may open a new store at the same time
        with self.transaction() as sql:
            (version,) = sql.execute("PRAGMA user_version").fetchone()
            (tables,) = sql.execute("SELECT count(*) FROM sqlite_master").fetchone()
            is_ours = version == SCHEMA_VERSION or not (version or tables)
            rule = f"{self.path} must be a store of schema {SCHEMA_VERSION}"
            check_that(is_ours, rule, f"schema {version}", _ANOTHER_NAME)
            statement = ""
            for line in script.splitlines(keepends=True):
                statement += line
                if sqlite3.complete_statement(statement):
                    sql.execute(statement)
                    statement = ""
            if not version:
                sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was saved stays."""
        self.sql.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def claim(self) -> None:
        """Become the one process that runs on this file, until it is closed or the process ends, however.

        The lock is SQLite's own on a second file, so that reading goes on and a dead process leaves none.

        Raises
        ------
        StoreError
            If another process has claimed it, or the file is damaged.
        """
        if self._writer is None:
            writer = sqlite3.connect(self.path.with_name(f"{self.path.name}.lock"), timeout=0.0)
            try:
                writer.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as busy:
                writer.close()
                raise StoreError(
                    "one run at a time may work on a store",
                    f"{self.path}, on which another one works",
                    "Wait for it, or give this run another name.",
                ) from busy
            self._writer = writer
        self.check()

    def check(self) -> None:
        """Raise StoreError if something is not as it was stored.

        It looks once: it takes a second for some thousands of results.
        """
        if self._checked:
            return
        with _explained(self.path):
            (damage,) = self.sql.execute("PRAGMA integrity_check(1)").fetchone()
        damages = [] if damage == "ok" else [damage]
        if not damages:
            with self.transaction() as sql:  # of one moment
                stored = dict(sql.execute("SELECT subject, digest FROM digests"))
                digests = self._digests()
            changed = (subject for subject, digest in stored.items() if digests.get(subject) != digest)
            what = (f"result {subject}" if subject else "the plan" for subject in changed)
            damages = [f"{subject} is not as it was stored" for subject in what]
        if damages:
            raise StoreError("a store must be undamaged", f"{self.path}: {damages[0]}", _ANOTHER_NAME)
        self._checked = True

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done inside."""
        with _explained(self.path):
            self.sql.execute("BEGIN IMMEDIATE")
            try:
                yield self.sql
                self.sql.execute("COMMIT")
            except BaseException:
                if self.sql.in_transaction:  # SQLite itself rolls back on a full disk
                    self.sql.execute("ROLLBACK")
                raise

    def frame(self, query: str) -> pd.DataFrame:
        """Return the rows of a query as a table; see `rows`."""
        self.check()
        with _explained(self.path):
            cursor = self.sql.execute(query)
            return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises
        ------
        StoreError
            If any result or the plan is not as it was stored.
        """
        self.check()
        with _explained(self.path):
            return self.sql.execute(query).fetchall()

    def begin_run(
        self,
        facts: Mapping[str, Any],
        data: Iterable[Described],
        cells: Iterable[Cell],
        arms: Iterable[Arm] = (),
    ) -> int:
        """Record a run and make its plan the store's plan; results of other plans stay, unreported.

        Returns
        -------
        run : int
            Its number.
        """
        with self.transaction() as sql:
            run = sql.execute("INSERT INTO runs (facts) VALUES (?)", [json.dumps(facts)]).lastrowid
            for table in ("cells", "datasets", "arms"):
                sql.execute(f"DELETE FROM {table}")
            sql.executemany(
                "INSERT INTO datasets VALUES (?, ?, ?)",
                [(each.name, each.digest, json.dumps(each.facts)) for each in data],
            )
            cells = list(cells)
            known = {arm.name: arm.facts() for arm in arms}
            for name in dict.fromkeys([*known, *(cell.arm for cell in cells)]):
                arm = [name, json.dumps(known.get(name, {}))]
                sql.execute("INSERT INTO arms (name, facts) VALUES (?, ?)", arm)
            sql.executemany(
                "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(position, *dataclasses.astuple(cell)) for position, cell in enumerate(cells)],
            )
            self._digest(0)
        assert run is not None
        return run

    def end_run(self, run: int, facts: Mapping[str, Any]) -> None:
        """Add what is known only at the end of a run."""
        with self.transaction() as sql:
            sql.execute("UPDATE runs SET facts = json_patch(facts, ?) WHERE id = ?", [json.dumps(facts), run])
            self._digest(0)

    def save(self, result: Result) -> None:
        """Keep one model's result; another one for the same model replaces it."""
        with self.transaction() as sql:
            sql.execute("DELETE FROM models WHERE model_key = ?", [result.model_key])
            weights = json.dumps(dict(result.weights))
            row = [result.model_key, result.status, weights, result.digest, result.error, result.traceback]
            columns = "model_key, status, weights, digest, error, traceback"
            model = sql.execute(f"INSERT INTO models ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row).lastrowid
            assert model is not None
            kept = [] if result.predictions is None else [dataclasses.astuple(result.predictions)]
            rows_of_tables: dict[str, Iterable[tuple[Any, ...]]] = {
                "metrics": result.figures,
                "timings": result.seconds.items(),
                "curves": result.curves,
                "scores": result.scores,
                "predictions": kept,
            }
            for table, rows in rows_of_tables.items():
                for values in rows:
                    sql.execute(f"INSERT INTO {table} VALUES (?{', ?' * len(values)})", [model, *values])
            self._digest(model)

    def forget_failures(self) -> int:
        """Remove the results of models that failed, so that they are trained again; return how many."""
        with self.transaction() as sql:
            return sql.execute("DELETE FROM models WHERE status <> 'ok'").rowcount

    def known(self) -> frozenset[str]:
        """Return the keys of the models that have a result."""
        return frozenset(key for (key,) in self.rows("SELECT model_key FROM models"))

    def model_seconds(self) -> dict[str, float]:
        """Return how long each model took in all, by key."""
        query = "SELECT model_key, sum(seconds) FROM models JOIN timings ON model = models.id"
        return dict(self.rows(f"{query} WHERE step NOT LIKE '%_cpu' GROUP BY model_key"))

    def cells(self) -> pd.DataFrame:
        """Return one row a cell of the plan, in its order, with what became of its model.

        Columns: dataset, family, repeat, fold, library, regime, arm, status (None if not trained yet),
        weights (JSON), model_key, model_digest, error, traceback.
        """
        return self.frame(
            f"SELECT dataset, family, {_CELL.removeprefix('dataset, ')}, status, weights, model_key,"
            " digest AS model_digest, error, traceback"
            " FROM cells LEFT JOIN models USING (model_key) ORDER BY position"
        )

    def metrics(self) -> pd.DataFrame:
        """Return one row a figure: a cell's name, its family, rule, proba, metric, value."""
        query = _of_cells("metrics", "family, rule, proba, metric, value", "rule, proba, metric")
        figures = self.frame(query).astype({"value": "float64"})
        return figures[["dataset", "family", *figures.columns.drop(["dataset", "family"])]]

    def timings(self) -> pd.DataFrame:
        """Return one row a cell and step: dataset, repeat, fold, library, arm, step, seconds."""
        return self.frame(_of_cells("timings", "step, seconds", "step")).astype({"seconds": "float64"})

    def curves(self) -> pd.DataFrame:
        """Return one row a cell and point of a curve: its name, curve, proba, place, x, y, n."""
        return self.frame(_of_cells("curves", "curve, proba, place, x, y, n", "curve, proba, place"))

    def scores(self) -> Iterator[tuple[tuple[Any, ...], Scores]]:
        """Yield each cell's name, and its labels and log-odds by kind of probabilities."""
        for *cell, proba, labels, logits in self.rows(_of_cells("scores", "proba, labels, logits", "proba")):
            yield tuple(cell), Scores(proba, labels, logits)

    def predictions(self) -> Iterator[tuple[tuple[Any, ...], Predictions]]:
        """Yield each cell's name and the probabilities that were kept of it."""
        for *cell, rows, proba in self.rows(_of_cells("predictions", "test_rows, proba", "model")):
            yield tuple(cell), Predictions(rows=rows, proba=proba)

    def arms(self) -> dict[str, dict[str, Any]]:
        """Return the settings of each arm, by name."""
        rows = self.rows("SELECT name, facts FROM arms ORDER BY position")
        return {name: json.loads(facts) for name, facts in rows}

    def datasets(self) -> dict[str, dict[str, Any]]:
        """Return the facts of each data set, and its digest, by name."""
        rows = self.rows("SELECT name, digest, facts FROM datasets ORDER BY rowid")
        return {name: {"digest": digest, **json.loads(facts)} for name, digest, facts in rows}

    def runs(self) -> list[dict[str, Any]]:
        """Return the facts of each run, the first one first."""
        return [json.loads(facts) for (facts,) in self.rows("SELECT facts FROM runs ORDER BY id")]

    def _digest(self, subject: int) -> None:
        (digest,) = self._digests(subject).values()
        self.sql.execute("INSERT OR REPLACE INTO digests VALUES (?, ?)", [subject, digest])

    def _digests(self, *subjects: int) -> dict[int, str]:
        """Return the digests of what is stored, of all subjects or of some."""
        digests: defaultdict[int, Any] = defaultdict(hashlib.sha256)
        some = "WHERE subject = ?" if subjects else ""
        for query in _DIGESTED:
            for subject, *row in self.sql.execute(f"SELECT * FROM ({query}) {some}", subjects):
                digests[subject].update(repr(row).encode())
        return {subject: digest.hexdigest() for subject, digest in digests.items()}


def _of_cells(table: str, columns: str, order: str) -> str:
    """Return the query of the rows of a table for each cell of the plan, after the cell's name."""
    joined = f"cells JOIN models USING (model_key) JOIN {table} ON model = models.id"
    return f"SELECT {_CELL}, {columns} FROM {joined} ORDER BY position, {order}"


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong outside this program into one line; its own mistakes stay as they are."""
    try:
        yield
    except UnicodeDecodeError as broken:  # of a name in a message of SQLite's
        raise StoreError(_READABLE, f"{path}: {broken}", _ANOTHER_NAME) from broken
    except sqlite3.DatabaseError as broken:
        # text that is not UTF-8 is an error of the sqlite3 module, which has no code
        undecodable = isinstance(broken, sqlite3.OperationalError) and not hasattr(broken, "sqlite_errorcode")
        code = sqlite3.SQLITE_CORRUPT if undecodable else getattr(broken, "sqlite_errorcode", 0) & 0xFF
        if code not in _REMEDIES:
            raise
        reason = "no space left on the disk" if code == sqlite3.SQLITE_FULL else str(broken)
        opens = code != sqlite3.SQLITE_NOTADB
        rule = _READABLE if opens else "a store must be a SQLite file that opens"
        error = StoreError if opens else InvalidValueError
        raise error(rule, f"{path}: {reason}", _REMEDIES[code]) from broken
