"""A policy, a learner, a metric and a table in a user's own files, run by the real command."""

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.compare.plan import table_file
from boostweights.benchmark.data.dataset import read
from boostweights.benchmark.foreign import foreign, is_foreign
from boostweights.benchmark.plan.arm import as_arm
from boostweights.benchmark.plan.learners import foreign_learner, parameters, record_of_own
from boostweights.benchmark.plan.plan import make_plan
from boostweights.benchmark.plan.suite import load_suite, parse_suite
from boostweights.benchmark.plan.weighting import as_spec
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page
from boostweights.errors import BoostweightsError, InvalidTypeError, InvalidValueError

OWN = '''
from dataclasses import dataclass
from fractions import Fraction

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from boostweights import Policy
from boostweights.adapters.record import Record
from boostweights.benchmark.metrics import Metric


@dataclass(frozen=True, kw_only=True, repr=False)
class Rarest(Policy):
    """The rarest class weighs more."""

    times: float = 3.0

    def ratios(self, counts):
        rarest = min(counts, key=counts.__getitem__)
        return {label: Fraction(self.times if label == rarest else 1) for label in counts}


@dataclass(frozen=True, kw_only=True, repr=False)
class Shared(Rarest):
    """It needs a setting."""

    share: float


class Shallow(HistGradientBoostingClassifier):
    """A learner."""

    def __init__(self, max_iter=10, max_depth=2, random_state=None):
        super().__init__(max_iter=max_iter, max_depth=max_depth, random_state=random_state)


ROUNDS = Record(classifier="mine:Shallow", distributions=("scikit-learn",), trees="max_iter", threads="")


def missed(y, decided):
    return ((y == 1) & (decided == 0)).sum() / len(y)


def spread(y, proba):
    return proba[:, 1].std()


MISSED = Metric(name="missed", of="decision", value=missed, lower=True, text="missed rows", heading="missed")
SPREAD = Metric(name="spread", of="score", value=spread, rope=0.05)
'''

SUITE = """
name = "own"
title = "Own"
libraries = ["sklearn", "mine:Shallow"]
policies = ["unweighted", "balanced", "mine:Rarest(times=4)"]
metrics = ["mine:MISSED", "mine:SPREAD"]
folds = 2
trees = 5
threads = 1
seed = 0
seconds_per_model = 60

[tables.people]
path = "people.csv"
target = "left"
positive = "yes"
drop = ["id"]

[[arm]]
name = "deep"
policy = {kind = "mine:Rarest", times = 2}
parameters = {max_depth = 6}

[rope]
missed = 0.002
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    sys.modules.pop("mine", None)  # pages of the documentation have one, too
    rng = np.random.default_rng(0)
    left = rng.random(300) < 0.2
    people = {"id": range(300), "age": rng.normal(size=300) + left, "pay": rng.normal(size=300)}
    pd.DataFrame(people | {"left": np.where(left, "yes", "no")}).to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "mine.py").write_text(OWN)
    (tmp_path / "own.toml").write_text(SUITE)
    yield tmp_path
    sys.modules.pop("mine", None)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "boostweights", *arguments]


def said(folder: Path, *arguments: str) -> str:
    """Call the command in a folder and return what it printed."""
    done = subprocess.run(command(*arguments), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bench(here: Path, *arguments: str) -> None:
    """Run the suite from elsewhere, in two processes."""
    elsewhere = here / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    said(elsewhere, "bench", "--suite", str(here / "own.toml"), "--out", str(here / "runs"), *arguments)


def keys(here: Path, run: str = "own") -> dict[tuple[object, ...], str]:
    cells = pd.read_parquet(here / "runs" / run / "cells.parquet")
    assert (cells["status"] == "ok").all(), cells["error"].tolist()
    names = cells[["library", "arm", "fold"]].itertuples(index=False, name=None)
    return dict(zip(names, cells["model_key"], strict=True))


@pytest.mark.full
def test_a_suite_of_ones_own_runs_goes_on_when_killed_and_is_reported_without_its_code(here: Path) -> None:
    running = subprocess.Popen(
        command("bench", "--suite", str(here / "own.toml"), "--out", str(here / "runs"), "--name", "killed"),
        cwd=here,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    store = here / "runs" / "killed" / "store.sqlite"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None and not results(store):
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert results(store) > 0
    bench(here, "--name", "killed")
    bench(here)
    assert keys(here, "killed") == keys(here)
    both = [pd.read_parquet(here / "runs" / run / "metrics.parquet") for run in ("own", "killed")]
    pd.testing.assert_frame_equal(*both)
    check_figures(both[0])
    check_reports(here)
    check_sources(here)


def results(store: Path) -> int:
    """How many models a store has; it is only read."""
    import sqlite3

    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as sql:
            found: int = sql.execute("SELECT count(*) FROM models").fetchone()[0]
            return found
    except sqlite3.OperationalError:
        return 0


def check_figures(metrics: pd.DataFrame) -> None:
    wide = metrics[metrics["rule"] == "0.5"].pivot(
        index=["library", "arm", "fold", "proba"], columns="metric", values="value"
    )
    rows = wide[["tp", "fp", "fn", "tn"]].sum(axis=1)
    np.testing.assert_allclose(wide["missed"], wide["fn"] / rows)
    assert set(metrics.loc[metrics["metric"] == "spread", "rule"]) == {"none"}
    assert set(metrics["library"]) == {"sklearn", "mine:Shallow"}
    recall = wide["recall"].groupby("arm").mean()
    assert recall["mine:Rarest(times=4)"] > recall["unweighted"]


def check_reports(here: Path) -> None:
    """A report imports nothing of the user's own: its file is away."""
    (here / "mine.py").rename(here / "away.py")
    made = make_report(here / "runs" / "own")
    assert "missed" in [metric.heading for metric in made.summary.columns.values()]
    page = as_page(made)
    found = re.search(r'\{[^{}]*"missed rows"[^{}]*\}', page)
    assert found is not None
    assert (told := json.loads(found[0]))["lower"]
    assert told["rope"] == 0.002
    (here / "away.py").rename(here / "mine.py")


