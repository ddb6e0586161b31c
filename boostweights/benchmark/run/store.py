"""The store: results by model, the cells that ask for them, and the runs that made them."""

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import pandas as pd

from boostweights.benchmark.plan.arm import Arm
from boostweights.benchmark.plan.plan import Cell
from boostweights.benchmark.plan.problem import Described
from boostweights.benchmark.run.journal import Journal
from boostweights.benchmark.run.result import Predictions, Result, Scores

SCHEMA_VERSION: Final = 5

CELL: Final = ("dataset", "repeat", "fold", "library", "regime", "arm")
"""The columns that name a cell."""

_CELL: Final = ", ".join(CELL)
_CELL_OF_FAMILY: Final = _CELL.replace("dataset,", "dataset, family,")

_DIGESTED: Final = (
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


class Store(Journal):
    """One SQLite file, the journal of all results; tables are exported from it.

    Every change is one transaction: a process that dies leaves all or nothing of it.

    Parameters
    ----------
    path : Path
        The file; made if it does not exist.

    Raises
    ------
    InvalidValueError
        If the file is no store, or one of another schema.
    StoreError
        If it can be neither read nor written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, tuple(_schema()), SCHEMA_VERSION)
        self._checked = False

    def table(self, query: str, values: Iterable[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the column names and rows of a query, as a `Journal` does.

        Raises
        ------
        StoreError
            If any result or the plan is not as it was stored.
        """
        self.check()
        return super().table(query, values)

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
                sql.execute(
                    "INSERT INTO arms (name, facts) VALUES (?, ?)", [name, json.dumps(known.get(name, {}))]
                )
            sql.executemany(
                "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(position, *_values(cell)) for position, cell in enumerate(cells)],
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
            model = sql.execute(
                "INSERT INTO models (model_key, status, weights, digest, error, traceback)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    result.model_key,
                    result.status,
                    json.dumps(dict(result.weights)),
                    result.digest,
                    result.error,
                    result.traceback,
                ],
            ).lastrowid
            assert model is not None
            sql.executemany(
                "INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", [(model, *figure) for figure in result.figures]
            )
            sql.executemany(
                "INSERT INTO timings VALUES (?, ?, ?)",
                [(model, step, value) for step, value in result.seconds.items()],
            )
            sql.executemany(
                "INSERT INTO curves VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(model, *point) for point in result.curves],
            )
            sql.executemany(
                "INSERT INTO scores VALUES (?, ?, ?, ?)", [(model, *each) for each in result.scores]
            )
            if (kept := result.predictions) is not None:
                sql.execute("INSERT INTO predictions VALUES (?, ?, ?)", [model, kept.rows, kept.proba])
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
        return dict(
            self.rows(
                "SELECT model_key, sum(seconds) FROM models JOIN timings ON model = models.id"
                " WHERE step NOT LIKE '%_cpu' GROUP BY model_key"
            )
        )

    def step_seconds(self) -> dict[str, dict[str, float]]:
        """Return the processor seconds of each model's steps, by key and step."""
        found: defaultdict[str, dict[str, float]] = defaultdict(dict)
        query = "SELECT model_key, step, seconds FROM models JOIN timings ON model = models.id"
        for key, step, seconds in self.rows(f"{query} WHERE step LIKE '%_cpu'"):
            found[key][step.removesuffix("_cpu")] = seconds
        return dict(found)

    def cells(self) -> pd.DataFrame:
        """Return one row a cell of the plan, in its order, with what became of its model.

        Columns: dataset, family, repeat, fold, library, regime, arm, status (None if not trained yet),
        weights (JSON), model_key, model_digest, error, traceback.
        """
        return self.frame(
            f"SELECT {_CELL_OF_FAMILY}, status, weights, model_key,"
            " digest AS model_digest, error, traceback"
            " FROM cells LEFT JOIN models USING (model_key) ORDER BY position"
        )

    def metrics(self) -> pd.DataFrame:
        """Return one row a figure: a cell's name, its family, rule, proba, metric, value."""
        return self.frame(
            f"SELECT {_CELL_OF_FAMILY}, rule, proba, metric, value"
            " FROM cells JOIN models USING (model_key) JOIN metrics ON model = models.id"
            " ORDER BY position, rule, proba, metric"
        ).astype({"value": "float64"})

    def timings(self) -> pd.DataFrame:
        """Return one row a cell and step: dataset, repeat, fold, library, arm, step, seconds."""
        return self.frame(
            f"SELECT {_CELL}, step, seconds"
            " FROM cells JOIN models USING (model_key) JOIN timings ON model = models.id"
            " ORDER BY position, step"
        ).astype({"seconds": "float64"})

    def curves(self) -> pd.DataFrame:
        """Return one row a cell and point of a curve: its name, curve, proba, place, x, y, n."""
        return self.frame(
            f"SELECT {_CELL}, curve, proba, place, x, y, n"
            " FROM cells JOIN models USING (model_key) JOIN curves ON model = models.id"
            " ORDER BY position, curve, proba, place"
        )

    def scores(self) -> Iterator[tuple[tuple[Any, ...], Scores]]:
        """Yield each cell's name, and its labels and log-odds by kind of probabilities."""
        query = (
            f"SELECT {_CELL}, proba, labels, logits"
            " FROM cells JOIN models USING (model_key) JOIN scores ON model = models.id"
            " ORDER BY position, proba"
        )
        for *cell, proba, labels, logits in self.rows(query):
            yield tuple(cell), Scores(proba, labels, logits)

    def predictions(self) -> Iterator[tuple[tuple[Any, ...], Predictions]]:
        """Yield each cell's name and the probabilities that were kept of it."""
        query = (
            f"SELECT {_CELL}, test_rows, proba"
            " FROM cells JOIN models USING (model_key) JOIN predictions ON model = models.id"
            " ORDER BY position"
        )
        for *cell, rows, proba in self.rows(query):
            yield tuple(cell), Predictions(rows=rows, proba=proba)

    def arms(self) -> dict[str, dict[str, Any]]:
        """Return the settings of each arm, by name."""
        return {
            name: json.loads(facts)
            for name, facts in self.rows("SELECT name, facts FROM arms ORDER BY position")
        }

    def datasets(self) -> dict[str, dict[str, Any]]:
        """Return the facts of each data set, and its digest, by name."""
        rows = self.rows("SELECT name, digest, facts FROM datasets ORDER BY rowid")
        return {name: {"digest": digest, **json.loads(facts)} for name, digest, facts in rows}

    def runs(self) -> list[dict[str, Any]]:
        """Return the facts of each run, the first one first."""
        return [json.loads(facts) for (facts,) in self.rows("SELECT facts FROM runs ORDER BY id")]

    def frame(self, query: str) -> pd.DataFrame:
        """Return the rows of a query."""
        columns, rows = self.table(query)
        return pd.DataFrame(rows, columns=columns)

    def _digest(self, subject: int) -> None:
        (digest,) = self._digests(subject).values()
        self.sql.execute("INSERT OR REPLACE INTO digests VALUES (?, ?)", [subject, digest])

    def _digests(self, *subjects: int) -> dict[int, str]:
        """Return the digests of what is stored, of all subjects or of some."""
        found: defaultdict[int, Any] = defaultdict(hashlib.sha256)
        some = "WHERE subject = ?" if subjects else ""
        for query in _DIGESTED:
            for subject, *row in self.sql.execute(f"SELECT * FROM ({query}) {some}", subjects):
                found[subject].update(repr(row).encode())
        return {subject: digest.hexdigest() for subject, digest in found.items()}

    def check(self) -> None:
        """Raise StoreError if something is not as it was stored.

        It looks once: it takes a second for some thousands of results.
        """
        if self._checked:
            return
        super().check()
        with self.transaction() as sql:  # of one moment
            kept = dict(sql.execute("SELECT subject, digest FROM digests"))
            found = self._digests()
        for subject, digest in kept.items():
            if found.get(subject) != digest:
                what = f"result {subject}" if subject else "the plan"
                raise self.damaged(f"{what} is not as it was stored")
        self._checked = True


def _values(cell: Cell) -> tuple[Any, ...]:
    where = (cell.dataset, cell.family, cell.repeat, cell.fold, cell.library, cell.arm)
    return (*where, cell.model_key, cell.regime)


def _schema() -> Iterator[str]:
    script = (resources.files("boostweights.benchmark.run") / "schema.sql").read_text(encoding="utf-8")
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
