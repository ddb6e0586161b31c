"""Cards that are broken or hostile: each an error that names the line, the value and the mend; none runs."""

import subprocess
import sys
from pathlib import Path

import pytest
from cards import a_card

import boostweights as bw
from boostweights.toml import line_of, too_deep

CARD = a_card(split=range(100)).to_text()
EXPLICIT = a_card(bw.Explicit({0: 1.0, 1: 9.0}), form="sample_weight").to_text()
COSTS = a_card(bw.Costs(matrix=[[0, 1], [9, 0]], classes=[0, 1]), form="sample_weight").to_text()

ROW = "    [\n        9.0,\n        0.0,\n    ],\n"


def line(text: str, part: str) -> int:
    return next(number for number, row in enumerate(text.splitlines(), start=1) if part in row)


BROKEN = {
    "newer schema": ("schema = 1", "schema = 2", "schema = 1 .*; got schema = 2.*newer.*upgrade"),
    "no schema": ("schema = 1\n", "", "must have schema = 1 .*got schema = None. Is it a card"),
    "schema true": ("schema = 1", "schema = true", "expected `int`, got `bool`"),
    "unknown key": ("owner =", "ownr =", r"'ownr'. Did you mean 'owner'"),
    "unknown top key": ("digest =", "digset =", "no other keys than its own .*Did you mean 'digest'"),
    "unknown table": ("\n[review]\n", "\n[reveiw]\n", "no other keys than its own .*Did you mean 'review'"),
    "unknown class key": ("count = 10,", "cuont = 10,", r"'cuont'. Did you mean 'count'"),
    "unknown field": ('scale = "majority"', 'scael = "majority"', "scael must be a setting of.*'scale'"),
    "field of another kind": ('scale = "majority"', "beta = 0.5", "beta must be a setting of Balanced"),
    "field out of range": ("power = 1.0", "power = 2.0", r"power must lie in \[0, 1\]"),
    "field as text": ("power = 1.0", 'power = "1"', "power must be a number"),
    "field true": ("power = 1.0", "power = true", "power must be a number"),
    "field nan": ("power = 1.0", "power = nan", "power must be a number.*nan"),
    "unknown kind": ('kind = "Balanced"', 'kind = "os.system"', "not changed by hand"),
    "code says more": ("code = \"Balanced(scale='majority')", "code = \"__import__('os')", "code must say"),
    "weight by hand": ("weight = 9.0", "weight = 9.5", "not changed by hand, as digest shows"),
    "no digest": ("digest = ", "# digest = ", "a card must say digest"),
    "digest cut": ('digest = "sha256:', 'digest = "sha256:0', "not changed by hand"),
    "weight below 0": ("weight = 9.0", "weight = -9.0", "a weight must be positive and finite.*got -9.0"),
    "weight nan": ("weight = 9.0", "weight = nan", "a weight must be positive and finite"),
    "weight too small": ("weight = 9.0", "weight = 1e-40", "float32's normal range"),
    "weight as text": ("weight = 9.0", 'weight = "9.0"', "expected `float`, got `str`"),
    "count true": ("count = 10,", "count = true,", r"data.classes\[1\].count must be .*got `bool`"),
    "count inf": ("count = 10,", "count = inf,", "a count, .* finite"),
    "label a date": ("label = 1,", "label = 2026-01-01,", r"data.classes\[1\].label must be"),
    "label a list": ("label = 1,", "label = [1],", r"data.classes\[1\].label must be .*got `array`"),
    "label half": ("label = 1,", "label = 1.5,", "looks continuous"),
    "label nan": ("label = 1,", "label = nan,", "labels must not be missing"),
    "label twice": ("label = 1,", "label = 0,", "must name a label once"),
    "labels of two kinds": ("label = 1,", 'label = "1",', "sorted together|of one kind"),
    "one class": ("    { label = 1, count = 10, weight = 9.0 },\n", "", "affected must name kinds of errors"),
    "date as text": ("date = 2026-03-01\n\n[policy", 'date = "2026-03-01"\n\n[policy', "`date`"),
    "no date": ("date = 2026-03-01\n\n[policy", "date = 2026-02-30\n\n[policy", "a card must be TOML"),
    "review of nobody": ('reviewer = "R. Viewer"', 'reviewer = " "', "a review has a reviewer and a date"),
    "review of no date": ('R. Viewer"\ndate = 2026-03-01', 'R. Viewer"', "a reviewer and a date"),
    "lone surrogate": ('"approved"', '"\ud800approved"', "a card must be TOML.*surrogates not allowed"),
    "unknown state": ('"approved"', '"aproved"', "review.state of a card .*Did you mean 'approved'"),
    "unknown library": ('library = "xgboost"', 'library = "xgbost"', "Did you mean 'xgboost'"),
    "unknown guarantee": ('"identical"', '"identicol"', "Did you mean 'identical'"),
    "affected unknown": ("fp = ", "fpp = ", "affected must name kinds of errors.*Did you mean 'fp'"),
    "owner a number": ('owner = "credit risk"', "owner = 3", "why.owner must be .*`str`, got `int`"),
    "conflict": ("[data]", "<<<<<<< HEAD\n[data]\n=======\n>>>>>>> other", "marker '<<<<<<< HEAD'"),
    "conflict's end": ("[data]", ">>>>>>> other\n[data]", "merged before it is read"),
    "nul": ("credit risk", "credit\x00risk", "a card must be TOML"),
    "not closed": ('owner = "credit risk"', 'owner = "credit risk', "a card must be TOML"),
    "key twice": ('owner = "credit risk"', 'owner = "a"\nowner = "b"', "a card must be TOML"),
    "long number": ("count = 10,", f"count = 1{'0' * 5000},", "a card must be TOML"),
    "huge number": ("weight = 9.0", f"weight = 1{'0' * 400}", "weight|finite"),
    "deep list": ("power = 1.0", f"power = {'[' * 4000}", "a card must be TOML"),
    "deep key": ("power = 1.0", f"{'a.' * 4000}b = 1", "nest so deep"),
}
LABEL_1 = "{ label = 1, value = 9.0 }"
WEIGHTS = f"weights = [\n    {{ label = 0, value = 1.0 }},\n    {LABEL_1},\n]"
OTHERS = {
    "weights without value": (EXPLICIT, LABEL_1, "{ label = 1 }", "weights must map labels to numbers"),
    "weights a list": (EXPLICIT, LABEL_1, "9.0", "weights must map labels to numbers"),
    "weights twice": (EXPLICIT, LABEL_1, "{ label = 0, value = 9.0 }", "weights must name a label once"),
    "no weights": (EXPLICIT, WEIGHTS, "", "Explicit needs weights"),
    "matrix not square": (COSTS, ROW, "", "cost matrix must be square"),
    "matrix of text": (COSTS, "        9.0,", '        "9",', "a cost must be a number"),
}
TEXTS = {**{name: (CARD, *broken) for name, broken in BROKEN.items()}, **OTHERS}


