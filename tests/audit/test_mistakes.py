"""Each mistake is found, and not in its corrected twin; examples of the libraries raise no false alarm."""

import re
from typing import Any

import pytest
from audit.corpus import CAT, CORPUS, LGB, SKLEARN, XGB
from audit.mistakes import MISTAKES, Mistake
from libraries import needed

import boostweights as bw
from benchmarks.audit_page import PAGE, page
from boostweights.audits.audit import FUNCTIONS, RULES
from boostweights.audits.findings import catalogue

IDS = [f"{mistake.code}-{place}" for place, mistake in enumerate(MISTAKES)]


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
def test_a_mistake_is_found_and_its_mend_takes_the_finding_away(mistake: Mistake) -> None:
    found = mistake.made().audit()
    assert (mistake.code, mistake.where) in [(each.code, each.where) for each in found]
    raised = next(each for each in found if each.code == mistake.code)
    texts = {name: getattr(raised, name) for name in ("severity", "why", "mend")}
    assert texts.items() <= catalogue("audits")[mistake.code].items()
    mended = mistake.mended().audit()
    assert mistake.code not in mended.codes()
    assert mended.at_least("warning").codes() == []


def test_every_error_and_warning_has_a_mistake_and_half_come_from_public_threads() -> None:
    mistaken = {code for code, entry in catalogue("audits").items() if entry["severity"] != "info"}
    assert mistaken <= {mistake.code for mistake in MISTAKES}
    public = [mistake for mistake in MISTAKES if mistake.source.startswith("https://")]
    assert len({mistake.source for mistake in public}) >= len(MISTAKES) // 2


def test_every_code_has_a_rule_and_an_entry() -> None:
    assert {name.replace("_", "-") for name in FUNCTIONS} == set(catalogue("audits"))


def test_the_page_is_made_of_the_catalogue() -> None:
    assert PAGE.read_text() == page(), "write it anew: python -m benchmarks.audit_page"


@pytest.mark.parametrize("code", list(RULES))
def test_the_example_of_a_code_raises_it(code: str) -> None:
    section = PAGE.read_text().split(f"\n## {code}\n")[1].split("\n## ")[0]
    example = re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]
    head, call = re.split(r"^(?=bw\.audit)", example, flags=re.MULTILINE)
    for library in ("xgboost", "lightgbm", "catboost", "imblearn"):
        if library in example:
            needed(library)
    names: dict[str, Any] = {"bw": bw}
    exec(compile(head, str(PAGE), "exec"), names)
    assert code in eval(compile(call.strip(), str(PAGE), "eval"), names).codes()


@pytest.mark.parametrize("source", CORPUS)
def test_examples_of_the_libraries_raise_no_false_alarm(source: str) -> None:
    example = CORPUS[source]
    assert tuple(example.build().audit().at_least("warning").codes()) == example.expected


def test_the_corpus_holds_forty_configurations_of_all_libraries() -> None:
    assert len(CORPUS) >= 40
    for repository in (SKLEARN, XGB, LGB, CAT):
        examples = [example for source, example in CORPUS.items() if source.startswith(f"{repository}: ")]
        assert len(examples) >= 9
        assert any(not example.expected for example in examples)
