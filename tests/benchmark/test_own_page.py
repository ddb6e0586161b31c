"""The page of a comparison: what it says is what was measured, in the order of the need; names stay text."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from benchmark.own_runs import answer_of, chosen_of, write_own_run
from documents import HOSTILE, Page, check_alone, check_is_text

from boostweights.benchmark.digests import write_files
from boostweights.benchmark.report.content import EVIDENCE, as_plain, make_report
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import tone
from boostweights.pages.document import short, whole


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_own_run(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def html(run: Path) -> str:
    return as_page(make_report(run))


def rows_of(html: str, table: str) -> list[list[str]]:
    """The cells of a table's rows, as text without tags."""
    found = re.search(rf'<table id="{table}".*?</table>', html, re.DOTALL)
    assert found is not None
    rows = re.findall(r"<tr.*?</tr>", found[0], re.DOTALL)
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_the_recommendation_comes_first_with_code_figures_and_certainty(html: str) -> None:
    best = answer_of("costs").recommendation
    assert best is not None
    text = Page(html).text
    first = text[: text.index("What competed")]
    assert best.code in first
    assert best.sure in first
    for figure in best.expected:
        assert short(figure.value) in first
        assert f"{short(figure.low)} to {short(figure.high)}" in first
    assert "unweighted, fitted correction, threshold of costs (0.0476)" in first
    assert "balanced beats" not in text


def test_none_of_the_benchmarks_sections_is_there(html: str) -> None:
    text = Page(html).text
    for word in ("Leaderboard", "Mean ranks", "Verdict", "undecided", "Effect by imbalance", "famil"):
        assert word not in text


def test_the_matrix_is_of_1000_rows_with_money(html: str) -> None:
    expected = answer_of("costs").evidence["expected"]
    found = re.search(r'<table class="matrix expected".*?</table>', html, re.DOTALL)
    assert found is not None
    for name, money in (("tn", None), ("fp", 1), ("fn", 20), ("tp", None)):
        one = expected[name]
        assert f"<b>{whole(one['value'])}</b><small>{whole(one['low'])} to {whole(one['high'])}" in found[0]
        if money is not None:
            assert f"cost {short(money * one['value'])}" in found[0]
    assert found[0].count("cost ") == 2  # right decisions cost nothing
    assert "actually no" in found[0]
    assert "predicted yes" in found[0]


@pytest.mark.parametrize(
    ("need", "heading"), [("costs", "cost a row"), ("decisions", "F1"), ("probabilities", "log loss")]
)
def test_everything_that_competed_is_sorted_by_the_need(tmp_path: Path, need: str, heading: str) -> None:
    chosen, _ = chosen_of(need)
    head, *rows = rows_of(as_page(make_report(write_own_run(tmp_path, need))), "options")
    assert head[0].startswith(heading)
    ranked = [(chosen.best, chosen.expected[0]), *chosen.rivals]
    figures = [
        (getattr(worth.option.model, "library", None), figure.value, figure.low, figure.high)
        for worth, figure in ranked
    ]
    different = dict.fromkeys(figures)  # the same figures are one row, which names all of its ways
    assert len(different) < len(figures)
    assert [row[1] for row in rows] == [short(value) for _, value, *_ in different]
    names = [name for row in rows for name in row[0].partition("the same: ")[2].split("; ") if name]
    assert len(names) == len(figures) - len(different)
    assert "recommended" in rows[0][0]
    assert sum("no model" in row[0] for row in rows) == (1 if need == "probabilities" else 3)


