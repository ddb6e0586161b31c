"""What every page must keep, at every width, in either scheme: nothing cut, all reached and readable."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmark.own_runs import write_own_run
from benchmark.report_runs import write_run
from browser.chromium import HOSTILE, Load
from plots.paths import make_path

import boostweights as bw
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page

LONG = HOSTILE + "without_a_space_" * 8  # markup, too, which stays text


def own(*arguments: Any, **facts: Any) -> Callable[[Path], str]:
    return lambda folder: as_page(make_report(write_own_run(folder, *arguments, **facts)))


MADE: dict[str, Callable[[Path], str]] = {
    "weight path": lambda _: bw.plots.weight_path_page(
        make_path(names=["north", LONG], costs=bw.Costs(fn=20.0, fp=1.0), classes=("fine", LONG))
    ),
    "comparison by costs": own(columns=(LONG,)),
    "comparison by probabilities": own("probabilities", name=f"{LONG}.csv"),
    "comparison by a promise": own("alarms at recall"),
    "comparison of three classes": own(reason="a policy is chosen of two classes", positive=None),
    "benchmark": lambda folder: as_page(make_report(write_run(folder, names=["set-00", LONG]))),
}
RARE = ("comparison by probabilities", "comparison by a promise")
OFTEN = [pytest.param(name, marks=pytest.mark.full) if name in RARE else name for name in MADE]
"""All pages; two that are built as the one by costs only in full."""
RECOMMEND = [name for name in MADE if name not in ("benchmark", "comparison of three classes")]
MAY_SCROLL = ("benchmark",)
"""Pages whose tables of data sets and ways to train are wider than a phone."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    made: dict[str, str] = {}

    def page(name: str) -> str:
        if name not in made:
            made[name] = MADE[name](tmp_path_factory.mktemp("page"))
        return made[name]

    return page


@pytest.fixture(params=[1400, 390], ids="{} px".format)
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", OFTEN)
def test_nothing_is_cut_faint_or_complained_of(
    load: Load, pages: Any, name: str, width: int, dark: bool
) -> None:
    view = load(pages(name), width=width, dark=dark)
    view.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    paper = view.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 200) == dark
    assert len(view.all("script")) <= 4
    assert view.all("img") == []
    assert view.overflow() == 0
    assert view.cut() == []
    assert name in MAY_SCROLL or view.sideways() == []
    assert view.faint() == []
    assert view.complaints() == []
    assert view.requests() == []


@pytest.mark.parametrize("name", OFTEN)
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(
    load: Load, pages: Any, name: str, width: int
) -> None:
    view = load(pages(name), width=width)
    assert view.unreached() == []


@pytest.mark.parametrize("name", RECOMMEND)
def test_the_recommendation_and_its_code_are_on_the_first_screen(
    load: Load, pages: Any, name: str, width: int
) -> None:
    view = load(pages(name), width=width)
    places = view.run(
        "return ['.choice', 'button.copy']"
        ".map((one) => document.querySelector(one).getBoundingClientRect().bottom)"
    )
    assert max(places) < (844 if width == 390 else 900)


@pytest.mark.parametrize("name", RECOMMEND)
def test_the_code_is_copied_by_the_keyboard(load: Load, pages: Any, name: str) -> None:
    view = load(pages(name))
    view.driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    button = view.all("button.copy")[0]
    button.send_keys("\n")
    copied = view.driver.execute_async_script(
        "const done = arguments[0], read = () => navigator.clipboard.readText();"
        "setTimeout(() => read().then(done, (error) => done(String(error))), 200)"
    )
    assert copied == view.run("return document.getElementById('code').textContent")
    assert "clf.fit(X, y)" in copied
    assert view.field("code-said").text == "The code is copied."


@pytest.mark.parametrize("name", OFTEN)
def test_every_figure_has_a_name_and_on_paper_no_table_is_cut(load: Load, pages: Any, name: str) -> None:
    view = load(pages(name), width=718)  # A4 with the browser's margins
    unnamed = view.run(
        "return [...document.querySelectorAll('[data-chart]')].filter((one) =>"
        " !['img', 'graphics-document'].includes(one.getAttribute('role'))"
        " || !one.getAttribute('aria-label')).map((one) => one.dataset.chart)"
    )
    assert unnamed == []
    view.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert name in MAY_SCROLL or view.sideways() == []
        stuck = (
            "return [...document.querySelectorAll('.panel, .sliders, .controls')]"
            ".map((one) => getComputedStyle(one).position)"
        )
        assert set(view.run(stuck)) <= {"static"}  # else it is printed on every page
    finally:
        view.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
