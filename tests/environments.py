"""Environments that hold an extra of ours and what it requires, and nothing else."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import asdict
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from codeblocks import Block
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]
NAME: Final = "boostweights"


def extras() -> dict[str, list[str]]:
    """Each extra of pyproject.toml, and its requirements."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def required(names: Collection[str]) -> dict[str, Distribution]:
    """Every distribution that these extras of ours bring along, all that those require included."""
    found: dict[str, Distribution] = {}
    ours = extras()
    waiting = [(Requirement(one), "") for name in ("", *names) for one in ours[name]]
    seen = set()
    while waiting:
        asked, extra = waiting.pop()
        name = canonicalize_name(asked.name)
        step = (name, frozenset(asked.extras), extra)
        if step in seen or not (asked.marker is None or asked.marker.evaluate({"extra": extra})):
            continue
        seen.add(step)
        if name == NAME:
            waiting += [(Requirement(one), "") for other in asked.extras for one in ours[other]]
            continue
        found[name] = distribution(name)
        for other in ("", *asked.extras):
            waiting += [(Requirement(one), other) for one in found[name].requires or []]
    return found


def linked(names: Collection[str], folder: Path) -> None:
    """Fill a folder with links to what these extras bring along: all that can be imported from there."""
    for found in required(names).values():
        for top in {
            file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")
        }:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(found.locate_file(top))))


def run_linked(found: Iterable[Block], names: Collection[str], folder: Path) -> None:
    """Run blocks where nothing but the extras, their requirements and the standard library is found.

    Processes that the blocks start see no more: ``-S`` and the path are handed down.
    """
    (packages := folder / "packages").mkdir()
    linked(names, packages)
    _run([sys.executable, "-S", "-m", "codeblocks"], found, folder, [ROOT, packages, ROOT / "tests"])


def run_installed(found: Iterable[Block], names: Collection[str], folder: Path) -> None:
    """Run blocks in a virtual environment into which pip installed the extras, by constraints.txt."""
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    asked = [f"{ROOT}[{','.join(names)}]", "-c", ROOT / "constraints.txt"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *asked], check=True)
    _run([str(python), "-m", "codeblocks"], found, folder, [ROOT / "tests"])


def _run(command: list[str], found: Iterable[Block], folder: Path, path: list[Path]) -> None:
    (work := folder / "work").mkdir()
    done = subprocess.run(
        command,
        input=json.dumps([asdict(block) for block in found]),
        cwd=work,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
