"""Every published verdict, made again from the Parquet files with pandas and scipy alone."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

ROOT = Path(__file__).parents[2]
CLAIMS = tomllib.loads((ROOT / "benchmarks/claims/claims.toml").read_text())["claim"]
ROPE = {  # committed with the suite
    **dict.fromkeys(("recall", "precision"), 0.02),
    **dict.fromkeys(("f1", "balanced_accuracy", "average_precision", "log_loss", "cost", "accuracy"), 0.01),
    **dict.fromkeys(("roc_auc", "brier"), 0.005),
    **dict.fromkeys(("calibration_slope", "calibration_intercept"), 0.1),
}
SPLITS = {"group": ("default", "fixed", "noise", "multiclass"), "time": ("ordered",)}
"""The runs that are judged, by how they split."""
KEYS = ["library", "family", "dataset", "fold"]


PAGE = (ROOT / "docs" / "claims-in-detail.md").read_text()
OVERVIEW = (ROOT / "docs" / "claims.md").read_text()
TOLD = re.findall(rf'<a id="(\w+?)-({"|".join(claim["id"] for claim in CLAIMS)})"></a>', PAGE)
"""Regime and claim of each section of the page."""


@pytest.fixture(scope="module")
def figures() -> dict[Any, pd.DataFrame]:
    """Regime, metric, split and task → figures of all runs that are judged."""
    found = []
    for split, runs in SPLITS.items():
        for folder in (ROOT / "benchmarks" / "results" / run for run in runs):
            if not folder.is_dir():
                continue
            tasks = pd.read_parquet(folder / "datasets.parquet").set_index("dataset")["task"]
            metrics = pd.read_parquet(folder / "metrics.parquet")
            if (folder / "calibration.parquet").exists():  # of all folds together
                calibration = pd.read_parquet(folder / "calibration.parquet")
                long = calibration.melt(
                    ["dataset", "library", "regime", "arm", "proba"], ["slope", "intercept"], "metric"
                )
                long["metric"] = "calibration_" + long["metric"]
                families = metrics.groupby("dataset")["family"].first()
                pooled = long.assign(family=long["dataset"].map(families), fold=0, rule="none")
                metrics = pd.concat([metrics, pooled])
            wanted = metrics[metrics["metric"].isin([claim["metric"] for claim in CLAIMS])]
            regime = wanted.get("regime", "fixed")
            found.append(wanted.assign(task=wanted["dataset"].map(tasks), split=split, regime=regime))
    words = ["regime", "metric", "split", "task"]
    quick = pd.concat(found).astype(dict.fromkeys([*words, "arm", "rule", "proba"], "category"))
    return dict(iter(quick.groupby(words, observed=True)))


def side(figures: pd.DataFrame, side: dict[str, str]) -> Any:
    chosen = figures
    for name, default in (("arm", None), ("rule", "0.5"), ("proba", "raw")):
        chosen = chosen[chosen[name] == side.get(name, default)]
    return chosen.set_index(KEYS)["value"]


def by_family(claim: dict[str, Any], regime: str, figures: dict[Any, pd.DataFrame]) -> pd.DataFrame:
    """A row a family, a column a library and their mean."""
    table = figures[regime, claim["metric"], claim.get("split", "group"), claim.get("task", "binary")]
    if "libraries" in claim:
        table = table[table["library"].isin(claim["libraries"])]
    a = side(table, claim["a"])
    b = side(table, claim["b"])
    if alone := claim["b"].get("library"):  # beside each library that has a
        b = b[b.index.get_level_values("library") == alone].droplevel("library")
        everywhere = dict.fromkeys(a.index.get_level_values("library").unique(), b)
        b = pd.concat(everywhere, names=["library"])
    moved = b - a
    if "floor" in claim:
        moved = moved.abs() - (side(table, claim["floor"]) - a).abs()
    means = moved.dropna().groupby(["library", "family", "dataset"]).mean()
    wide = means.groupby(["library", "family"]).mean().unstack("library")
    return wide.assign(all=wide.mean(axis=1))


def interval(values: pd.Series, level: float) -> tuple[float, float]:
    reach = stats.t.ppf((1 + level) / 2, len(values) - 1) * values.std() / len(values) ** 0.5
    return values.mean() - reach, values.mean() + reach


def answer(values: pd.Series, level: float, rope: float) -> str:
    low, high = interval(values, level)
    if low > rope:
        return "higher"
    if high < -rope:
        return "lower"
    return "equivalent" if low >= -rope and high <= rope else "unclear"


def section(claim: dict[str, Any], regime: str) -> str:
    return PAGE.split(f'<a id="{regime}-{claim["id"]}"></a>')[1].split("<a id=")[0].split("\n## ")[0]


@pytest.mark.parametrize(("regime", "name"), TOLD)
def test_a_published_verdict_is_what_pandas_and_scipy_find(
    regime: str, name: str, figures: dict[Any, pd.DataFrame]
) -> None:
    claim = next(claim for claim in CLAIMS if claim["id"] == name)
    text = section(claim, regime)
    published = re.search(r"\*\*(Higher|Equivalent|Lower|Unclear)\.\*\*", text)
    assert published is not None
    verdict = published[1].lower()
    values = by_family(claim, regime, figures)
    if values.empty:
        assert verdict == "unclear"
        assert "Not in this run" in text
        return
    level = 1 - 0.05 / Counter(one["group"] for one in CLAIMS)[claim["group"]]
    rope = claim.get("margin", ROPE[claim["metric"]])
    assert f"±{rope:g}" in text
    answers = set()
    rows = dict(re.findall(r"^\| (\w+) (\| \w+.*) \|$", text, re.M))
    assert set(rows) - {"library"} == set(values.columns)
    for library in values.columns:
        found = values[library].dropna()
        low, high = interval(found, level)
        cells = [cell.strip() for cell in rows[library].split("|")]
        assert cells[2:4] == [f"{found.mean():+.4f}", f"{low:+.4f} to {high:+.4f}"], library
        if len(found) < 10:
            answers.add("unclear")
            continue
        own = answer(found, level, rope)
        assert cells[1].split(" (")[0] == own, library
        without = {answer(found.drop(family), level, rope) for family in found.index}
        assert ("hangs on one family" in cells[1]) == (own != "unclear" and without != {own})
        answers |= {own} | without
    assert verdict == (answers.pop() if len(answers) == 1 else "unclear")  # the same everywhere, or none


def test_every_claim_is_told() -> None:
    assert {name for _, name in TOLD} == {claim["id"] for claim in CLAIMS}


def test_the_readme_tells_what_the_page_does() -> None:
    readme = (ROOT / "README.md").read_text().split("<!-- default:begin -->")[1].split("<!-- default:end")[0]
    [regime] = re.findall(r"^In the regime \*(\w+)\*", readme, re.M)
    told = re.findall(r"^- (.*?\.) \*\*(\w+)\*\*: (\S+) \((.*?)\), (\d+) data sets", readme, re.M)
    assert 1 <= len(told) <= 5
    part = OVERVIEW.split(f"## Regime {regime}")[1].split("\n## ")[0]
    for sentence, verdict, mean, ends, _ in told:
        line = next(line for line in part.splitlines() if line.startswith(f"| [{sentence}]"))
        assert f"| **{verdict.lower()}** | {mean} | {ends} |" in line