LINES = {
    "unknown key": "ownr",
    "unknown top key": "digset",
    "unknown class key": "cuont",
    "count true": "count = true",
    "label a date": "label = 2026",
    "date as text": "date =",
    "unknown state": "aproved",
    "unknown guarantee": "identicol",
    "conflict": "<<<<<<<",
    "nul": "credit",
    "key twice": 'owner = "b"',
    "deep key": "a.a.a.",
    "newer schema": "schema = 2",
}


@pytest.mark.parametrize("name", TEXTS)
def test_broken_cards_name_the_line_the_value_and_the_mend(name: str) -> None:
    text, before, after, message = TEXTS[name]
    assert text.count(before) >= 1
    bw.Card.from_text(text)
    broken = text.replace(before, after, 1)
    with pytest.raises(
        (bw.errors.InvalidValueError, bw.errors.InvalidTypeError), match=f"(?s){message}"
    ) as raised:
        bw.Card.from_text(broken, source="weights.toml")
    assert raised.value.mend
    assert "weights.toml" in str(raised.value)
    if name in LINES:
        assert f"line {line(broken, LINES[name])})" in raised.value.rule


def test_a_path_is_found_in_other_spellings_too() -> None:
    assert line_of("[data]\nclasses = [{ a = 1 },\n{ a = 2 }]", "data.classes[1].a") == 3
    assert line_of("data.rows = 1", "data.rows") == 1
    assert line_of("x = 1\n[a]\n[a.b]\nc = 1", "a.b.c") == 4
    assert line_of("x = 1\n[a]\n", "a.b.c") == 2
    assert line_of("x = 1", "a.b.c") is None
    assert line_of("[[a]]\nb = 1\n[[a]]\nb = 2\n[[a]]\nb = 3", "a[1].b") == 4
    assert line_of("[[a]]\nb = 1\n[[a]]\n", "a[1].b") == 3
    assert line_of("[b]\nc = 1\n[a]\n'c' = 2", "a.c") == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "must be readable text.*utf-8"),
        (b"", "must have schema"),
        (b"a" * ((1 << 20) + 1), "smaller than 1048576 bytes; got 1048577"),
    ],
    ids=["utf-16", "empty", "large"],
)
def test_files_that_are_no_cards(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    path.write_bytes(content)
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        bw.Card.read(path)


def test_paths_that_lead_to_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.toml"):
        with pytest.raises(bw.errors.InvalidValueError, match="a card must be readable text"):
            bw.Card.read(path)
    with pytest.raises(bw.errors.InvalidTypeError, match="a card's text must be a str"):
        bw.Card.from_text(CARD.encode())  # type: ignore[arg-type]
    with pytest.raises(bw.errors.InvalidValueError, match="smaller than"):
        bw.Card.from_text("#" * ((1 << 20) + 1))


MEGABYTE = 1 << 20
BOMBS = {
    "dotted key": '"a"' + ".b" * (MEGABYTE // 2 - 10) + " = 1",
    "dotted table": '["a"' + ' . "b"' * (MEGABYTE // 6 - 10) + "]",
    "brackets": 'a = ""\nb = ["",' + "[" * (MEGABYTE - 100),
    "lines of brackets": "x = " + "[\n" * (MEGABYTE // 2 - 10),
    "inline tables": "a = " + '{"b" = ' * (MEGABYTE // 7 - 10),
    **{
        f"behind {start}": f"a = {{b = {start}, {key * (MEGABYTE // 4 - 20)}c = 1, d = {end}}}"
        for start, key, end in (
            ('"""x""""', '"b".', '"x"'),
            ("'''x''''", "'b'.", "'x'"),
            ('"""\n"""', '"b".', '"x"'),
        )
    },
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(name: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="nest so deep|must be TOML"):  # not after minutes
        bw.Card.from_text(BOMBS[name])


@pytest.mark.parametrize(
    "text",
    [
        'a = """' + "." * 9999 + '"""',
        "a = '" + "[" * 9999 + "'",
        "[a]\nb.c.d = 1.5\n" * 9999,
        "a = 1. " * 9999,
    ],
    ids=range(4),
)
def test_dots_and_brackets_in_texts_nest_nothing(text: str) -> None:
    assert too_deep(text) is None
    assert too_deep(f"{text}\n" + "a." * 1001 + "b = 1") == text.count("\n") + 2


def test_reading_a_card_imports_and_runs_nothing_that_it_names() -> None:
    code = (
        "import sys, boostweights as bw; text = sys.stdin.read(); bw.Card.from_text(text); "
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    text = a_card(rationale="__import__('antigravity')", owner="os.system('false')").to_text()
    done = subprocess.run(
        [sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True
    )
    unwanted = {"antigravity", "xgboost", "lightgbm", "catboost", "pandas", "polars"}
    assert not set(done.stdout.split()) & unwanted


@pytest.mark.parametrize("library", ["msgspec", "tomli_w"])
def test_without_a_library_the_extra_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("msgspec") or name.endswith("card.schema")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(bw.errors.MissingLibraryError, match=r"pip install 'boostweights\[card\]'"):
        a_card().to_text() if library == "tomli_w" else bw.Card.from_text(CARD)