def test_differences_within_noise_are_neither_good_nor_bad(run: Path, html: str) -> None:
    report = make_report(run)
    metrics = pd.read_parquet(run / "metrics.parquet")
    tones = []
    for row in report.summary.rows:
        for name, difference in row.differences.items():
            if name in row.noise:
                tones.append(tone(report.figures.metrics[name], difference, row.noise[name]))
    assert tones.count("same") > 0.6 * len(tones)  # figures at random
    assert "better" in tones or "worse" in tones
    cells = re.findall(r'<small class="(\w+)">[+−]', html[html.index('id="figures"') :])
    assert sorted(cells) == sorted(
        [*tones, *["same"] * sum(len(row.differences) - len(row.noise) for row in report.summary.rows)]
    )
    recall = next(row for row in report.summary.rows if (row.library, row.policy) == ("lightgbm", "balanced"))
    pair = metrics[
        (metrics["library"] == "lightgbm") & (metrics["rule"] == "0.5") & (metrics["proba"] == "raw")
    ]
    wide = pair[pair["metric"] == "recall"].pivot(index="fold", columns="arm", values="value")
    apart = wide["balanced"] - wide["unweighted"]
    noise = 4.302652729696142 * (apart.var(ddof=1) * (1 / 3 + 1 / 2)) ** 0.5  # t(2) at 97.5 %, from a table
    assert recall.noise["recall"] == pytest.approx(noise)
    options = answer_of("costs").evidence["options"]
    different: dict[Any, Any] = {}
    for one in options:
        different.setdefault((one["library"], one["value"], one["low"]), one)
    coloured = re.findall(r'class="number (\w*)" data-label="difference"', html)
    assert coloured == [
        "same" if not one["beyond"] else "better" if one["value"] < options[0]["value"] else "worse"
        for one in different.values()
    ]


def test_columns_are_named_with_what_they_were_used_as(html: str) -> None:
    rows = {row[0]: row[1:] for row in rows_of(html, "columns")}
    assert rows["outcome"][0] == "target"
    assert rows["person"][0] == "groups of rows that stay together"
    assert rows["id"][0] == "left out"
    assert rows["age"] == ["number", "0.710", "read as a number"]
    assert rows["job"][:2] == ["category", "1.000"]


def test_warnings_stand_on_the_first_screen_and_in_full(html: str) -> None:
    text = " ".join(Page(html).text.split())
    assert "2 things about the table may make this worthless: identifier, too-good." in text
    assert "identifier: it names rows. By heart. Drop." in text
    assert "Left out: native, which is the same model in another form." in text


def test_named_thresholds_are_there_without_a_script(html: str) -> None:
    rows = rows_of(html, "thresholds")[1:]
    found = answer_of("costs").evidence["named"]
    names = [name for row in rows for name in row[1].split(", ")]
    assert sorted(names) == sorted(one["name"] for one in found)
    thresholds = [float(row[0]) for row in rows]
    assert thresholds == sorted(thresholds)


def test_without_a_recommendation_the_reason_stands_first(tmp_path: Path) -> None:
    reason = "a policy, a correction and a threshold are chosen of two classes"
    text = Page(as_page(make_report(write_own_run(tmp_path, reason=reason, positive=None)))).text
    assert "Nothing is recommended" in text
    assert reason[1:] in text
    assert "All figures" in text
    assert "Trade-off" not in text


def test_a_rule_without_a_model_is_recommended_in_words(tmp_path: Path) -> None:
    run = write_own_run(tmp_path)
    facts = json.loads((run / "recommendation.json").read_text())
    nobody = {"library": None, "name": "flag nobody", "threshold": None, "code": "# flag nobody"}
    write_files(run, [("recommendation.json", json.dumps(facts | nobody).encode())])
    found = json.loads((run / EVIDENCE).read_text())
    chosen = next(one for one in found["options"] if one["name"] == "flag nobody")
    rest = [one | {"role": "other"} for one in found["options"] if one is not chosen]
    changed = found | {"options": [chosen | {"role": "chosen"}, *rest]}
    write_files(run, [(EVIDENCE, json.dumps(changed).encode())])
    assert '<p class="choice">flag nobody</p>' in as_page(make_report(run))


def test_a_run_that_ended_before_its_evidence_was_kept_is_reported_still(tmp_path: Path) -> None:
    run = write_own_run(tmp_path)
    write_files(run, [(EVIDENCE, None)])
    assert 'id="best"' in as_page(make_report(run))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    run = write_own_run(tmp_path, name=HOSTILE, columns=(HOSTILE,), notes=(HOSTILE,), positive=HOSTILE)
    check_is_text(Page(as_page(make_report(run))), 6)


def test_the_page_is_one_file_that_needs_nothing_but_itself(html: str) -> None:
    check_alone(html)


def test_the_page_is_the_same_from_the_files_of_the_run(run: Path, html: str) -> None:
    assert as_page(make_report(run)) == html
    plain: dict[str, Any] = as_plain(make_report(run))
    assert plain["recommendation"]["need"] == "costs"
