"""The run of a comparison on a table of one's own, made up: tables, recommendation, what its page draws."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from benchmark.report_runs import LIBRARIES, write_run, write_table

import boostweights as bw
from boostweights.audits.findings import Finding, Findings
from boostweights.benchmark.compare.recommend import Answer
from boostweights.benchmark.compare.results import keep_evidence
from boostweights.benchmark.digests import write_files
from boostweights.benchmark.report.content import FACTS
from boostweights.probabilities import Promised
from boostweights.recommendation.evidence import evidence
from boostweights.recommendation.options import Model, Rows
from boostweights.recommendation.recommend import Chosen, choose
from boostweights.recommendation.recommendation import recommended

ROWS = 800
COSTS = np.array([0.0, 1.0, 20.0, 0.0])
PROMISED = {"alarms at recall": Promised(recall=0.8), "recall at alarm rate": Promised(alarms=0.2)}
LATE = Finding(code="too-good", severity="warning", message="nearly perfect", why="It leaks.", mend="Look.")
EARLY = Finding(code="identifier", severity="warning", message="it names rows", why="By heart.", mend="Drop.")


def rows_of(seed: int = 0) -> Rows:
    y = np.random.default_rng(seed).random(ROWS) < 0.1
    return Rows(y=y, unit=np.arange(ROWS), fold=np.arange(ROWS) % 5)


def models_of(rows: Rows) -> list[Model]:
    """Two libraries, without weights and balanced, as trained and fitted; signal of their own."""
    found = []
    for at, library in enumerate(LIBRARIES):
        noise = np.random.default_rng(at).normal(size=ROWS)
        margin = 2.2 * rows.y + noise - 3.6
        for policy, shift in ((bw.Unweighted(), 0.0), (bw.Balanced(), 2.2)):
            for correction, moved in (("none", shift), ("fitted", 0.0)):
                proba = 1 / (1 + np.exp(-(margin + moved)))
                settings = {"n_estimators": 100, "random_state": 0, "n_jobs": 1}
                found.append(
                    Model(
                        library=library,
                        classifier="lightgbm:LGBMClassifier",
                        settings=settings,
                        policy=policy,
                        correction=correction,  # type: ignore[arg-type]
                        proba=proba,
                    )
                )
    return found


def chosen_of(need: str) -> tuple[Chosen, Rows]:
    rows = rows_of()
    return choose(models_of(rows), rows, need, costs=COSTS, promised=PROMISED.get(need), samples=60), rows


def answer_of(need: str, positive: Any = "yes") -> Answer:
    chosen, rows = chosen_of(need)
    costs = COSTS if need == "costs" else None
    best = recommended(chosen, need, positive)
    return Answer(
        recommendation=best,
        code=best.code,
        chosen=chosen,
        notes=("native, which is the same model in another form",),
        evidence=evidence(chosen, rows, costs),
    )


def table_facts(
    name: str = "table.csv", positive: Any = "yes", columns: tuple[str, ...] = ()
) -> dict[str, Any]:
    classes = {"no": 720, positive: 80} if positive is not None else {"a": 700, "b": 60, "c": 40}
    return {
        "name": name,
        "rows": ROWS,
        "sampled_from": None,
        "read_as": {},
        "groups": 90,
        "times": None,
        "costs": None,
        "split": "group",
        "training_rows": [640],
        "libraries": list(LIBRARIES),
        "not_installed": [],
        "tuned": [],
        "stages": [],
        "search": 0,
        "fitted": [],
        "promised": None,
        "unlabelled": 3,
        "target": "outcome",
        "classes": classes,
        "positive": positive,
        "numbers": ["age", "income", *columns],
        "categories": ["job"],
        "group": "person",
        "time": None,
        "dropped": ["id"],
        "missing_cells": 1234,
        "equal_rows": 0,
        "notes": {"age": "read as a number"},
        "guesses": {},
        "rate_change": None,
        "policies": ["unweighted", "balanced"],
        "folds": 5,
        "repeats": 1,
        "findings": [vars_of(EARLY)],
    }


def vars_of(finding: Finding) -> dict[str, str]:
    return {name: getattr(finding, name) for name in ("code", "severity", "message", "why", "mend")}


def write_own_run(
    directory: Path, need: str = "costs", *, reason: str = "", positive: Any = "yes", **facts: Any
) -> Path:
    """Write the run; with a reason, nothing is recommended."""
    write_run(directory, families=2)
    for file in directory.glob("*.parquet"):
        frame = pd.read_parquet(file)
        if "dataset" in frame:
            write_table(frame[frame["dataset"] == "set-01"], directory, file.stem)
    answer = answer_of(need, positive) if not reason else Answer(reason=reason)
    answer = replace(answer, notes=facts.pop("notes", answer.notes))
    write_files(directory, [(FACTS, json.dumps(answer.as_plain()).encode())])
    areas = {"age": 0.71, "income": 0.5, "job": 0.9996}
    keep_evidence(answer, table_facts(positive=positive, **facts), areas, Findings([LATE]), directory)
    return directory
