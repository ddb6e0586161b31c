"""No error and no warning on what the libraries themselves show, unless the example holds a mistake."""

from __future__ import annotations

import pytest
from audit.corpus import CORPUS, Example


@pytest.mark.parametrize("example", CORPUS, ids=lambda example: example.source)
def test_examples_of_the_libraries_raise_no_false_alarm(example: Example) -> None:
    assert tuple(example.build().audit().at_least("warning").codes()) == example.expected


def test_the_corpus_holds_forty_configurations_of_all_libraries() -> None:
    assert len({example.source for example in CORPUS}) == len(CORPUS) >= 40
    for repository in (
        "scikit-learn/scikit-learn",
        "dmlc/xgboost",
        "lightgbm-org/LightGBM",
        "catboost/catboost",
    ):
        own = [example for example in CORPUS if example.source.startswith(f"{repository}: ")]
        assert len(own) >= 9
        assert any(not example.expected for example in own)
