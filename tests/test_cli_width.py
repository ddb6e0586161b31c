"""At 80 columns every command's answer is whole: no line is longer, no figure is cut or lost."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import call, table, train_here
from lightgbm import LGBMClassifier
from test_cli_usage import PLAIN

import boostweights as bw
from boostweights.cli import session

TINY = Path(__file__).parents[1] / "benchmarks" / "results" / "tiny"
SUITE = """
name = "mine"
title = "Mine"
libraries = ["lightgbm"]
policies = ["unweighted", "balanced", "sqrt_balanced"]
folds = 2
trees = 3
threads = 1
seed = 0
seconds_per_model = 60
[tables.loans]
path = "loans.csv"
target = "bad"
"""
LOANS = ("loans.csv", "--target", "bad")
ASKED: dict[str, tuple[str, ...]] = {
    "forms": (),
    "advise": (*LOANS, "--need", "decisions,probabilities", "--verbose"),
    "audit": ("train.py:twice", "--fail-on", "never"),
    "verify": (*LOANS, "--library", "lightgbm", "--trees", "2"),
    "promise": ("--recall", ".9", "--alarms", ".05"),
    "check-export": ("exported",),
    "card write": ("new.card.toml", *LOANS, "--force", "--policy", "Balanced(power=0.75)"),
    "card check": ("loans.card.toml", "fewer.csv", "--fail-on", "never"),
    "card show": ("loans.card.toml",),
    "card diff": ("loans.card.toml", "root.card.toml"),
    "compare": (
        *(*LOANS, "--libraries", "lightgbm,xgboost", "--folds", "2", "--trees", "20", "--fitted"),
        *("--policies", "unweighted,Balanced(power=0.75, cap=12.5, scale='majority')"),
        *("--at-least", "recall=.9", "--name", "compared"),
    ),
    "predict": ("runs/compared", "fewer.csv", "-o", "scored.csv", "--force"),
    "bench": ("--suite", "mine.toml"),
    "report": ("compared",),
}
"""Every command as it is asked; those that train find what the first asking trained."""

AS_THE_FILE = {"card show"}
"""What prints a file as it is, which another program may read."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with tables, cards, an exported model and runs; models are trained in this process."""
    folder = tmp_path_factory.mktemp("width")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train_here(patch)
        frame = table({0: 900, 1: 200})
        frame.to_csv("loans.csv", index=False)
        table({0: 500, 1: 60}).to_csv("fewer.csv", index=False)
        Path("mine.toml").write_text(SUITE)
        Path("train.py").write_text(
            "from lightgbm import LGBMClassifier\n"
            "twice = LGBMClassifier(scale_pos_weight=9.123456, class_weight='balanced')\n"
        )
        call("card", "write", "loans.card.toml", *LOANS)
        call("card", "write", "root.card.toml", *LOANS, "--policy", "sqrt_balanced")
        clf = bw.WeightedClassifier(LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1))
        bw.serving.export(clf.fit(frame[["income", "age"]], frame["bad"]), "exported", "native")
        code, _, err = call("compare", *ASKED["compare"])
        assert code == 0, err
        code, _, err = call("bench", *ASKED["bench"])
        assert code == 0, err
        yield folder


def answer(name: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command prints on a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(session, "on_terminal", lambda: True)
    code, out, err = call(*name.split(), *ASKED[name])
    assert code in (0, 1), err
    return out


def figures(text: str) -> set[str]:
    return set(re.findall(r"[-+]?\d[\d.,]*(?:e[-+]\d+)?", text))


@pytest.mark.parametrize("name", PLAIN)
def test_every_answer_is_whole_at_80_columns(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow, wide = (answer(name, columns, monkeypatch) for columns in (80, 500))
    assert figures(narrow) == figures(wide) != set()
    assert narrow.count("…") == wide.count("…")
    if name not in AS_THE_FILE:
        assert max(map(len, narrow.splitlines())) <= 80


def test_a_wide_terminal_is_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("forms", "compare", "verify"):
        narrow, wide = (answer(name, columns, monkeypatch) for columns in (80, 250))
        assert max(map(len, wide.splitlines())) > 80, name
        assert len(wide.splitlines()) < len(narrow.splitlines()), name


def test_a_line_stays_one_where_it_goes_into_a_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = call("audit", "train.py:twice")
    assert code == 1
    assert [line.split()[0] for line in out.splitlines()] == ["error", "info"]


def test_progress_is_plain_lines_where_there_is_no_terminal(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE"):  # by which rich takes a file for a terminal
        monkeypatch.setenv(variable, "1")
    code, _, err = call("bench", "--suite", "mine.toml", "--name", "again")
    lines = err.splitlines()
    assert code == 0
    assert lines[0].startswith("training 0/6 models")
    assert lines[-1].startswith("training 6/6 models")
    assert err.isascii()
    assert all(line.isprintable() for line in lines)


def test_what_takes_long_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with session.doing("what is quick"):
        pass
    monkeypatch.setattr(session, "_LONG", 0.01)
    with session.doing("what takes long"):
        time.sleep(0.5)
    assert capsys.readouterr().err == "what takes long\n"


def test_advice_is_a_dozen_lines(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    short, long = call("advise", *LOANS)[1], call("advise", *LOANS, "--verbose")[1]
    assert len(short.splitlines()) <= 15
    assert "WeightedClassifier(" in short
    assert "uncertainty" not in short
    assert long.count("uncertainty: ") == len(bw.advise({0: 900, 1: 200}).rows)
