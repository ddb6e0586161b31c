"""Every code block of the documentation and the README runs and prints what it says, page by page."""

import os
import warnings
from pathlib import Path
from typing import Final

import codeblocks
import pytest
import sklearn
import sparksession
from codeblocks import Block
from commands import train_here

ROOT = Path(__file__).parents[2]
README: Final = ROOT / "README.md"  # which test_readme.py runs, with the extras alone that it names
PAGES: Final = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

NOT_RUN: Final = {
    "pip install": "installs from the network",
    "make bench": "an hour's work of its own",
    "labels → ClassCounts": "a diagram",
    "q = w p /": "a formula",
    "python -m benchmarks.claims benchmarks": "minutes in all; some in test_published.py",
    "from boostweights.serving.mlflow import": "MLflow warns of its own; the same calls run in tests/serving",
}
"""How a block begins that is not run, and why."""

EXPECTED_WARNINGS: Final = {
    "docs/explaining.md": r"The set_\w+ function",  # matplotlib's own, of shap
    "docs/lightgbm-dask.md": r"Parameter \w+ will be ignored",  # LightGBM's own, of its own defaults on Dask
    "docs/ray.md": ".*",  # Ray's own, of other libraries
    "docs/spark.md": "PySpark does not yet fully support pandas",  # 3, which works in all that is used
}


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> list[Block]:
    return codeblocks.blocks(path.read_text(encoding="utf-8"), page_id(path))


def left_out(block: Block) -> bool:
    return any(block.code.lstrip().startswith(start) for start in NOT_RUN)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.full] * (path.name == "ray.md"))  # make ray
        for path in PAGES
        if path != README
    ],
    ids=page_id,
)
def test_a_page_runs_and_prints_what_it_says(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # pages write files
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("MPLBACKEND", "agg")
    train_here(monkeypatch)
    found = [block for block in read(path) if not left_out(block)]
    if any("pyspark" in block.code for block in found):
        sparksession.session()  # the one of all tests, if there is Java
    with sklearn.config_context(), warnings.catch_warnings():
        if message := EXPECTED_WARNINGS.get(page_id(path)):
            warnings.filterwarnings("ignore", message)
        try:
            codeblocks.run(found)
        except ModuleNotFoundError as missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(missing))


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_a_block_is_run_or_it_is_listed_why_not(path: Path) -> None:
    for block in read(path):
        assert block.runs or left_out(block), f"{block.place} is neither run nor listed in NOT_RUN"


def test_what_is_listed_is_there() -> None:
    everything = [block for path in PAGES for block in read(path)]
    for start in NOT_RUN:
        assert any(block.code.lstrip().startswith(start) for block in everything), start


PRINTS_TWO = "```python\nprint(1 + 1)\n```\n\n```text\n{}\n```\n"
SESSION = "```python\na = 1\n```\n\nso\n\n```python\n>>> a + 1\n{}\n\n```\n"
COMMAND = "```bash\nboostweights forms nothing  # exits with {}\n```\n"


@pytest.mark.parametrize(
    ("page", "right", "wrong", "says"),
    [(PRINTS_TWO, 2, 3, "page:1 prints"), (SESSION, 2, 3, "Expected"), (COMMAND, 2, 0, "exits with 2")],
)
def test_a_page_that_says_something_else_fails(page: str, right: int, wrong: int, says: str) -> None:
    codeblocks.run(codeblocks.blocks(page.format(right), "page"))
    with pytest.raises(AssertionError, match=says):
        codeblocks.run(codeblocks.blocks(page.format(wrong), "page"))
