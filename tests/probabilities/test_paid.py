"""What a promise costs: each part of the rows is decided by the promise made on the others."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest

import boostweights as bw
from boostweights.probabilities import Promised
from boostweights.probabilities.paid import PARTS, check_payable, paid, parts_of

RNG = np.random.default_rng(0)
POSITIVE = RNG.random(900) < 0.25
SCORES = RNG.normal(1.5 * POSITIVE).round(1)  # some are tied
CUSTOMER = np.arange(900) // 3


@pytest.mark.parametrize("clusters", [None, CUSTOMER])
def test_parts_are_alike_and_clusters_whole(clusters: np.ndarray | None) -> None:
    part = parts_of(POSITIVE, clusters, seed=0)
    unit = np.arange(900) if clusters is None else clusters
    table = pd.DataFrame({"unit": unit, "part": part, "positive": POSITIVE})
    assert table.groupby("unit")["part"].nunique().max() == 1
    sizes = table.groupby("part")["unit"].nunique()
    having = table[table["positive"]].groupby("part")["unit"].nunique()
    assert (len(sizes), np.ptp(sizes) <= 1, np.ptp(having) <= 1) == (PARTS, True, True)
    assert (parts_of(POSITIVE, clusters, seed=0) == part).all()
    assert (parts_of(POSITIVE, clusters, seed=1) != part).any()


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        (Promised(recall=0.9), {"at_least": {"recall": 0.9}}),
        (Promised(alarms=0.1, confidence=0.8), {"at_most": {"alarms": 0.1}, "confidence": 0.8}),
    ],
)
@pytest.mark.parametrize("clusters", [None, CUSTOMER])
def test_each_part_is_decided_by_the_promise_of_the_others(
    wanted: Promised, asked: dict[str, object], clusters: np.ndarray | None
) -> None:
    found, part = paid(wanted, SCORES, POSITIVE, clusters=clusters), parts_of(POSITIVE, clusters, 0)
    for number, threshold in enumerate(found.thresholds):
        others, own = part != number, part == number
        given = {} if clusters is None else {"clusters": clusters[others]}
        promise = bw.promise(SCORES[others], POSITIVE[others], **asked, **given)  # type: ignore[arg-type]
        assert promise.threshold == threshold
        np.testing.assert_array_equal(found.flagged[own], promise.decide(SCORES[own]))
    rows = pd.DataFrame({"flagged": found.flagged, "unit": np.arange(900) if clusters is None else clusters})
    assert found.alarms == pytest.approx(rows.groupby("unit")["flagged"].mean().mean())
    assert found.recall == pytest.approx(rows[POSITIVE].groupby("unit")["flagged"].mean().mean())


def violations(wanted: Promised, draws: int, decimals: int | None) -> float:
    """How often the thresholds of a part break the rate that is known: scores are uniform, or rounded."""
    rng, broken = np.random.default_rng(0), 0
    for scores in rng.random((draws, 400)):
        values = scores if decimals is None else np.floor(scores * 10**decimals) / 10**decimals
        for threshold in paid(wanted, values, np.ones(400, bool)).thresholds:
            above = threshold if wanted.recall or decimals is None else round(threshold + 10**-decimals, 6)
            rate = 1 - above
            broken += rate < wanted.recall - 1e-9 if wanted.recall else rate > (wanted.alarms or 0) + 1e-9
    return broken / draws / PARTS


@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize("wanted", [Promised(recall=0.9), Promised(alarms=0.05)])
def test_promises_are_kept_as_often_as_they_say(wanted: Promised, decimals: int | None) -> None:
    assert violations(wanted, 300, decimals) <= 0.1 + 3 * math.sqrt(0.09 / 300)


@pytest.mark.full
@pytest.mark.parametrize("decimals", [None, 1, 2])
@pytest.mark.parametrize("wanted", [*(Promised(recall=r) for r in (0.7, 0.9, 0.95)), Promised(alarms=0.05)])
def test_promises_are_kept_in_two_thousand_draws(wanted: Promised, decimals: int | None) -> None:
    assert violations(wanted, 2000, decimals) <= 0.1 + 3 * math.sqrt(0.09 / 2000)


@pytest.mark.parametrize(
    "wanted", [Promised(recall=0.9), Promised(recall=0.95, confidence=0.8), Promised(alarms=0.2)]
)
def test_what_is_payable_is_the_fewest_rows_that_can_be_paid(wanted: Promised) -> None:
    [needed] = wanted.rows_needed.values()
    least = next(n for n in range(1000) if n - math.ceil(n / PARTS) >= needed)
    rows, fewer = np.ones(least, bool), np.ones(least - 1, bool)
    check_payable(wanted, [(rows, None)] * 5)
    paid(wanted, np.arange(least), rows)
    with pytest.raises(bw.InvalidValueError, match=f"needs at least {least} .*{needed} to promise it") as few:
        check_payable(wanted, [(rows, None), (fewer, None), (rows, None)])
    assert few.value.value == f"{least - 1} in fold 2 of 3"
    assert few.value.mend.startswith("Gather 1 more, or promise")
    assert few.value.mend.endswith("Fewer folds leave more to each.")
    with pytest.raises(bw.InvalidValueError) as of_two:  # there are no fewer
        check_payable(wanted, [(rows, None), (fewer, None)])
    assert "Fewer folds" not in of_two.value.mend
    rate = float(re.findall(r"promise at \w+ ([\d.]+),", few.value.mend)[0])
    instead = Promised(**dict.fromkeys(wanted.rates, rate), confidence=wanted.confidence)
    check_payable(instead, [(fewer, None)])
    sure = float(re.findall(r"confidence of ([\d.]+)\.", few.value.mend)[0])
    check_payable(Promised(**wanted.rates, confidence=sure), [(fewer, None)])
    with pytest.raises(bw.InvalidValueError):
        paid(wanted, np.arange(least - 1), fewer)


def test_clusters_count_once() -> None:
    many = np.ones(300, bool)
    with pytest.raises(bw.InvalidValueError, match="groups with positives.*got 20 in fold 1"):
        check_payable(Promised(recall=0.9), [(many, np.arange(300) // 15)])
