"""The journal: all or nothing of each change, whatever happens to the process."""

import dataclasses
import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from boostweights.benchmark.digests import DIGESTS
from boostweights.benchmark.plan.arm import as_arm
from boostweights.benchmark.plan.plan import Cell
from boostweights.benchmark.plan.problem import Described
from boostweights.benchmark.run.export import TABLES, export
from boostweights.benchmark.run.result import Figure, Predictions, Result
from boostweights.benchmark.run.store import SCHEMA_VERSION, Store
from boostweights.errors import InvalidValueError
from boostweights.files import StoreError

DATA = [Described(name="toy", digest="d", facts={"rows": 2})]


def cell(arm: str, key: str) -> Cell:
    return Cell(dataset="toy", family="toys", repeat=0, fold=0, library="lightgbm", arm=arm, model_key=key)


def good(key: str, recall: float = 0.5) -> Result:
    return Result(
        model_key=key,
        status="ok",
        weights={"no": 1.0, "yes": 9.0},
        digest="abc",
        figures=(
            Figure("0.5", "raw", "recall", recall),
            Figure("tuned", "raw", "recall", 0.9),
            Figure("none", "raw", "brier", float("nan")),
        ),
        seconds={"fit": 1.0, "fit_cpu": 0.5},
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store(tmp_path / "run" / "store.sqlite") as opened:
        opened.begin_run({"command": "x"}, DATA, [cell("unweighted", "k1"), cell("balanced", "k2")])
        yield opened


def recalls(store: Store) -> list[float]:
    found = store.metrics()
    return found.loc[(found["rule"] == "0.5") & (found["metric"] == "recall"), "value"].tolist()


def test_a_result_serves_every_cell_that_names_its_model(store: Store) -> None:
    store.begin_run({}, DATA, [cell("unweighted", "k1"), cell("balanced", "k1"), cell("sqrt_balanced", "k2")])
    store.save(good("k1"))
    rows = store.cells()
    assert rows["status"].fillna("none yet").tolist() == ["ok", "ok", "none yet"]
    assert rows["weights"].tolist()[0] == '{"no": 1.0, "yes": 9.0}'
    assert recalls(store) == [0.5, 0.5]
    assert len(store.metrics()) == 6
    assert len(store.timings()) == 4
    assert store.model_seconds() == {"k1": 1.0}


def test_cells_stay_in_the_plans_order_and_results_of_other_plans_are_kept_unreported(store: Store) -> None:
    store.save(good("k1"))
    store.begin_run({}, DATA, [cell("z", "k9"), cell("a", "k8")])
    assert store.cells()["arm"].tolist() == ["z", "a"]
    assert store.known() == {"k1"}


def test_saving_again_replaces(store: Store) -> None:
    store.save(good("k1", 0.1))
    store.save(Result(model_key="k1", status="error", error="E: no", traceback="…"))
    (first, _) = store.cells().to_dict("records")
    assert (first["status"], first["error"]) == ("error", "E: no")
    assert recalls(store) == []
    assert len(store.timings()) == 0


def test_failures_are_forgotten_and_good_results_are_not(store: Store) -> None:
    store.save(good("k1"))
    store.save(Result(model_key="k2", status="timeout", error="late"))
    assert store.forget_failures() == 1
    assert store.known() == {"k1"}


def test_a_change_that_fails_half_way_leaves_nothing_of_it(store: Store) -> None:
    store.save(good("k1", 0.1))
    figures = (Figure("0.5", "raw", "recall", object()),)  # type: ignore[arg-type]
    unstorable = Result(model_key="k1", status="ok", figures=figures)
    with pytest.raises(sqlite3.Error):
        store.save(unstorable)
    assert recalls(store) == [0.1]
    with pytest.raises(sqlite3.IntegrityError):
        store.begin_run({}, DATA, [cell("a", "k1"), cell("a", "k2")])
    assert store.cells()["arm"].tolist() == ["unweighted", "balanced"]
    assert (len(store.runs()), store.rows("PRAGMA journal_mode")) == (1, [("wal",)])


def test_a_process_killed_inside_a_change_leaves_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    script = f"""
import os, signal
from pathlib import Path
from boostweights.benchmark.run.result import Figure, Result
from boostweights.benchmark.run.store import Store

class Kill(dict):
    def items(self):
        yield "fit", 1.0
        os.kill(os.getpid(), signal.SIGKILL)

store = Store(Path({str(path)!r}))
store.save(Result(model_key="whole", status="ok"))
figures = (Figure("0.5", "raw", "recall", 1.0),)
store.save(Result(model_key="half", status="ok", figures=figures, seconds=Kill()))
"""
    dies_in(script)
    with Store(path) as store:
        assert store.known() == {"whole"}
    with sqlite3.connect(path) as sql:
        assert sql.execute("SELECT count(*) FROM metrics").fetchone() == (0,)
    sql.close()


def dies_in(script: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", script], check=False, env=environment)
    assert done.returncode == -signal.SIGKILL


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    def open_and_close(_: int) -> None:
        Store(tmp_path / "store.sqlite").close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(open_and_close, range(32)))


def test_runs_keep_their_facts(store: Store) -> None:
    run = store.begin_run({"command": "y"}, DATA, [])
    store.end_run(run, {"finished": "now"})
    assert store.runs() == [{"command": "x"}, {"command": "y", "finished": "now"}]
    assert store.datasets() == {"toy": {"digest": "d", "rows": 2}}


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0])
def test_a_store_of_another_schema_is_refused_and_not_changed(tmp_path: Path, version: int) -> None:
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    with pytest.raises(InvalidValueError, match=f"schema {SCHEMA_VERSION}; got schema {version}"):
        Store(path)
    again = sqlite3.connect(path)
    assert again.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    again.close()


