"""What a comparison writes: tables, what it recommends, a program that trains it, and its page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from string import Template
from typing import Any, Final

from boostweights.audits.findings import Findings
from boostweights.benchmark.compare.checks import too_good
from boostweights.benchmark.compare.dataset import Roles
from boostweights.benchmark.compare.describe import as_lines
from boostweights.benchmark.compare.recommend import Answer
from boostweights.benchmark.digests import write_files
from boostweights.benchmark.plan.learners import LEARNERS, installed_distribution, record_of_own
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.report.content import EVIDENCE, FACTS
from boostweights.benchmark.report.summary import Summary, summarize
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.report.write import write_page
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.store import Store
from boostweights.errors import printable
from boostweights.files import write_atomically
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.recommendation import Recommendation
from boostweights.tables.endings import SHEETS
from boostweights.tables.reading import Reading
from boostweights.tables.results import as_rows

NAME: Final = "recommended.py"

_SCRIPT: Final = Template('''\
"""$name, for $data.

    pip install "boostweights[$extras]"
    python recommended.py [FILE]

Made by boostweights compare. It trains on all rows and writes model.joblib and card.toml beside itself.
"""

import sys
from pathlib import Path

import joblib
$folders$imports
from boostweights.benchmark.compare.dataset import Roles, as_read, as_table_data
from boostweights.benchmark.plan.learners import features
from boostweights.tables.files import read_file
from boostweights.tables.endings import SHEETS
from boostweights.tables.reading import Reading

HERE = Path(__file__).resolve().parent
FILE = Path(sys.argv[1]) if len(sys.argv) > 1 else Path($path)
ROLES = Roles(
$roles
)


def rows(path):
    """Features and labels, as they were compared."""
    dataset = as_table_data(read_file(path, Reading($reading)), ROLES, name=path.name).dataset
    return features(dataset.X, $categories), as_read(dataset.y), dataset.group


X, y, groups = rows(FILE)
$made
$fit
joblib.dump(clf, HERE / "model.joblib")  # with policy, correction and threshold, in every library
bw.Card.of(clf, y, target=ROLES.target).write(HERE / "card.toml")
print("""\\
$expected
""")
''')

_NO_MODEL: Final = Template('''\
"""$name, for $data: no model is recommended.

Made by boostweights compare.
"""

print("""\\
$expected
""")
''')


def keep(answer: Answer, suite: Suite, directory: Path, roles: Roles, path: Path, reading: Reading) -> None:
    """Write ``recommendation.json`` and ``recommended.py`` into a run's directory, as `as_script` returns it.

    Where nothing is recommended, the program of an earlier call is removed.
    """
    facts = json.dumps(answer.as_plain(), indent=2, allow_nan=False).encode()
    write_files(directory, [(FACTS, facts)])
    (directory / NAME).unlink(missing_ok=True)
    if answer.recommendation is not None:
        script = as_script(answer.recommendation, suite, roles, path, reading)
        write_atomically(directory / NAME, script.encode())


def write_results(
    store: Store, answer: Answer, facts: Mapping[str, Any], areas: Mapping[str, float], directory: Path
) -> tuple[Summary, Findings]:
    """Write a run's tables and its page, and return its summary and what the results say of the table.

    Parameters
    ----------
    store : Store
        Where the results are.
    answer : Answer
        What is recommended.
    facts : mapping
        What was used as what, as `described` returns it.
    areas : mapping of str to float
        How well each column tells the classes apart alone.
    directory : Path
        The run's.
    """
    export(store, directory)
    summary = summarize(read_tables(directory))
    late = too_good({f"{row.library}, {row.policy}": row.means for row in summary.rows}, areas)
    keep_evidence(answer, facts, areas, late, directory)
    write_page(directory)
    return summary, late


def keep_evidence(
    answer: Answer, facts: Mapping[str, Any], areas: Mapping[str, float], late: Findings, directory: Path
) -> None:
    """Write into a run's directory what its page draws, so that `report` makes the same page again."""
    findings = [*facts["findings"], *as_rows(late.columns())]
    table = {
        **facts,
        "findings": findings,
        "areas": {name: round(area, 4) for name, area in areas.items()},
        "printed": as_lines(facts),
    }
    evidence = {**answer.evidence, "table": table}
    write_files(directory, [(EVIDENCE, json.dumps(evidence, allow_nan=False).encode())])


def as_script(
    recommendation: Recommendation, suite: Suite, roles: Roles, path: Path, reading: Reading
) -> str:
    """Return a program that trains what is recommended.

    Parameters
    ----------
    recommendation : Recommendation
        What to train.
    suite : Suite
        The comparison's: it knows where modules of the user's own are.
    roles : Roles
        What the file's columns are.
    path : Path
        The file.
    reading : Reading
        What was said of it.
    """
    about = {
        "name": _quoted(recommendation.name),
        "data": _quoted(printable(path.name)),
        "expected": _quoted(str(recommendation)),
    }
    if recommendation.library is None:
        return _NO_MODEL.substitute(about)
    code, _, fit = recommendation.code.rpartition("\n")
    imports, _, made = code.partition("\n\n")
    own = suite.own.get(recommendation.library)
    learner = LEARNERS[recommendation.library] if own is None else record_of_own(own)
    grouped = roles.group is not None and _holds_out(recommendation)
    return _SCRIPT.substitute(
        about,
        extras=",".join(_extras(recommendation.library, path)),
        folders="".join(f"sys.path.insert(0, {folder!r})\n" for folder in _folders(recommendation, suite)),
        imports=imports,
        path=repr(str(path.resolve())),
        roles="\n".join(f"    {name}={value!r}," for name, value in _said(roles)),
        reading=", ".join(f"{name}={value!r}" for name, value in _said(reading)),
        categories=repr(learner.categories),
        made=made,
        fit=fit.replace(")", ", groups=groups)") if grouped else fit,
    )


def _said(settings: Roles | Reading) -> list[tuple[str, Any]]:
    """What the user said of a file or its columns, and is not the usual."""
    return [
        (each.name, value)
        for each in fields(settings)
        if (value := getattr(settings, each.name)) != each.default
    ]


def _quoted(text: str) -> str:
    """Return a text as it stands between three double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _folders(recommendation: Recommendation, suite: Suite) -> list[str]:
    """Where modules of the user's own are, that it needs."""
    own = [suite.own.get(recommendation.library or "")]
    kind = type(recommendation.policy)
    named = f"{kind.__module__}:{kind.__qualname__}"
    own += [arm.policy.own for arm in suite.arms if arm.policy.kind == named]
    return sorted({each.folder for each in own if each is not None})


def _holds_out(recommendation: Recommendation) -> bool:
    """Whether its fit keeps rows apart from training, to correct or to promise by."""
    return recommendation.correction == "fitted" or isinstance(recommendation.threshold, Promised)


def _extras(library: str, path: Path) -> list[str]:
    """What the program needs beside boostweights itself, whose extras are named as the packages."""
    learner = LEARNERS.get(library)
    needed = ["card", "frames", *(["excel"] if path.name.lower().endswith(tuple(SHEETS)) else [])]
    if learner is None or learner.distributions == ("scikit-learn",):
        return needed
    provider = installed_distribution(learner) or learner.distributions[0]
    return [*needed, provider if provider in learner.distributions[1:] else library]
