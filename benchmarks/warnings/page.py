"""The page of what warnings say of honest tables, and of faults that were planted."""

import datetime
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.answer.measure import PLAN
from benchmarks.experiment.run import ROOT, versions
from benchmarks.experiment.tables import markdown, replaced
from benchmarks.warnings.skill import FEATURES, NEEDS, NOISE, POSITIVE_SHARE, ROWS, TABLES
from boostweights.benchmark.data.entries import catalogue
from boostweights.recommendation.skill import SIGNIFICANCE

CODES: Final = (
    *("leak", "too-good", "identifier", "date-as-number", "constant", "few-positives", "duplicates", "drift"),
)
ABOUT: Final = """\
Each set of the catalogue is a table that was looked at column by column: what is said of it is a *false
alarm*, unless it is so. It is so where the catalogue lists the constant columns, and where a share drifts
along a real time (beside it, random orders show how often chance alone is called a drift). A fault that needs
two classes, or more positives than a set has, is not planted there.

The sets are not new to the rules: `too-good` was set with the published figures known, `duplicates` asks for
half of a class, since a fifth was once said of `fars`. On tables that nobody has seen, expect more.
"""

AUC: Final = 0.7
POSITIVES: Final = 50
WEAKEST: Final = 5
ABOUT_SKILL: Final = f"""\
`boostweights compare` reports "no evidence of skill" unless a one-sided test at {SIGNIFICANCE:.0%} rejects
that the model's out-of-fold AUC is .5 (DeLong's variance, within folds). The tables of noise have
{ROWS} rows, {FEATURES} normal features and {POSITIVE_SHARE:.0%} positives, one table for each seed from 0.
The sets are those of `make answer`, at most {PLAN.rows} rows each, for the need costs. Models are LightGBM
of {PLAN.trees} trees with five folds, unweighted, balanced and with costs of 10 to 1.
"""


def write(facts: Mapping[str, Any], stated: pd.DataFrame, out: Path) -> None:
    """Write the page, and the table of skill in the documentation."""
    made = ", ".join(map(" ".join, versions().items()))
    text = (
        f"# Warnings about tables\n\nMade by `make warnings`: {len(facts['sets'])} data sets; {made}; Python "
        f"{platform.python_version()}; {datetime.date.today()}.\n\n{ABOUT}\n"
        f"## False alarms\n\n{_alarms(facts)}\n## What was said\n\n{_said(facts)}\n"
        f"## Planted faults\n\n{_planted(facts)}\n## No evidence of skill\n\n{_skill(stated)}"
    )
    (out / "README.md").write_text(text)
    about = f"{TABLES} tables of noise and the sets of the catalogue (`make warnings`,\n"
    link = "[how they were made](../benchmarks/results/warnings/README.md)).\n"
    replaced(ROOT / "docs" / "recommendation.md", "skill", f"{skill_counts(stated)}\n{about}{link}")
    print(text)


def said(facts: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return set, code, message and whether it is so."""
    found = [
        (name, code, message, _is_so(name, code))
        for name, findings in facts["findings"].items()
        for code, message in findings
    ]
    return found + [(name, "too-good", message, False) for name, message in facts["too_good"].items()]


def _is_so(name: str, code: str) -> bool:
    entry = catalogue().entries[name]
    return code == "drift" or (code == "constant" and bool(entry.constant))


def _alarms(facts: Mapping[str, Any]) -> str:
    found = said(facts)
    looked_at = {code: len(facts["sets"]) for code in CODES} | {"too-good": len(facts["models_of"])}
    looked_at["drift"] = sum(catalogue().entries[name].time is not None for name in facts["sets"])
    so_of = {code: [so for _, other, _, so in found if other == code] for code in CODES}
    rows = [[f"`{code}`", looked_at[code], len(so), sum(so), len(so) - sum(so)] for code, so in so_of.items()]
    false_sets = {name for name, _, _, so in found if not so}
    drifts = {name: count for name, count in facts["false_drifts"].items() if count is not None}
    orders = facts["orders"] * len(drifts)
    return (
        markdown(["finding", "sets", "said of", "so", "false alarms"], rows)
        + f"\nSets with a false alarm: **{len(false_sets)} of {len(facts['sets'])}** "
        f"({len(false_sets) / len(facts['sets']):.1%}). `drift` in random orders of {len(drifts)} sets: "
        f"{sum(drifts.values())} of {orders}.\n\n`too-good` was looked for in the models of the published "
        "suite fixed, all libraries and arms (`boostweights bench --suite fixed`).\n"
    )


def _said(facts: Mapping[str, Any]) -> str:
    rows = [[name, f"`{code}`", message, "yes" if so else "no"] for name, code, message, so in said(facts)]
    return markdown(["set", "finding", "said", "so"], rows, left=4)


def _planted(facts: Mapping[str, Any]) -> str:
    seen = pd.DataFrame(facts["planted"]).T
    rows = [
        [fault, ", ".join(column.index[column == False]), len(column), sum(column)]  # noqa: E712  elementwise
        for fault, column in ((fault, seen[fault].dropna()) for fault in seen)
    ]
    return markdown(["fault", "missed in", "planted in", "found in"], rows, left=2)


def _skill(stated: pd.DataFrame) -> str:
    sets = stated[stated["table"] != NOISE].sort_values("p_value", ascending=False)
    weakest = [
        [row.table, row.positives, f"{row.auc:.3f}", f"{row.p_value:.1e}"]
        for row in sets.head(WEAKEST).itertuples()
    ]
    return (
        f"{ABOUT_SKILL}\n{skill_counts(stated)}\nThe {WEAKEST} sets with the weakest evidence:\n\n"
        + markdown(["set", "positives", "AUC", "p-value"], weakest)
    )


def skill_counts(stated: pd.DataFrame) -> str:
    """How many tables are reported without evidence of skill, and for how many a model is recommended."""
    noise = stated["table"] == NOISE
    large = ~noise & (stated["auc"] > AUC) & (stated["positives"] >= POSITIVES)
    groups = {f"noise, for {need}": noise & (stated["need"] == need) for need in NEEDS}
    groups |= {
        f"sets with an AUC above {AUC} and at least {POSITIVES} positives": large,
        "the other sets": ~noise & ~large,
    }
    counts = [
        [name, rows.sum(), (rows & ~stated["evident"]).sum(), (rows & stated["model"]).sum()]
        for name, rows in groups.items()
    ]
    return markdown(["tables", "number", "no evidence of skill", "a model is recommended"], counts)