def check_sources(here: Path) -> None:
    """Another source, another key; of what does not use it, if metrics are not of one's own, the same."""
    text = (here / "own.toml").read_text()
    (here / "own.toml").write_text(
        text.replace('metrics = ["mine:MISSED", "mine:SPREAD"]', "").split("[rope]")[0]
    )
    bench(here, "--name", "before")
    (here / "mine.py").write_text(OWN + "\n# another comment\n")
    bench(here, "--name", "after")
    before, after = keys(here, "before"), keys(here, "after")
    changed = {name for name in before if before[name] != after[name]}
    arms = ("mine:Rarest(times=4)", "deep")
    assert changed == {name for name in before if name[0] == "mine:Shallow" or name[1] in arms}
    assert set(keys(here).values()).isdisjoint(before.values())


def test_compare_takes_policies_and_learners_of_ones_own(here: Path) -> None:
    options = ["--target", "left", "--positive", "yes", "--drop", "id", "--folds", "2", "--trees", "3"]
    own = ["--policies", "balanced,mine:Rarest(times=4, power=0.5)", "--libraries", "mine:Shallow"]
    rows = json.loads(said(here, "compare", "people.csv", *options, *own, "--json"))["rows"]
    assert [row["policy"] for row in rows] == ["unweighted", "balanced", "mine:Rarest(times=4, power=0.5)"]
    (directory,) = (here / "runs").iterdir()
    cells = pd.read_parquet(directory / "cells.parquet").set_index("arm")
    weights = json.loads(cells.loc["mine:Rarest(times=4, power=0.5)", "weights"].iloc[0])
    assert weights == {"no": 1.0, "yes": 2.0}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("mine:Rarest(", "mien:Rarest(", r"got ModuleNotFoundError: .*Did you mean 'mine'\?"),
        ("mine:Rarest(", "mine:Rarer(", r"mine:Rarer must be there.*Did you mean 'Rarest'\?"),
        ("mine:Rarest(", "mine:missed(", "must be a class that derives from Policy"),
        ("mine:Rarest(times=4)", "mine:Rarest(tims=4)", "argument 'tims'"),
        ("mine:Rarest(times=4)", "mine:Rarest(times=print())", "with literal values"),
        ("mine:Rarest(times=4)", "mine:Rarest(times='x')", "must resolve to weights of labels 0 and 1"),
        ("mine:Rarest(times=4)", "mine:Shared(times=4)", "missing.*'share'"),
        ('"mine:Shallow"', '"mine:OWN"', "got 'OWN'"),
        ("mine:MISSED", "mine:missed", "mine:missed must be a Metric"),
        ("mine:MISSED", "net_benefit_2", "must be net_benefit_T, T between 0 and 1"),
        ("missed = 0.002", "mised = 0.002", r"got 'mised'\. Did you mean 'missed'\?"),
        ("[tables.people]", "[tables.yeast4]", "names that the catalogue has not; got 'yeast4'"),
        ('target = "left"', 'traget = "left"', r"\[tables.*\] of a suite .*Did you mean 'target'\?"),
        ("{max_depth = 6}", "{max_depth = 2026-01-01}", r"arm\[0\].parameters.*line 22\)"),
        ("parameters = {max", "dummy = true\nparameters = {max", "a dummy has no other settings"),
    ],
)
def test_what_cannot_serve_is_told_before_anything_is_trained(
    here: Path, before: str, after: str, message: str
) -> None:
    assert before in SUITE
    (here / "own.toml").write_text(SUITE.replace(before, after, 1))
    with pytest.raises((InvalidValueError, InvalidTypeError), match=f"(?s){message}") as raised:
        load_suite(str(here / "own.toml"))
    assert raised.value.mend


