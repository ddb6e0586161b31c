"""Ten honest but hostile files become figures with at most one more option, which the first error names."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from commands import call
from hostile import HOSTILE, N, columns, written

from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import train

COMMANDS = {
    "compare": ("compare", "{}", "--libraries", "lightgbm", "--folds", "2", "--trees", "2", "--json"),
    "advise": ("advise", "{}", "--json"),
    "audit": ("audit", "params.json", "--library", "lightgbm", "--data", "{}", "--json"),
    "verify": ("verify", "{}", "--library", "lightgbm", "--trees", "2", "--json"),
}
NEEDS = {
    ("dates", "compare"): "--dates",
    ("dates", "verify"): "--dates",
    **{("missing target", command): "--drop-missing-target" for command in COMMANDS},
}
"""The option that one of them needs; no other does."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def local(models: Sequence[Model], seconds: float, jobs: int) -> Iterator[Result]:
        yield from map(train, models)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pools, "local", local)
    (tmp_path / "params.json").write_text(json.dumps({"class_weight": "balanced"}))
    return tmp_path


def need(name: str) -> None:
    if name == "xlsx":
        pytest.importorskip("python_calamine")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_needs_at_most_the_option_that_the_error_names(
    name: str, command: str, here: Path
) -> None:
    need(name)
    file = written(here, name).name
    asked = [part.format(file) for part in COMMANDS[command]] + ["--target", "churn"]
    code, out, err = call(*asked)
    if code == 2:
        named = re.search(r"Add (--[a-z-]+)", err)
        assert named is not None, err
        assert named[1] == NEEDS[name, command]
        code, out, err = call(*asked, *shlex.split(named[1]))
    else:
        assert (name, command) not in NEEDS
    assert code in (0, 1), err
    assert json.loads(out) is not None


READ_AS = {
    "semicolon": {"encoding": "utf-8", "separator": ";"},
    "decimal comma": {"encoding": "utf-8", "separator": ";", "decimal": ",", "thousands": "."},
    "UTF-16 with BOM": {"encoding": "utf-16", "separator": "\t"},
    "Latin-1": {"encoding": "cp1252", "separator": ","},
    "xlsx": {"sheet": "customers"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_was_read_is_what_was_written(name: str, here: Path) -> None:
    from boostweights.benchmark.compare.dataset import Roles, as_table_data
    from boostweights.tables.files import read_file
    from boostweights.tables.reading import Reading

    need(name)
    read = read_file(written(here, name), Reading())
    assert read.inferred == READ_AS.get(name, {"encoding": "utf-8", "separator": ","})
    roles = Roles(target="churn", dates="features", drop_missing_target=True)
    found = as_table_data(read, roles, name=name)
    X, table = found.dataset.X, columns()
    first = N - len(X)
    assert first == (name == "missing target")
    places = 2 if name == "decimal comma" else 3
    known = X["rate"].notna()
    assert (name in ("numbers as text", "xlsx")) == (not known.iloc[0])
    expected = [round(value, places) for value in table["rate"][first:]]
    assert X["rate"][known].tolist() == [value for value, there in zip(expected, known, strict=True) if there]
    assert X["balance"].tolist() == table["balance"][first:]
    assert found.dataset.y.tolist() == [str(label) for label in table["churn"][first:]]
    cities = ["Zürich", "Genève"] if name in ("Latin-1", "UTF-16 with BOM") else ["Graz", "Linz", "Wien"]
    assert set(X["city"].cat.categories) == set(cities)
