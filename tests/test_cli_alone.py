"""The command line with what `pip install boostweights[cli]` brings and nothing else."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from environments import ROOT, required
from packaging.utils import canonicalize_name

WITHOUT = """
import sys
absent = set(sys.argv.pop(1).split(","))
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from boostweights.cli.main import main
main()
"""


def absent_modules() -> str:
    here = {"boostweights", *required(["cli"])}
    return ",".join(
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if not here & set(map(canonicalize_name, owners))
    )


def called(directory: Path, absent: str, *arguments: str) -> tuple[int, str, str]:
    path = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, absent, *arguments],
        cwd=directory,
        env=path,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = pa.table({"y": ["no"] * 90 + ["yes"] * 10, "x": rng.normal(size=100), "c": ["a", "b"] * 50})
    pacsv.write_csv(rows, tmp_path / "t.csv")
    pq.write_table(rows, tmp_path / "t.parquet")
    settings = {"class_weight": "balanced", "n_estimators": 5}
    (tmp_path / "p.json").write_text(json.dumps(settings))
    return tmp_path


def test_tables_are_read_with_the_command_lines_packages_alone(tables: Path) -> None:
    absent = absent_modules()
    assert {"pandas", "xgboost", "pytest"} <= set(absent.split(","))
    for command in (
        ("advise", "t.csv", "--target", "y", "--fn", "20", "--positive", "yes"),
        ("audit", "p.json", "--library", "sklearn", "--data", "t.parquet", "--target", "y"),
        ("card", "write", "w.card.toml", "t.parquet", "--target", "y", "--force"),
        ("card", "check", "w.card.toml", "t.csv"),
    ):
        usual = called(tables, "", *command)
        assert usual[0] in (0, 1)
        assert usual[1]
        assert called(tables, absent, *command) == usual


def test_what_needs_more_names_its_extra(tables: Path) -> None:
    absent = absent_modules()
    for more, mend in ((["--sql", "SELECT * FROM data", "--sep", ","], ""), ([], ", or add --sep ','")):
        asked = called(tables, f"{absent},duckdb", "advise", "t.csv", "--target", "y", *more)
        assert asked[0] == 2
        assert "duckdb" in asked[2]
        assert f"pip install 'boostweights[cli]'{mend}" in asked[2]
    assert called(tables, f"{absent},duckdb", "advise", "t.csv", "--target", "y", "--sep", ",")[0] == 0
    (tables / "t.xlsx").write_bytes(b"PK\x03\x04")
    asked = called(tables, f"{absent},python_calamine", "advise", "t.xlsx", "--target", "y")
    assert asked[0] == 2
    assert "pip install 'boostweights[excel]'" in asked[2]
    verified = called(tables, absent, "verify", "t.csv", "--target", "y", "--library", "lightgbm")
    assert verified[0] == 2
    assert "verify needs pandas" in verified[2]
    assert "pip install 'boostweights[frames]'" in verified[2]