def test_a_file_that_raises_is_told_by_its_error(here: Path) -> None:
    (here / "raises.py").write_text("1 / 0")
    with pytest.raises(BoostweightsError, match="ZeroDivisionError.*Import it with python first"):
        foreign("raises:X", here, "anything", callable)


def test_an_installed_object_is_told_apart_by_its_distribution(here: Path) -> None:
    found, _ = foreign("sklearn.dummy:DummyClassifier", here, "a class", callable)
    assert re.fullmatch(r"scikit-learn==\d+\.\d+.*", found.source)
    mine, _ = foreign("mine:Rarest", here, "a class", callable)
    assert re.fullmatch("sha256:[0-9a-f]{64}", mine.source)


def test_a_learner_is_trained_by_its_parameters_names_or_as_its_record_says(here: Path) -> None:
    by_name, by_record = (
        record_of_own(found)
        for name in ("mine:Shallow", "mine:ROUNDS")
        if (found := foreign_learner(name, here)) is not None
    )
    asked = {"trees": 7, "seed": 3, "threads": 1, "categorical": ()}
    assert parameters(by_name, **asked) == {"max_iter": 7, "random_state": 3}
    assert parameters(by_record, **asked) == {"max_iter": 7, "random_state": 3}
    assert foreign_learner("lightgbm", here) is None


def test_a_table_in_order_of_time_keeps_its_times(here: Path) -> None:
    (here / "own.toml").write_text(SUITE.replace('drop = ["id"]', 'time = "id"'))
    suite = load_suite(str(here / "own.toml"))
    dataset = read(table_file("people", suite.tables["people"], here / "run"))
    assert dataset.time is not None
    assert dataset.time.tolist() == list(range(300))
    assert list(dataset.X.columns) == ["age", "pay"]


@pytest.mark.full
def test_a_table_of_a_suite_is_read_as_people_have_it(here: Path) -> None:
    frame = pd.read_csv(here / "people.csv")
    plain = read(table_file("people", load_suite(str(here / "own.toml")).tables["people"], here / "run"))
    frame["since"] = "31.12.2025"
    frame.loc[len(frame)] = [999, 1.0, 1.0, None, "1.1.2026"]
    frame.to_csv(here / "people.csv", index=False, sep=":", decimal=",", encoding="utf-16-le")
    said = 'drop = ["id"]\nsep = ":"\nencoding = "utf-16-le"\ndates = "drop"\ndrop_missing_target = true'
    (here / "own.toml").write_text(SUITE.replace('drop = ["id"]', said))
    found = read(table_file("people", load_suite(str(here / "own.toml")).tables["people"], here / "run"))
    pd.testing.assert_frame_equal(found.X, plain.X)
    assert found.y.tolist() == plain.y.tolist()


def test_a_model_is_trained_where_nothing_but_itself_says_where_its_code_is(here: Path) -> None:
    suite = load_suite(str(here / "own.toml"))
    plan = make_plan(suite, {"people": table_file("people", suite.tables["people"], here / "run")})
    deep = [plan.models[cell.model_key].recipe for cell in plan.cells if cell.arm == "deep"]
    assert {recipe.parameters["max_depth"] for recipe in deep} == {6}
    model = next(each for each in plan.models.values() if each.library == "mine:Shallow")
    (here / "model.pickle").write_bytes(pickle.dumps(model))
    code = (
        "import pickle, sys; from boostweights.benchmark.run.train import train\n"
        "with open(sys.argv[1], 'rb') as file: found = train(pickle.load(file))\n"
        "print(*{each.metric for each in found.figures})"
    )
    worker = [sys.executable, "-c", code, str(here / "model.pickle")]  # as on a cluster
    done = subprocess.run(worker, capture_output=True, text=True, check=True)
    assert {"missed", "spread"} <= set(done.stdout.split())


def test_a_suite_like_another_may_be_of_tables_of_ones_own() -> None:
    text = 'like = "tiny"\nname = "more"\n[tables.t]\npath = "x.csv"\ntarget = "y"'
    found = parse_suite(text, folder=Path("there"))
    assert (found.data, found.tables["t"].path) == (("t",), str(Path("there", "x.csv")))


def test_names_with_a_module() -> None:
    assert is_foreign("a.b:C")
    assert not is_foreign("a:b c")
    for wrong in ("a:B(1)", "a:B(x=1", "a:B(**{})", "a:B(x=y)", "a:B(x=1)(y=2)"):
        with pytest.raises(InvalidValueError, match="literal values|are named"):
            as_spec(wrong)


def test_arms_without_parameters_say_nothing_of_them() -> None:
    assert "parameters" not in as_arm("balanced").facts()
    assert as_arm({"name": "deep", "parameters": {"max_depth": 6}}).facts()["parameters"] == {"max_depth": 6}
    assert not {"metrics", "tables", "own"} & set(load_suite("tiny").facts())
    assert parse_suite(f"like = 'tiny'\n{SUITE.splitlines()[1]}").rope["roc_auc"] == 0.005
