"""One vocabulary of needs: a name that one reader knows all accept, or refuse for lack of evidence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import boostweights as bw
from boostweights.audits.advice.advise import as_needs
from boostweights.audits.advice.evidence import shipped
from boostweights.benchmark.compare.recommend import need_of
from boostweights.benchmark.report.board import GOALS
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.needs import IN_WORDS, NAMES, NEEDS, RATES, named, promised_need

ASKED = [name if name not in RATES else f"{name} {RATES[name]} 0.8" for name in NAMES]
FIGURES = {
    "f1": "decisions",
    "cost": "costs",
    "log_loss": "probabilities",
    "average_precision": "ranking",
    "alarms_per_1000": "alarms at recall",
}
OTHER_WORDS = [*FIGURES, "recall", "alarms", "precision", "found", "decision", "alarms at recall 8"]


@pytest.fixture(scope="module")
def path() -> bw.path.WeightPath:
    rng = np.random.default_rng(0)
    y = rng.random(400) < 0.2
    X = rng.normal(size=(400, 2)) + y[:, None]
    promised: dict[str, Any] = {"at_least": {"recall": 0.8}, "confidence": 0.6}
    return bw.weight_path(
        LogisticRegression(), X, y, [1.0, 4.0], cv=2, costs=bw.Costs(fn=9, fp=1), **promised
    )


@pytest.fixture(scope="module")
def readers(path: bw.path.WeightPath) -> dict[str, Callable[[str], str]]:
    return {
        "advise": lambda need: as_needs(need).names[0],
        "best": lambda need: path.best(need).need,
        "compare": lambda need: need_of(need, fn=9.0, promised=Promised(recall=0.8)),
    }


@pytest.mark.parametrize("reader", ["advise", "best", "compare"])
@pytest.mark.parametrize("need", ASKED)
def test_each_reader_knows_each_name(
    need: str, reader: str, readers: dict[str, Callable[[str], str]]
) -> None:
    lacking = {
        "recall at precision >= 0.8": "'recall at precision >= 0.8'.*published results only",
        "recall at alarm rate <= 0.8": "must have the rate that the results were made to promise",
    }
    if reader == "advise" or need not in lacking:
        assert readers[reader](need) in (need, named(need).name)
        return
    with pytest.raises(bw.errors.InvalidValueError, match=lacking[need]):
        readers[reader](need)


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_another_word_is_refused_alike_by_all(word: str, readers: dict[str, Callable[[str], str]]) -> None:
    said = set()
    for reader in readers.values():
        with pytest.raises(bw.errors.InvalidValueError) as refused:
            reader(word)
        said.add(str(refused.value))
    assert len(said) == 1
    if word in FIGURES:
        assert f"Use '{FIGURES[word]}'." in said.pop()


def test_reports_and_published_results_use_the_same_names() -> None:
    for need in (*GOALS, *(table.need for table in shipped().tables)):
        assert str(named(need)) == need
    assert set(IN_WORDS) == set(NEEDS) <= set(NAMES)


def test_a_rate_is_that_of_the_promise(path: bw.path.WeightPath) -> None:
    assert path.best("alarms at recall").need == path.best().need == "alarms at recall"
    with pytest.raises(
        bw.errors.InvalidValueError, match=r"got 'alarms at recall >= 0.9' with Promised\(recall=0.8"
    ):
        path.best("alarms at recall >= 0.9")
    assert {promised_need(Promised(**{rate: 0.5})) for rate in ("recall", "alarms")} < set(NEEDS)
