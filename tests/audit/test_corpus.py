"""No error and no warning on what the libraries themselves show, unless the example holds a mistake."""

from __future__ import annotations

import pytest
from audit.corpus import CAT, CORPUS, LGB, SKLEARN, XGB


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