def test_a_file_that_is_no_database_or_a_place_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(InvalidValueError, match="must be a SQLite file that opens"):
        Store(tmp_path / "store.sqlite")
    with pytest.raises(StoreError, match="must be readable and writable"):
        Store(tmp_path / "store.sqlite" / "store.sqlite")


def test_exported_tables_are_the_stores(store: Store, tmp_path: Path) -> None:
    store.save(good("k1"))
    export(store, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {DIGESTS, *(f"{name}.parquet" for name in TABLES)}
    cells = pd.read_parquet(tmp_path / "out" / "cells.parquet")
    pd.testing.assert_frame_equal(cells.fillna(""), store.cells().fillna(""), check_dtype=False)
    assert not {"fit", "fit_cpu", "seconds"} & set(cells)
    assert pd.read_parquet(tmp_path / "out" / "timings.parquet")["seconds"].tolist() == [1.0, 0.5]


READERS = {
    "pandas": lambda path: pd.read_parquet(path).to_dict("records"),
    "polars": lambda path: pl.read_parquet(path).to_dicts(),
    "duckdb": lambda path: duckdb.sql(f"SELECT * FROM '{path}'").pl().to_dicts(),
}


@pytest.mark.parametrize("reader", READERS)
def test_exported_tables_are_readable_and_typed_alike_full_or_empty(
    reader: str, store: Store, tmp_path: Path
) -> None:
    arms = [as_arm("unweighted"), as_arm("balanced")]
    facts = {"rows": 2, "task": "binary", "imbalance_ratio": 1.5, "groups": None, "classes": {"a": 1}}
    described, cells = (
        Described(name="toy", digest="d", facts=facts),
        [cell("unweighted", "k1"), cell("balanced", "k2")],
    )
    store.begin_run({"command": "x"}, [described], cells, arms)
    export(store, tmp_path / "empty")
    store.save(dataclasses.replace(good("k1"), predictions=KEPT))
    export(store, tmp_path / "full")
    read = {path.stem: READERS[reader](path) for path in (tmp_path / "full").glob("*.parquet")}
    assert [row["model_key"] for row in read["cells"]] == ["k1", "k2"]
    figures = {(row["rule"], row["metric"]): row for row in read["metrics"]}
    row = figures["0.5", "recall"]
    assert (row["family"], row["arm"], row["proba"], row["value"]) == ("toys", "unweighted", "raw", 0.5)
    assert figures["none", "brier"]["value"] != 0.0
    assert [row["policy"] for row in read["arms"]] == ["Unweighted()", "Balanced()"]
    assert read["datasets"][0]["rows"] == 2
    assert pd.isna(read["datasets"][0]["groups"])
    assert json.loads(read["runs"][-1]["facts"]) == {"command": "x"}
    assert [(row["row"], row["label"]) for row in read["predictions"]] == [(7, 0), (7, 1), (3, 0), (3, 1)]
    assert [row["proba"] for row in read["predictions"]] == pytest.approx([0.25, 0.75, 0.5, 0.5])
    for table in TABLES:
        empty, full = (pq.read_schema(tmp_path / way / f"{table}.parquet") for way in ("empty", "full"))
        assert empty.equals(full), table


KEPT = Predictions.of(np.array([7, 3]), np.array([[0.25, 0.75], [0.5, 0.5]]))


def test_a_full_disk_is_one_line_and_what_was_saved_stays(store: Store) -> None:
    store.save(good("k1"))
    (pages,) = store.rows("PRAGMA page_count")[0]
    store.rows(f"PRAGMA max_page_count = {pages + 2}")  # SQLite then says what it says on a full disk

    def save_many() -> None:
        for number in range(100):
            store.save(good(f"k{number + 2}"))

    with pytest.raises(StoreError, match="no space left on the disk.*what was trained is stored"):
        save_many()
    saved = store.known()
    assert "k1" in saved
    assert store.rows("PRAGMA quick_check") == [("ok",)]
    store.rows(f"PRAGMA max_page_count = {pages + 1000}")
    store.save(good("after"))
    assert store.known() == saved | {"after"}


def test_tables_that_find_no_space_are_one_line(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(store, tmp_path)
    before = (tmp_path / "cells.parquet").read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"cells\.parquet: No space left on device"):
        export(store, tmp_path)
    assert (tmp_path / "cells.parquet").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_damaged_store_is_one_line_and_is_not_changed(store: Store) -> None:
    for number in range(50):
        store.save(good(f"k{number}"))
    store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    content = bytearray(store.path.read_bytes())
    for page in range(3, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    store.path.write_bytes(content)
    with Store(store.path) as again, pytest.raises(StoreError, match="must be"):
        again.claim()
    assert store.path.read_bytes() == bytes(content)


CHANGES = {
    "a label": "UPDATE models SET weights = replace(weights, '9.0', '8.0')",
    "a figure": "UPDATE metrics SET value = value + 1e-16 WHERE metric = 'recall' AND rule = '0.5'",
    "a figure is gone": "DELETE FROM metrics WHERE rule = 'tuned'",
    "a probability": "UPDATE predictions SET proba = zeroblob(length(proba))",
    "a step": "UPDATE timings SET step = 'fi' || 'x' WHERE step = 'fit'",
    "a result is gone": "PRAGMA writable_schema = 1; DROP TRIGGER undigested; DELETE FROM models",
    "a cell": "UPDATE cells SET fold = 1 WHERE arm = 'balanced'",
    "a data set": "UPDATE datasets SET facts = 'no JSON'",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("reads", [Store.claim, Store.metrics])
def test_what_is_not_as_it_was_stored_is_one_line(
    change: str, reads: Callable[[Store], object], store: Store
) -> None:
    store.save(dataclasses.replace(good("k1", 0.0), predictions=KEPT))
    store.close()
    with sqlite3.connect(store.path) as sql:
        sql.executescript(CHANGES[change])
    sql.close()
    with Store(store.path) as again, pytest.raises(StoreError, match="undamaged.* is not as it was stored"):
        reads(again)


@pytest.mark.parametrize("column", ["status", "model_key"])
def test_text_that_is_not_utf_8_is_one_line(column: str, store: Store) -> None:
    store.save(good("k1"))
    store.rows("DELETE FROM digests")
    store.rows(f"UPDATE models SET {column} = CAST(x'6fff' AS TEXT)")
    with pytest.raises(StoreError, match="must be readable.*UTF-8"):
        store.known() if column == "model_key" else store.rows("SELECT status FROM models")


def test_one_run_at_a_time_works_on_a_store(store: Store) -> None:
    store.claim()
    store.claim()  # once more by itself does no harm
    with Store(store.path) as other:
        assert other.known() == store.known()  # reading goes on
        with pytest.raises(StoreError, match=r"one run at a time may work on a store; got .*store\.sqlite"):
            other.claim()
    store.close()
    with Store(store.path) as other:
        other.claim()


def test_a_dead_process_claims_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    script = f"""
import os, signal
from pathlib import Path
from boostweights.benchmark.run.store import Store
store = Store(Path({str(path)!r}))
store.claim()
os.kill(os.getpid(), signal.SIGKILL)
"""
    dies_in(script)
    with Store(path) as store:
        store.claim()
