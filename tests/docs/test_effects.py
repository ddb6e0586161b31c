"""Sentences of pages that state a measured effect say in which regime, on how many data sets, how surely."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTIONS = {
    "README.md": ("default",),
    "docs/findings.md": ("claims", "rounds"),
    "docs/probabilities.md": ("probabilities", "few"),
}
"""Where effects are stated, by the marks that a command fills."""

INTERVAL = r"[-+]\d\.\d+ (?:\(|\[|\| )[-+]\d\.\d+(?:,| to) [-+]\d\.\d+"


def section(page: str, mark: str) -> str:
    text = (ROOT / page).read_text()
    return text.split(f"<!-- {mark}:begin -->")[1].split(f"<!-- {mark}:end -->")[0]


@pytest.mark.parametrize(("page", "mark"), [(page, mark) for page in SECTIONS for mark in SECTIONS[page]])
def test_effects_name_their_regime_sets_and_intervals(page: str, mark: str) -> None:
    text = " ".join(section(page, mark).split())
    assert "regime *" in text
    assert re.search(r"\d+ (real )?data sets", text)
    effects = re.findall(r"(?<![(\[] )(?<!, )(?<!to )[-+]\d\.\d{3,4}", re.sub(INTERVAL, "", text))
    assert effects == []  # none without an interval beside it
    assert re.search(INTERVAL, text)


def test_what_the_findings_say_of_claims_is_what_the_page_of_claims_says() -> None:
    claims = (ROOT / "docs" / "claims.md").read_text()
    told = re.findall(
        r"^- (.*?) \*\*(\w+)\*\*: (\S+) \((.*?)\), (\d+) data sets",
        section("docs/findings.md", "claims"),
        re.M,
    )
    details = (ROOT / "docs" / "claims-in-detail.md").read_text()
    decided = re.findall(r"\*\*(Higher|Equivalent|Lower)\.\*\*", details)
    assert [verdict for _, verdict, *_ in told] == decided
    for sentence, verdict, mean, interval, _ in told:
        lines = [line for line in claims.splitlines() if line.startswith(f"| [{sentence}]")]
        cells = rf"\| \*\*{verdict.lower()}\*\*[^|]*\| {re.escape(mean)} \| {re.escape(interval)} \|"
        assert any(re.search(cells, line) for line in lines), sentence


EFFECT = re.compile(r"[+−-]\d?\.\d{2,}|\d\.\d% to \d")
SAID = {"its regime": r"regime \*?\w", "how many sets": r"data sets?|sets", "an interval": "interval"}
COMMAND = r"`(make \w+|python -m [\w.]+)"
GENERATED = (
    *("claims.md", "claims-in-detail.md", "advice-in-detail.md"),
    *("equivalence.md", "audit.md", "changelog.md"),
)


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in GENERATED],
    ids=lambda path: path.name,
)
def test_a_section_with_a_measured_effect_says_where_from(path: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for part in re.split(r"^## ", text, flags=re.MULTILINE):
        if found := EFFECT.findall(part):
            for what, pattern in {**SAID, "its command": COMMAND}.items():
                assert re.search(pattern, part, re.IGNORECASE), (
                    f"{part.splitlines()[0]!r} tells {found[0]} and not {what}"
                )


WEIGHTED_EFFECT = re.compile(
    r"(?:weights?|weighting)\b[^.|]*\b(?:hardly|barely|improve|lower|worsen|degrade|spoil)s?\b[^.]*\.", re.I
)


@pytest.mark.parametrize(
    "page",
    sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
        if path.name not in GENERATED
    ),
)
def test_no_page_states_an_effect_of_weights_in_passing(page: str) -> None:
    """Effects stand in the sections above; elsewhere a page leads there."""
    text = re.sub(r"<!-- (\w+):begin -->.*?<!-- \1:end -->", "", (ROOT / page).read_text(), flags=re.S)
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    found = [" ".join(one[0].split()) for one in WEIGHTED_EFFECT.finditer(text)]
    assert found == []
