"""Write docs/equivalence.md from measured results.

python -m benchmarks.equivalence.page
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.equivalence.identities import RUN, as_section

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "benchmarks" / "results" / "equivalence"
PAGE: Final = ROOT / "docs" / "equivalence.md"
LIBRARIES: Final = ("xgboost", "lightgbm", "catboost", "sklearn")
SIGNS: Final = {"identical": "=", "equivalent": "≈", "different": "≠", "refused": "–"}
INTERNAL: Final = {  # forms that become row weights inside the library: proved once, whatever their number
    "catboost": ("scale_pos_weight", "class_weights", "auto_class_weights"),
    "lightgbm": ("class_weight",),
    "sklearn": ("class_weight",),
}
Rows = list[dict[str, Any]]


def main() -> None:
    """Write docs/equivalence.md and the summary in docs/findings.md."""
    measured = {name: json.loads((RESULTS / f"{name}.json").read_text()) for name in LIBRARIES}
    metrics = pd.read_parquet(ROOT / RUN / "metrics.parquet")
    PAGE.write_text(f"{as_page(measured)}\n{as_section(metrics)}")


def proved(rows: Iterable[Mapping[str, Any]]) -> int:
    """Cells found identical on every data set; forms that become row weights inside count once."""
    holds: dict[Any, list[bool]] = defaultdict(list)
    for row in rows:
        internal = row["form"] in INTERNAL.get(row["library"], ())
        form = "row weights inside" if internal else row["form"]
        if row["claim"] == "identical":
            holds[row["library"], form, row["cell"], row["task"], row["policy"]].append(row["holds"] is True)
    return sum(all(each) for each in holds.values())


def as_summary(measured: Mapping[str, Any]) -> str:
    """A row a library and form: how many settings are identical, equivalent and different."""
    lines = [
        "| library | form | pins | identical | equivalent | different | pasted alone, off by up to |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for library, facts in measured.items():
        for form, rows in _by(facts["rows"], "form").items():
            claimed = [row for row in rows if row["claim"] in ("identical", "equivalent")]
            pins = sorted({f"`{name}={value}`" for row in claimed for name, value in row["pins"].items()})
            counts = [sum(row["claim"] == claim for row in rows) for claim in list(SIGNS)[:3]]
            lines.append(
                f"| {library} | `{form}` | {', '.join(pins)} | {' | '.join(map(str, counts))} "
                f"| {_largest(claimed, 'pasted_difference')} |"
            )
    count = sum(proved(facts["rows"]) for facts in measured.values())
    runs = sum(row["holds"] is not None for facts in measured.values() for row in facts["rows"])
    text = (
        f"{count} combinations of library, form, setting, task and policy are proved bit-identical, in\n"
        f"{runs} trainings beside row weights (the table counts each data set apart). The last column is\n"
        "how far probabilities move if the parameter alone is pasted, without pins and scale.\n"
    )
    return "\n".join([text, *lines, ""])


def as_page(measured: Mapping[str, Any]) -> str:
    """The page, up to the section of identities."""
    return "\n".join(
        [
            "# Which native forms are the same model\n",
            as_summary(measured),
            "Each claim was trained beside row weights on every data set, on one thread, with the pins on\n"
            "both sides (`make equivalence`, [results](../benchmarks/results/equivalence)).\n",
            "## Setting by setting\n",
            "| sign | what it says |\n|---|---|\n"
            "| = | identical: the same probabilities and trees, bit for bit |\n"
            "| ≈ | equivalent: within 1e-6, or a tie between splits is decided otherwise |\n"
            "| ≠ | different: another model; `to_native` refuses it unless asked for |\n"
            "| – | refused: the form cannot say the policy, or is ignored |\n",
            "Settings of equal results share a row. *Pasted* is how far probabilities move if the parameter\n"
            "alone is pasted, *pinned* with pins and scale: the largest of all.\n",
            '<div class="filtered" markdown>\n',
            _table(measured),
            "</div>\n",
            *(_trained(library, facts) for library, facts in measured.items()),
            "",
        ]
    )


def _trained(library: str, facts: Mapping[str, Any]) -> str:
    configuration = facts["configuration"]
    versions = ", ".join(f"{name} {version}" for name, version in configuration["versions"].items())
    data = ", ".join(sorted({name for names in configuration["data"].values() for name in names}))
    return (
        f"- **{library}**: {versions}; Python {configuration['python']}; {configuration['rows']} rows of "
        f"each of {data}; {configuration['trees']} trees; {configuration['date']}. "
        f"{proved(facts['rows'])} cells proved identical."
    )


def _table(measured: Mapping[str, Any]) -> str:
    lines = [
        "| form | settings | two classes | more | pasted | pinned | why |",
        "|---|---|---|---|---:|---:|---|",
    ]
    for library, facts in measured.items():
        for form, rows in _by(facts["rows"], "form").items():
            alike: dict[tuple[str, ...], list[Rows]] = defaultdict(list)
            for of_cell in _by(rows, "cell").values():
                said = [row for row in of_cell if row["claim"] != "refused"]
                why = "; ".join(dict.fromkeys(map(_why, said)))
                alike[_signs(of_cell, "binary"), _signs(of_cell, "multiclass"), why].append(of_cell)
            for (two, more, why), cells in alike.items():
                taken = [row for of_cell in cells for row in of_cell if row["claim"] != "refused"]
                names = "; ".join(of_cell[0]["cell"] for of_cell in cells)
                differences = [_largest(taken, name) for name in ("pasted_difference", "max_difference")]
                line = (f"{library} `{form}`", names, two, more, *differences, why)
                lines.append(f"| {' | '.join(line)} |")
    return "\n".join(lines) + "\n"


def _why(row: Mapping[str, Any]) -> str:
    """The sign of a claim and its reason, without the number of rows that a case has."""
    return f"{SIGNS[row['claim']]} {re.sub(r' of up to [0-9]+ rows', '', row['reason'])}"


def _signs(rows: Rows, task: str) -> str:
    """The signs of a setting's policies: one where all have it, else each with its policies."""
    claims: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["task"] == task:
            claims[row["policy"]].add(row["claim"])
    signs: dict[str, list[str]] = defaultdict(list)
    for policy, found in claims.items():
        signs["/".join(SIGNS[claim] for claim in SIGNS if claim in found)].append(policy)
    if len(signs) == 1:
        return next(iter(signs))
    refused = signs.pop(SIGNS["refused"], None)
    parts = [f"{sign} {' · '.join(policies)}" for sign, policies in signs.items()]
    return "; ".join([*parts, *[f"{SIGNS['refused']} the others"] * bool(refused)])


def _by(rows: Rows, name: str) -> dict[str, Rows]:
    grouped: dict[str, Rows] = defaultdict(list)
    for row in rows:
        grouped[row[name]].append(row)
    return grouped


def _largest(rows: Rows, name: str) -> str:
    values = [row[name] for row in rows if row.get(name) is not None]
    return f"{max(values):.2g}" if values else ""


if __name__ == "__main__":
    main()
