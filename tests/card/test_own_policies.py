"""A policy of one's own: recorded by name and fields, read back with its class, shown without it."""

import dataclasses
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV

import boostweights as bw

Y = [0] * 90 + [1] * 10
X = np.arange(100.0)[:, None] % 17


@dataclass(frozen=True, kw_only=True, repr=False)
class Rarest(bw.Policy):
    """The rarest class weighs `times` as much as any other."""

    times: float = 3.0
    steps: tuple[float, ...] = ()
    extra: Mapping[int, float] = field(default_factory=dict)
    note: str | None = None

    def ratios(self, counts: bw.ClassCounts) -> dict[Any, Fraction]:
        rarest = min(counts, key=lambda label: counts[label])
        return {label: Fraction(self.times if label == rarest else 1) for label in counts}

    def notes(self, counts: bw.ClassCounts) -> tuple[str, ...]:
        return (f"{min(counts.values())} rows of the rarest",)


MINE = Rarest(times=4, steps=(1.0, 2.0), extra={0: 1.0, 1: 2.5}, rationale="misses cost more", owner="me")


def test_a_card_of_it_is_read_back_with_its_class_and_only_so() -> None:
    card = bw.Card.of(MINE, Y, target="default")
    text = card.to_text()
    assert 'kind = "Rarest"' in text
    back = bw.Card.from_text(text, policies=[Rarest])
    assert back == card
    assert back.policy == MINE
    assert back.to_text() == text
    assert back.check([0] * 70 + [1] * 30).codes().count("card-unresolvable") == 0


def test_without_its_class_the_card_is_shown_and_compared_and_resolves_nothing(tmp_path: Path) -> None:
    card = bw.Card.of(MINE, Y)
    card.write(tmp_path / "card.toml")
    bare = bw.Card.read(tmp_path / "card.toml")
    assert (bare.digest, bare.to_text()) == (card.digest, card.to_text())
    assert (bare.weights.class_weight, bare.owner) == ({0: 1.0, 1: 4.0}, "me")
    assert bare.diff(card) == ()
    with pytest.raises(bw.errors.InvalidValueError, match="not changed by hand, as digest shows"):
        bw.Card.from_text(card.to_text().replace("weight = 4.0", "weight = 5.0"))
    assert "card-unresolvable" in bare.check(Y).codes()
    with pytest.raises(
        bw.errors.InvalidTypeError, match=r"only its class resolves; got Rarest\(times=4.*policies=\["
    ):
        bare.policy.resolve(Y)
    code = "import sys, boostweights as bw; print(bw.Card.read(sys.argv[1]).policy)"
    other = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "card.toml")], capture_output=True, text=True, check=True
    )
    assert other.stdout.startswith("Rarest(times=4")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('kind = "Rarest"', 'kind = "Rarer"', "not changed by hand"),
        ("times = 4", "times = 5", "code must say what kind and fields say"),
        ("times = 4", "tims = 4", "tims must be a setting of Rarest.*Did you mean 'times'"),
    ],
)
def test_a_card_of_it_is_not_changed_by_hand(before: str, after: str, message: str) -> None:
    text = bw.Card.of(MINE, Y).to_text()
    assert before in text
    with pytest.raises(bw.BoostweightsError, match=message):
        bw.Card.from_text(text.replace(before, after), policies=[Rarest])


@pytest.mark.parametrize("value", ["2026-01-01", "nan", "[[[1]]]", "[{label = [1], value = 2.0}]"])
@pytest.mark.parametrize("policies", [[], [Rarest]])
def test_fields_that_no_card_holds_are_refused_when_it_is_read(
    value: str, policies: list[type[bw.Policy]]
) -> None:
    text = bw.Card.of(MINE, Y).to_text().replace("times = 4", f"times = {value}")
    with pytest.raises(bw.errors.InvalidTypeError, match="a card holds bools.*got times="):
        bw.Card.from_text(text, policies=policies)


@pytest.mark.parametrize("value", [np.float64(2.0), float("inf"), [1.0], object(), (1.0, {})])
def test_fields_that_would_not_come_back_are_refused(value: Any) -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="a card holds bools, finite numbers"):
        bw.Card.of(dataclasses.replace(MINE, steps=value), Y).to_text()


def test_names_of_our_own_are_taken() -> None:
    Balanced = type("Balanced", (bw.Balanced,), {})
    with pytest.raises(bw.errors.InvalidTypeError, match="Give your class another name"):
        bw.Card.of(Balanced(), Y)
    for wrong in (Balanced, bw.Costs, MINE):
        with pytest.raises(bw.errors.InvalidTypeError, match="policies must be classes of your own"):
            bw.Card.from_text(bw.Card.of("balanced", Y).to_text(), policies=[wrong])  # type: ignore[list-item]


def test_it_works_in_a_fit_a_search_a_model_and_a_path() -> None:
    clf = bw.WeightedClassifier(HistGradientBoostingClassifier(max_iter=3), weighting=MINE).fit(X, Y)
    assert clf.class_weights_.class_weight == {0: 1.0, 1: 4.0}
    card = bw.Card.of(clf)
    assert bw.Card.from_model(card.attach(clf), policies=[Rarest]) == card
    search = GridSearchCV(clf, {"weighting__times": [1.0, 8.0]}, scoring="recall", cv=3).fit(X, Y)
    assert search.best_params_["weighting__times"] in (1.0, 8.0)
    path = bw.weight_path(clf, X, Y, ratios=[1, 4])
    assert path is not None
