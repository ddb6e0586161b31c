"""The journal: all or nothing of each change, whatever happens to the process."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan import Cell, Described
from boostweights.benchmark.store import SCHEMA_VERSION, Result, Store
from boostweights.errors import InvalidValueError

DATA = [Described(name="toy", digest="d", facts={"rows": 2})]


def cell(policy: str, key: str) -> Cell:
    return Cell(dataset="toy", fold=0, library="lightgbm", policy=policy, model_key=key)


def good(key: str, recall: float = 0.5) -> Result:
    return Result(
        model_key=key,
        status="ok",
        weights={"no": 1.0, "yes": 9.0},
        digest="abc",
        metrics={"recall": recall, "brier": float("nan")},
        seconds={"fit": 1.0, "fit_cpu": 0.5},
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store(tmp_path / "run" / "store.sqlite") as opened:
        opened.begin_run({"command": "x"}, DATA, [cell("unweighted", "k1"), cell("balanced", "k2")])
        yield opened


def test_a_result_serves_every_cell_that_names_its_model(store: Store) -> None:
    store.begin_run({}, DATA, [cell("unweighted", "k1"), cell("balanced", "k1"), cell("sqrt_balanced", "k2")])
    store.save(good("k1"))
    rows = store.cells()
    assert rows["status"].fillna("none yet").tolist() == ["ok", "ok", "none yet"]
    assert rows["weights"].tolist()[0] == '{"no": 1.0, "yes": 9.0}'
    assert rows["recall"].tolist()[:2] == [0.5, 0.5]
    assert set(METRICS) <= set(rows.columns)
    assert len(store.timings()) == 4


def test_cells_stay_in_the_plans_order_and_results_of_other_plans_are_kept_unreported(store: Store) -> None:
    store.save(good("k1"))
    store.begin_run({}, DATA, [cell("z", "k9"), cell("a", "k8")])
    assert store.cells()["policy"].tolist() == ["z", "a"]
    assert store.known() == {"k1"}


def test_saving_again_replaces(store: Store) -> None:
    store.save(good("k1", 0.1))
    store.save(Result(model_key="k1", status="error", error="E: no", traceback="…"))
    (first, _) = store.cells().to_dict("records")
    assert (first["status"], first["error"]) == ("error", "E: no")
    assert pd.isna(first["recall"])


def test_failures_are_forgotten_and_good_results_are_not(store: Store) -> None:
    store.save(good("k1"))
    store.save(Result(model_key="k2", status="timeout", error="late"))
    assert store.forget_failures() == 1
    assert store.known() == {"k1"}


def test_a_change_that_fails_half_way_leaves_nothing_of_it(store: Store) -> None:
    store.save(good("k1", 0.1))
    unstorable = Result(model_key="k1", status="ok", metrics={"recall": object()})  # type: ignore[dict-item]
    with pytest.raises(sqlite3.Error):
        store.save(unstorable)
    assert store.cells()["recall"][0] == 0.1
    with pytest.raises(sqlite3.IntegrityError):
        store.begin_run({}, DATA, [cell("a", "k1"), cell("a", "k2")])
    assert store.cells()["policy"].tolist() == ["unweighted", "balanced"]
    assert len(store.runs()) == 1


def test_a_process_killed_inside_a_change_leaves_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    script = f"""
import os, signal
from pathlib import Path
from boostweights.benchmark.store import Result, Store

class Kill(dict):
    def items(self):
        yield "fit", 1.0
        os.kill(os.getpid(), signal.SIGKILL)

store = Store(Path({str(path)!r}))
store.save(Result(model_key="whole", status="ok"))
store.save(Result(model_key="half", status="ok", metrics={{"recall": 1.0}}, seconds=Kill()))
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, env=_environment())
    assert done.returncode == -signal.SIGKILL
    with Store(path) as store:
        assert store.known() == {"whole"}
    with sqlite3.connect(path) as sql:
        assert sql.execute("SELECT count(*) FROM metrics").fetchone() == (0,)
    sql.close()


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_the_journal_is_a_write_ahead_log(store: Store) -> None:
    connection = sqlite3.connect(store.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


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


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(InvalidValueError, match="must be a SQLite file that opens"):
        Store(tmp_path / "store.sqlite")


def test_exported_tables_are_the_stores(store: Store, tmp_path: Path) -> None:
    store.save(good("k1"))
    store.export(tmp_path / "out")
    cells = pd.read_parquet(tmp_path / "out" / "cells.parquet")
    pd.testing.assert_frame_equal(cells, store.cells(), check_dtype=False)
    assert not {"fit", "fit_cpu", "seconds"} & set(cells)
    assert pd.read_parquet(tmp_path / "out" / "timings.parquet")["seconds"].tolist() == [1.0, 0.5]
