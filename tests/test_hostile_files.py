"""Honest but hostile files become figures with at most one more option, and scored files with none."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import call, table, train_here
from hostile import HOSTILE, N, columns, written
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from boostweights.cli import session
from boostweights.cli.app import app
from boostweights.errors import InvalidValueError, printable
from boostweights.outofcore import count_parquet

COMMANDS = {
    "advise": ("advise", "{}", "--json"),
    "audit": ("audit", "params.json", "--library", "lightgbm", "--data", "{}", "--json"),
    "verify": ("verify", "{}", "--library", "lightgbm", "--trees", "2", "--json"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    train_here(monkeypatch)
    (tmp_path / "params.json").write_text(json.dumps({"class_weight": "balanced"}))
    return tmp_path


def need(name: str) -> None:
    if name == "xlsx":
        pytest.importorskip("python_calamine")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_needs_no_option(name: str, command: str, here: Path) -> None:
    need(name)
    file = written(here, name).name
    asked = [part.format(file) for part in COMMANDS[command]] + ["--target", "churn"]
    code, out, err = call(*asked)
    assert code in (0, 1), err
    assert json.loads(out) is not None


@pytest.fixture(params=["few", pytest.param("all", marks=pytest.mark.full)])
def libraries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which libraries compete: LightGBM, as if no other were installed, or all."""
    from boostweights.benchmark.compare import plan
    from boostweights.benchmark.plan.learners import LEARNERS

    if request.param == "few":
        known, lightgbm = plan.installed_distribution, LEARNERS["lightgbm"]
        monkeypatch.setattr(
            plan, "installed_distribution", lambda learner: known(learner) if learner == lightgbm else None
        )


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("name", HOSTILE)
def test_two_commands_lead_from_a_hostile_file_to_a_scored_file(name: str, here: Path) -> None:
    need(name)
    file = written(here, name).name
    code, _, err = call("compare", file, "--target", "churn")
    assert code == 0, err
    (run,) = (here / "runs").iterdir()
    code, out, err = call("predict", run, file, "-o", "scored.csv")
    assert code == 0, err
    assert out.startswith(f"scored.csv: {N} rows scored")
    assert out.strip().endswith("not used: 'churn'")  # and nothing else differs from the training rows
    scored = pd.read_csv("scored.csv")
    assert scored.columns.tolist() == ["label", "probability", "decision", "threshold"]
    assert len(scored) == N
    labels, flagged = np.array(columns()["churn"]), scored["probability"] >= scored["threshold"]
    assert roc_auc_score(labels, scored["probability"]) > 0.7
    assert scored["decision"].tolist() == flagged.tolist()
    assert scored["label"].tolist() == flagged.astype(int).tolist()


