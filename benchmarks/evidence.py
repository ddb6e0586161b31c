"""What `boostweights.advise` knows: for each need and regime, which constant rule has the least regret.

python -m benchmarks.evidence benchmarks/results/{default,fixed}

A rule is an arm, read in one way: as it is, at another threshold, with other probabilities. Its regret on a
family of data sets is how far its figure is behind that of the rule which is best there with hindsight. Only
rules that every data set and library has compete, on data sets of two classes; of those that cannot be told
from the one of least regret the simplest is advised. Whether a choice by the
labels' counts gains anything is tried as well, each family's rule being chosen on the other families.
Writes boostweights/audits/advice/evidence.json, docs/advice-in-detail.md and the summary in docs/advice.md;
publishing a run does it, too.
"""

import argparse
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

from benchmarks.claims.results import read_results
from benchmarks.experiment.tables import long, replaced
from boostweights.audits.advice.evidence import Table, parse
from boostweights.audits.advice.ranking import ARMS, NOTHING, READINGS, SURE, named
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.metrics import ALARM_RATES, METRICS
from boostweights.benchmark.regimes import WORDS
from boostweights.benchmark.report.tables import by_regime
from boostweights.benchmark.stats import FEWEST_FAMILIES, LEVEL, mean_interval
from boostweights.recommendation.figures import Estimate
from boostweights.recommendation.needs import NEEDS

ROOT = Path(__file__).parents[1]
FILE = ROOT / "boostweights" / "audits" / "advice" / "evidence.json"
PAGE, DETAILS = ROOT / "docs" / "advice.md", ROOT / "docs" / "advice-in-detail.md"
PROBABILITIES = ROOT / "benchmarks" / "results" / "probabilities"
"""Where fitted corrections were measured, at the best number of rounds."""

ROUNDS = "best rounds"
TRAINED = {**WORDS, ROUNDS: "the number of rounds chosen by cross-validation, otherwise learning rate .1"}
ORDER = ("tuned", "stopped", "default", ROUNDS, "fixed")
"""Regimes, the most careful one first: advice takes the first that measured the need."""

METRIC_OF = {
    **{name: need.metric for name, need in NEEDS.items() if not need.promises},
    "alarms at recall >= 0.8": "alarms_at_recall_0.8",
    "recall at precision >= 0.5": "recall_at_precision_0.5",
    **{f"recall at alarm rate <= {rate:g}": f"recall_at_alarm_rate_{rate:g}" for rate in ALARM_RATES},
}
READ = {  # by need, the decision rules and the kinds of probabilities that it may use
    "decisions": (("0.5", "tuned"), ("raw",)),
    "costs": (("0.5", "cost"), ("raw", "corrected", "fitted")),
    "probabilities": (("none",), ("raw", "corrected", "fitted")),
}
ORDERED = (("none",), ("raw",))
"""Of all other needs, which only the order of rows decides."""

CUTS = {"imbalance_ratio": 15.0, "positives": 100.0}
"""Fixed before any run: where labels would be told apart."""

PACKAGES = ("boostweights", "xgboost", "xgboost-cpu", "lightgbm", "catboost", "scikit-learn")
_HEAD = """# Advice in detail

Each rule that [advice](advice.md) chose from, by need and regime: means over families of data sets,
libraries averaged, with .95 t intervals over families. *Advise, the family left out*: the rule is chosen on
all other families each time.
"""

