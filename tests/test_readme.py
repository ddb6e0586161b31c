"""The README is short, its links lead somewhere from anywhere, and its code runs with the extras it names."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import codeblocks
import pytest
from codeblocks import Block
from environments import ROOT, extras, required, run_installed, run_linked

TEXT: Final = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL: Final = re.compile(r'pip install "boostweights\[([\w,-]+)\]"')
AT: Final = "boostweights/boostweights"
PLACES: Final = (f"https://github.com/{AT}/blob/main/", f"https://raw.githubusercontent.com/{AT}/main/")


def environments(text: str) -> list[tuple[tuple[str, ...], list[Block]]]:
    """The extras of each line that installs, and the blocks from there to the next one."""
    found: list[tuple[tuple[str, ...], list[Block]]] = [((), [])]
    for block in codeblocks.blocks(text, "README.md"):
        if named := INSTALL.search(block.code):
            found.append((tuple(named[1].split(",")), []))
        elif block.runs:
            found[-1][1].append(block)
    return [each for each in found if each[1]]


ENVIRONMENTS: Final = environments(TEXT)
IDS: Final = [",".join(names) for names, _ in ENVIRONMENTS]


def quick(block: Block) -> Block:
    """Compare with two trees in each model: a linear model wins as well, and prints the same figures."""
    return replace(block, code=block.code.replace("boostweights compare", "boostweights compare --trees 2"))


def test_it_is_read_in_three_minutes() -> None:
    assert len(TEXT.split()) <= 900


@pytest.mark.parametrize(("names", "blocks"), ENVIRONMENTS, ids=IDS)
def test_its_code_needs_the_extras_that_it_names(
    names: tuple[str, ...], blocks: list[Block], tmp_path: Path
) -> None:
    assert names, f"{blocks[0].place} names no extra"
    run_linked(map(quick, blocks), names, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize(("names", "blocks"), ENVIRONMENTS, ids=IDS)
def test_its_code_runs_where_only_its_extras_are_installed(
    names: tuple[str, ...], blocks: list[Block], tmp_path: Path
) -> None:
    run_installed(blocks, names, tmp_path)


def test_what_an_extra_does_not_bring_is_not_found(tmp_path: Path) -> None:
    assert {"lightgbm", "numpy", "scipy"} <= required(["lightgbm"]).keys()
    assert not {"pandas", "polars", "typer"} & required(["lightgbm"]).keys()
    assert {"pandas", "rich", "msgspec"} <= required(
        ["bench"]
    ).keys()  # by [cli], of ours, and by [card] of that
    block = Block(page="README.md", line=1, language="python", code="import lightgbm\nimport polars\n")
    with pytest.raises(AssertionError, match="No module named 'polars'"):
        run_linked([block], ["lightgbm"], tmp_path)


def test_every_extra_is_told() -> None:
    rows = re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`([\w-]+)`", row)) == sorted(
        {*extras()} - {""}
    )


def test_links_lead_to_what_is_there_and_from_anywhere() -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", TEXT)
    assert len(links) >= 10
    for link in links:
        place = next((link.removeprefix(start) for start in PLACES if link.startswith(start)), None)
        assert place is not None, f"{link} is not absolute"
        file, _, title = place.partition("#")
        assert (ROOT / file).is_file(), link
        titles = (
            re.findall(r"^#+ (.*)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE) if title else []
        )
        assert title in ("", *(re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in titles)), link