READ_AS = {
    "separator line": {"encoding": "utf-8-sig", "separator": ";"},
    "separators at ends": {"encoding": "utf-8", "separator": ";"},
    "semicolon": {"encoding": "utf-8", "separator": ";"},
    "decimal comma": {"encoding": "utf-8", "separator": ";", "decimal": ",", "thousands": "."},
    "UTF-16 with BOM": {"encoding": "utf-16", "separator": "\t"},
    "Latin-1": {"encoding": "cp1252", "separator": ","},
    "xlsx": {"sheet": "customers"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_was_read_is_what_was_written(name: str, here: Path) -> None:
    from boostweights.benchmark.compare.dataset import as_table_data
    from boostweights.tables.files import read_file
    from boostweights.tables.reading import Reading
    from boostweights.tables.roles import Roles

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
    abroad = name in ("Latin-1", "UTF-16 with BOM", "separator line")
    cities = ["Zürich", "Genève"] if abroad else ["Graz", "Linz", "Wien"]
    assert set(X["city"].cat.categories) == set(cities)


HOSTILE_NAMES = {
    "controls": b"a\x1b]0;title\x07\r\n\xc2\x9b2J\xe2\x80\xaeb",
    "no UTF-8": b"caf\xe9",
    "markup": b"[red]<b>{{x}}",
}
STEERING = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(params=HOSTILE_NAMES)
def hostile(request: pytest.FixtureRequest, here: Path) -> str:
    """The hostile name of a table; there is a CSV file of it, and other files without content."""
    name = os.fsdecode(HOSTILE_NAMES[request.param])
    table().to_csv(f"{name}.csv", index=False)
    Path(f"{name}.json").write_text('{"class_weight": "balanced"}')
    return name


def printed(*arguments: str) -> tuple[int, str, str]:
    """Return exit code and both outputs as a terminal gets them, but for the colour of an error."""
    done = CliRunner().invoke(app, arguments, color=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr.replace("\x1b[31m", "").replace("\x1b[0m", "")


NAMED_BY = {
    "advise": ("advise", "{}.csv", "--target", "bad"),
    "audit": ("audit", "{}.json", "--library", "lightgbm", "--data", "{}.csv", "--target", "bad"),
    "verify": ("verify", "{}.csv", "--target", "bad", "--library", "lightgbm", "--trees", "2"),
    "card write": ("card", "write", "{}.toml", "{}.csv", "--target", "bad"),
    "an unknown column": ("advise", "{}.csv", "--target", "{}"),
    "absent file": ("advise", "absent-{}.csv", "--target", "bad"),
    "absent card": ("card", "show", "{}"),
    "absent run": ("report", "{}"),
    "absent export": ("check-export", "{}"),
    "absent suite": ("bench", "--suite", "{}.toml"),
    "absent object": ("audit", "{}.py:clf"),
    "a folder that is a file": ("report", "x", "--out", "{}.csv"),
    "a command": ("{}",),
    "an option": ("advise", "--{}"),
}


@pytest.mark.parametrize("command", NAMED_BY)
def test_no_name_steers_the_terminal_or_ends_in_a_traceback(command: str, hostile: str) -> None:
    code, out, err = printed(*(part.format(hostile) for part in NAMED_BY[command]))
    assert code == (2 if command.startswith("a") and " " in command else code)
    assert not STEERING.search(out)
    assert not STEERING.search(err)
    if code == 2:
        assert err.startswith("error: ")
        assert err.count("\n") == 1


def test_a_comparison_of_a_hostile_name_is_printed_kept_reported_and_runs(here: Path) -> None:
    hostile = os.fsdecode(b"".join(HOSTILE_NAMES.values()))
    table().to_csv(f"{hostile}.csv", index=False)
    quick = ("--libraries", "lightgbm", "--policies", "balanced", "--folds", "2", "--trees", "2")
    code, out, err = printed("compare", f"{hostile}.csv", "--target", "bad", *quick, "--out", hostile)
    assert code == 0, err
    (run,) = Path(hostile).iterdir()
    code, *report = printed("report", str(run), "--json")
    assert code == 0
    page = (run / "report.html").read_text(encoding="utf-8").partition("<script")[0]
    for text in (out, err, *report, page, run.name):
        assert not STEERING.search(text)
    assert json.loads((run / "evidence.json").read_text())["table"]["name"] == printable(f"{hostile}.csv")
    done = subprocess.run([sys.executable, str(run / "recommended.py")], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("ending", [".parquet", ".xlsx", ".duckdb", "-folder", "-inside"])
def test_what_cannot_open_a_name_that_is_no_utf_8_is_refused_in_one_line(ending: str, here: Path) -> None:
    name = os.fsdecode(HOSTILE_NAMES["no UTF-8"])
    place, file = Path(name + ending), Path(name + ending)
    if ending.startswith("-"):
        place = Path("folder") if ending == "-inside" else place
        place.mkdir()
        file = place / (f"{name}.parquet" if ending == "-inside" else "1.parquet")
    beginnings = {".xlsx": b"PK\x03\x04", ".duckdb": b"00000000DUCK"}
    file.write_bytes(beginnings.get(ending) or table().to_parquet())
    sql = ("--sql", "SELECT 1") if ending == ".duckdb" else ()
    code, _, err = printed("advise", str(place), "--target", "bad", *sql)
    assert code == 2
    assert "must be UTF-8" in err
    assert err.count("\n") == 1
    if ending not in (".xlsx", ".duckdb"):
        with pytest.raises(InvalidValueError, match="must be UTF-8"):
            count_parquet(place, "bad")


def test_all_that_commands_print_goes_through_one_place() -> None:
    commands = Path(session.__file__).parent
    texts = {file.name: file.read_text() for file in commands.glob("*.py")}
    assert {name for name, text in texts.items() if "typer.echo(" in text} == {"session.py", "usage.py"}
    assert {name for name, text in texts.items() if re.search(r"(?<!\w)print\(|secho\(", text)} <= {
        "usage.py",
        "main.py",
    }