KEYS = ["library", "family", "dataset"]
SIDE = ["arm", "rule", "proba"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one need in one regime: a row a family, a column a rule; more is better, whatever the metric."""

    need: str
    regime: str
    oriented: pd.DataFrame
    datasets: pd.DataFrame
    region: float
    price: float | None

    @property
    def lower(self) -> bool:
        """Whether less of the metric is better."""
        return METRICS[METRIC_OF[self.need]].lower

    def properties(self, column: str) -> pd.Series:
        """Of each family, the mean over its data sets."""
        return self.datasets.groupby("family")[column].mean().reindex(self.oriented.index)


def by_rule(metrics: pd.DataFrame, need: str) -> pd.DataFrame:
    """A row a family, a column a rule that every data set and library has; libraries are averaged first."""
    rules, kinds = READ.get(need, ORDERED)
    asked = metrics[
        (metrics["metric"] == METRIC_OF[need])
        & metrics["arm"].isin(ARMS)
        & metrics["rule"].isin(rules)
        & metrics["proba"].isin(kinds)
    ]
    weighted = asked["arm"].isin([arm for arm, how in ARMS.items() if "=" in how])
    raw = asked["proba"] == "raw"
    competing = asked[raw | (weighted & (asked["rule"] != "0.5"))]
    folds = competing.pivot(index=[*KEYS, "repeat", "fold"], columns=SIDE, values="value")
    wide = folds.groupby(level=KEYS).mean()
    if wide.empty:
        return wide
    nothing = wide.columns.get_level_values("arm") == NOTHING
    treated = wide.loc[:, nothing].notna().all(axis=1)  # a library with learners of its own has no such arm
    complete = wide[treated].dropna(axis=1)
    return complete.groupby(level=["family", "dataset"]).mean().groupby(level="family").mean()


def figures(
    metrics: pd.DataFrame, datasets: pd.DataFrame, rope: Mapping[str, float], price: float | None
) -> Iterator[Figures]:
    """Each need of each regime that has families enough."""
    binary = datasets[datasets["task"] == "binary"]
    metrics = metrics[metrics["metric"].isin(METRIC_OF.values())]
    for regime, part in by_regime(metrics[metrics["dataset"].isin(binary["dataset"])]).items():
        for need, metric in METRIC_OF.items():
            if metric not in METRICS:
                continue
            wide = by_rule(part, need)
            if len(wide) >= FEWEST_FAMILIES and wide.shape[1] > 1:
                yield Figures(
                    need=need,
                    regime=regime,
                    oriented=-wide if METRICS[metric].lower else wide,
                    datasets=binary[binary["dataset"].isin(part["dataset"].unique())],
                    region=rope[metric],
                    price=price if need == "costs" else None,
                )


def fitted_figures(folder: Path, rope: Mapping[str, float]) -> Figures:
    """The published run of corrections, at the best number of rounds."""
    frame = long(pd.read_parquet(folder / "metrics.parquet"))
    entries = catalogue().entries
    frame = frame[(frame["at"] == "best") & frame["dataset"].map(lambda name: entries[name].task == "binary")]
    kinds = frame["proba"].replace("analytic", "corrected")
    frame = frame.assign(proba=kinds)
    plain = (frame["arm"] == NOTHING) & (frame["proba"] == "corrected")  # nothing to correct
    used = [entries[name] for name in sorted(frame["dataset"].unique())]
    rows = [(each.name, each.family, each.imbalance_ratio, each.minority_count) for each in used]
    return Figures(
        need="probabilities",
        regime=ROUNDS,
        oriented=-by_rule(frame[~plain], "probabilities"),
        datasets=pd.DataFrame(rows, columns=["dataset", "family", *CUTS]),
        region=rope["log_loss"],
        price=None,
    )


def regrets(oriented: pd.DataFrame) -> pd.DataFrame:
    """By how much each rule is behind the best one with hindsight, family by family."""
    return oriented.rsub(oriented.max(axis=1), axis=0)


def chosen(oriented: pd.DataFrame) -> Any:
    """The rule of least regret; of those that cannot be told from it beyond doubt, the simplest."""
    least = oriented.mean().idxmax()
    rules: Any = oriented.columns.tolist()
    simplest = sorted(rules, key=_steps)
    return next(rule for rule in simplest if worse(oriented[rule] - oriented[least]) < SURE)


def _steps(rule: tuple[str, str, str]) -> tuple[int, int]:
    arm, decision, proba = rule
    return list(ARMS).index(arm), (decision in READINGS) + (proba in READINGS)


def worse(better: pd.Series, by: float = 0.0) -> float:
    """The probability that a mean over families is below -by: Student's posterior with a flat prior."""
    error = better.std() / math.sqrt(len(better))
    behind = float(-better.mean() - by)
    return float(behind > 0) if error == 0 else float(stats.t.cdf(behind / error, len(better) - 1))


def left_out(oriented: pd.DataFrame, parts: pd.Series | None = None) -> pd.Series:
    """The regret, on each family, of the rule that is chosen on the others (of the same part)."""
    regret, found = regrets(oriented), {}
    for family in oriented.index:
        alike = oriented if parts is None else oriented[parts == parts[family]]
        found[family] = regret.loc[family, chosen(alike.drop(family))]
    return pd.Series(found)


def tables(found: Figures) -> Iterator[dict[str, Any]]:
    """The table of all families; or one a part, where choosing by the part gains beyond doubt."""
    constant, level = left_out(found.oriented), 1 - (1 - LEVEL) / len(CUTS)
    parts, gains = [], []
    for column, cut in CUTS.items():
        below = found.properties(column) < cut
        if min(below.sum(), (~below).sum()) < FEWEST_FAMILIES:
            continue
        gain = mean_interval((constant - left_out(found.oriented, below)).to_numpy(), level)
        parts.append({"column": column, "cut": cut, "gain": _ends(gain)})
        if gain.low > 0:
            gains.append((gain.value, column, cut, below))
    if not gains:
        yield _table(found, found.oriented, parts, constant)
        return
    _, column, cut, below = max(gains, key=lambda one: one[0])
    advised = left_out(found.oriented, below)
    for inside, ends in ((below, (0.0, cut)), (~below, (cut, None))):
        yield _table(found, found.oriented[inside], parts, advised[inside], column, ends)


def _table(
    found: Figures,
    oriented: pd.DataFrame,
    parts: list[dict[str, Any]],
    advised: pd.Series,
    column: str = "",
    ends: tuple[float, float | None] = (0.0, None),
) -> dict[str, Any]:
    regret, start = regrets(oriented), chosen(oriented)
    by_regret = regret.mean().sort_values(kind="stable").index
    order = [start, *(rule for rule in by_regret if rule != start)]
    plain, _ = READ.get(found.need, ORDERED)
    nothing = (NOTHING, plain[0], "raw")
    sign = -1 if found.lower else 1
    inside = found.datasets[found.datasets["family"].isin(oriented.index)]
    return {
        "need": found.need,
        "regime": found.regime,
        "trained": TRAINED[found.regime],
        "metric": METRIC_OF[found.need],
        "lower": found.lower,
        "region": found.region,
        "families": len(oriented),
        "datasets": len(inside),
        "ranges": {name: [float(inside[name].min()), float(inside[name].max())] for name in CUTS},
        "price": found.price,
        "advised": _ends(mean_interval(advised.to_numpy())),
        "parts": parts,
        "column": column,
        "at_least": ends[0],
        "below": ends[1],
        "rules": [
            {
                **dict(zip(SIDE, rule, strict=True)),
                "mean": _rounded(sign * oriented[rule].mean()),
                "regret": _ends(mean_interval(regret[rule].to_numpy())),
                "best": _beside(oriented[rule] - oriented[start], sign, found.region),
                "nothing": _beside(oriented[rule] - oriented[nothing], sign, 0.0),
            }
            for rule in order
        ],
    }


def _beside(better: pd.Series, sign: int, by: float) -> list[float]:
    """The difference in the metric's unit, with its interval; the probability that it is worse by so much."""
    interval = mean_interval((sign * better).to_numpy())
    return [*_ends(interval), _rounded(worse(better, by))]


def _ends(interval: Any) -> list[float]:
    return [_rounded(interval.value), _rounded(interval.low), _rounded(interval.high)]


def _rounded(value: float) -> float:
    return round(float(value), 6)


def as_summary(found: Iterable[Table]) -> str:
    """A line a need, in the most careful regime that measured it: the rule advised, beside doing nothing."""
    lines = [
        "| need | regime | advised | figure | doing nothing | regret of advice |",
        "|---|---|---|---:|---:|---|",
    ]
    careful = {table.need: table for table in reversed(list(found))}
    for table in (careful[need] for need in METRIC_OF if need in careful):
        first = table.rules[0]
        nothing = first.mean - first.nothing.value
        lines.append(
            f"| [{table.need}](advice-in-detail.md#{_anchor(_title(table))}) | {table.regime} | "
            f"{named(first.rule)} | {first.mean:.3f} | {nothing:.3f} | {_written(table.advised, '.4f')} |"
        )
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    """What a heading is linked by."""
    return re.sub(r"[^\w -]", "", title.lower()).replace("  ", " ").replace(" ", "-")


def as_page(found: Iterable[Table]) -> str:
    """A table a need and regime: each constant rule, what advice does, and hindsight."""
    return "\n\n".join(map(_section, found)) + "\n"


def _title(table: Table) -> str:
    part = f", where {table.column} lies in [{table.at_least:g}, {table.below:g})" if table.column else ""
    return f"{table.need.capitalize()}, regime {table.regime}{part}"


def _section(table: Table) -> str:
    less = ", less is better" if table.lower else ""
    lines = [
        f"## {_title(table)}\n",
        f"{table.trained[0].upper()}{table.trained[1:]}; {table.metric}{less}; {table.families} families, "
        f"{table.datasets} data sets of two classes; region ±{table.region:g}.\n",
        "| rule | figure | regret | beside doing nothing | P(worse than nothing) | P(far behind the first) |",
        "|---|---:|---|---|---:|---:|",
        "| *the best with hindsight* | | 0 | | | |",
        f"| *advise, the family left out* | | {_written(table.advised, '.4f')} | | | |",
    ]
    for one in table.rules:
        lines.append(
            f"| {named(one.rule)} | {one.mean:.4f} | {_written(one.regret, '.4f')} | "
            f"{_written(one.nothing)} | {one.nothing.worse:.2f} | {one.best.worse:.2f} |"
        )
    tried = {
        part["column"]: _written(Estimate(**dict(zip(("value", "low", "high"), part["gain"], strict=True))))
        for part in table.parts
    }
    gains = "; ".join(
        f"{column} at {cut:g}: {tried.get(column, f'fewer than {FEWEST_FAMILIES} families on one side')}"
        for column, cut in CUTS.items()
    )
    does = "does" if table.column else "does not"
    lines.append(f"\nLess regret by a choice that depends on {gains}. Advice {does} depend on the counts.")
    return "\n".join(lines)


def _written(interval: Any, how: str = "+.4f") -> str:
    return f"{interval.value:{how}} ({interval.low:{how}} to {interval.high:{how}})"


def cost_ratio(suite: Mapping[str, Any]) -> float | None:
    """What a missed positive costs in false alarms; None where it is each data set's imbalance ratio."""
    costs = suite["costs"][""]
    return None if costs["fn"] == "imbalance" else costs["fn"] / costs["fp"]


def main(runs: Sequence[Path]) -> tuple[Table, ...]:
    """Weigh the rules of the runs, write what is told of them, and return their tables."""
    facts = json.loads((runs[0] / "run.json").read_text())
    results = read_results(runs)
    metrics = results.metrics[results.metrics["split"] == "group"]  # as people split who know no time
    found = [
        *figures(metrics, results.datasets, results.rope, cost_ratio(facts["suite"])),
        fitted_figures(PROBABILITIES, results.rope),
    ]
    found.sort(key=lambda one: ORDER.index(one.regime))
    plain = {
        "command": f"python -m benchmarks.evidence {' '.join(map(str, runs))}",
        "versions": {
            name: version for name, version in facts["versions"].items() if name in PACKAGES and version
        },
        "tables": [table for one in found for table in tables(one)],
    }
    FILE.write_text(f"{as_json(plain)}\n")
    known = parse(plain).tables
    DETAILS.write_text(f"{_HEAD}\n{as_page(known)}\nMade by `{plain['command']}`.\n")
    replaced(PAGE, "evidence", as_summary(known))
    return known


def as_json(value: Any, indent: str = "") -> str:
    """JSON that reads well in a diff: a table's fact a line, a rule a line."""
    inner = f"{indent} "
    if isinstance(value, dict) and ("tables" in value or "rules" in value):
        lines = [f"{inner}{json.dumps(name)}: {as_json(each, inner)}" for name, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"{inner}{as_json(each, inner)}" for each in value) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    main(parser.parse_args().runs)
