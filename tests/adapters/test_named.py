"""Outside its folder only pyproject, constraints, the registry's line and documentation name a library."""

import re
from pathlib import Path

import pytest

from boostweights.adapters import registry

ROOT = Path(__file__).parents[2]
OLD = 3
"""The first libraries of the table, which tests of their own behaviour name."""
FILES = sorted(
    path
    for room in ("boostweights", "tests", "benchmarks", ".ci")
    for path in (ROOT / room).rglob("*")
    if path.suffix in (".py", ".pyi", ".toml") and "results" not in path.parts
)


@pytest.mark.parametrize("library", registry.NAMES[OLD:])
def test_a_library_is_named_in_its_folder_alone(library: str) -> None:
    own = ROOT / "boostweights" / "adapters" / library
    word = re.compile(rf"\b{library}\b", re.IGNORECASE)
    named = {path: word.findall(path.read_text()) for path in FILES if own not in path.parents}
    assert {path: found for path, found in named.items() if found} == {Path(registry.__file__): [library]}


@pytest.mark.parametrize("library", registry.NAMES)
def test_a_folder_is_in_pyproject_and_has_its_record(library: str) -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert re.search(rf"^{library} = \[", pyproject, re.MULTILINE)
    assert registry.adapter_named(library).extra == f"boostweights[{library}]"
    assert (Path(registry.__file__).parent / library / "record.py").is_file()
