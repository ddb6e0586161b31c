"""What results look like in a notebook: whole HTML, names escaped, figures rounded, no colour of its own."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, Final

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from plots.paths import make_path

import boostweights as bw
from boostweights import progress
from boostweights.card.card import Card
from boostweights.equivalence.verify import EquivalenceReport, FormRow

HOSTILE: Final = "<script>alert(1)</script> & more"
EMPTY: Final = {"br", "hr", "img", "input", "meta", "link"}


class Whole(HTMLParser):
    """Reads HTML whose elements all end, each within the one that it began in."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def advice() -> Any:
    return bw.advise({"fine": 9000, HOSTILE: 1000}, needs=["decisions", "probabilities"])


def recommendation() -> Any:
    return make_path(classes=("fine", HOSTILE), estimator=HOSTILE).best("decisions")


def report() -> Any:
    row = FormRow(form="scale_pos_weight", max_train=1 / 3e8, pasted_max=1 / 3, reason=HOSTILE)
    return EquivalenceReport(library="lightgbm", estimator=HOSTILE, policy=bw.Balanced(), rows=(row,))


def summary() -> Any:
    X = np.arange(60.0).reshape(-1, 1)
    y = np.where(np.arange(60) % 7 == 0, HOSTILE, "fine")
    policy = bw.Balanced(rationale=HOSTILE)
    return bw.WeightedClassifier(LGBMClassifier(n_estimators=2, verbose=-1), policy).fit(X, y).summary()


def findings() -> Any:
    model = LGBMClassifier(scale_pos_weight=9.0, class_weight="balanced", objective=HOSTILE)
    return bw.audit(model)


def card() -> Any:
    policy = bw.Balanced(rationale=HOSTILE, owner="credit risk")
    return Card.of(
        policy, ["fine"] * 9 + [HOSTILE], target="default", affected={"fn": "the bank"}, library="xgboost"
    )


VIEWS: Final[dict[str, Callable[[], Any]]] = {
    "Advice": advice,
    "Recommendation": recommendation,
    "WeightPath": lambda: make_path(classes=("fine", HOSTILE), estimator=HOSTILE),
    "EquivalenceReport": report,
    "Summary": summary,
    "Findings": findings,
    "ClassWeights": lambda: bw.Balanced(rationale=HOSTILE).resolve(["fine"] * 9 + [HOSTILE]),
    "Card": card,
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_whole_short_and_plain(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = VIEWS[name]()
    plain = repr(result)
    assert (len(plain) < 2_500, plain.count("\n") < 30, "object at 0x" in plain) == (True, True, False)
    assert type(result).__name__ == name
    html = result._repr_html_()
    found = Whole()
    found.feed(html)
    found.close()
    assert found.open == []
    assert len(html) < 12_000
    text = "\n".join(found.text)
    assert "alert(1)" in text
    assert not found.tags & {"script", "link", "img", "iframe"}
    style = re.findall(r"<style>(.*?)</style>", html, re.S)
    assert len(style) == 1
    assert not re.search(r"(?<!-)color\s*:|background|url\(|@import|https?:", style[0])  # the notebook's own
    cells = re.findall(r'<td class="figure">([^<]*)</td>', html)
    assert all(len(re.sub(r"e.*|[-+.]|^0\.0*", "", cell)) <= 4 for cell in cells if "." in cell), cells


def test_a_card_is_shown_with_reasons_and_weights_as_numpy_counts_them() -> None:
    made, text = card(), card()._repr_html_()
    for part in ("credit risk", "default", "the bank", "not reviewed", "sample_weight", "xgboost"):
        assert part in text
    weights = 10 / (2 * np.array([1, 9]))  # scikit-learn's formula; labels in their order
    assert made.weights.values == pytest.approx(weights)
    rows = re.findall(r'<td class="figure">([\d.]+)</td>', text)
    assert rows == ["1", "0.1", "5", "0.5", "9", "0.9", "0.5556", "0.5"]


def test_a_fitted_classifier_shows_scikit_learns_diagram_and_then_the_summary() -> None:
    X, y = np.arange(40.0).reshape(-1, 1), np.arange(40) % 4 == 0
    clf = bw.WeightedClassifier(LGBMClassifier(n_estimators=2, verbose=-1)).fit(X, y)
    html = clf._repr_html_()
    assert html.endswith(clf.summary()._repr_html_())
    assert "sk-top-container" in html[: html.index('boostweights"><style>')]


@pytest.mark.parametrize("installed", [True, False])
def test_a_bar_is_drawn_in_a_notebook_that_can_show_it(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr(progress, "find_spec", lambda name: object() if installed or name == "rich" else None)
    assert progress.checked_progress("auto") is installed
