"""What the package shows at its top: few names, that load on first use, suggest each other and have types."""

import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import boostweights as bw

TYPED = {
    'bw.WeightedClassifier(model, form="scale_pos_weight", weighting="balanced")': "",
    'bw.WeightedClassifier(model, form="nonsense")': 'Argument "form" to "WeightedClassifier"',
    'bw.WeightedClassifier(model, weighting="balenced")': 'Argument "weighting" to "WeightedClassifier"',
    "bw.WeightedClassifier(3)": 'Argument 1 to "WeightedClassifier"',
    'bw.WeightedClassifier(model, eval_weighting="some")': 'Argument "eval_weighting"',
    'bw.to_native({0: 1.0, 1: 9.0}, "xgboost", [0, 1], form="scale_pos_weight")': "",
    'bw.to_native("balanced", "xgboost", [0, 1], form="scale_pos")': 'Argument "form" to "to_native"',
    "bw.weighting.RowWeights": "",
    "bw.plots.WeightPathDisplay": "",
    "bw.Balenced()": 'Module has no attribute "Balenced"',
}


def test_at_most_28_names() -> None:
    assert len([name for name in bw.__all__ if not isinstance(getattr(bw, name), ModuleType)]) <= 28


def test_only_public_names_are_listed() -> None:
    assert dir(bw) == sorted(bw.__all__)
    for room in (value for name in bw.__all__ if isinstance(value := getattr(bw, name), ModuleType)):
        assert dir(room) == sorted(room.__all__), room
        assert all(getattr(room, name) is not None for name in room.__all__)


def test_the_positive_class_is_called_pos_label_everywhere() -> None:
    rooms = [bw, *(value for name in bw.__all__ if isinstance(value := getattr(bw, name), ModuleType))]
    public = [getattr(room, name) for room in rooms for name in room.__all__]
    classes = [value for value in public if isinstance(value, type)]
    own = [function for one in classes for _, function in inspect.getmembers(one, inspect.isroutine)]
    functions = [value for value in [*public, *own] if hasattr(value, "__code__")]
    found = {f"{one.__qualname__}({name})" for one in functions for name in inspect.signature(one).parameters}
    found |= {f"{one.__name__}.{name}" for one in classes for name in dir(one)}
    assert {"decide(pos_label)", "Costs.__init__(pos_label)", "RowWeights.pos_label"} <= found
    assert not [name for name in found if name.endswith(("(positive)", ".positive"))]


@pytest.mark.parametrize(
    ("room", "wrong", "right"),
    [
        (bw, "Balenced", "Balanced"),
        (bw, "Weight_path", "weight_path"),
        (bw.plots, "WeightPathDisplays", "WeightPathDisplay"),
    ],
)
def test_a_mistyped_name_suggests_the_right_one(room: ModuleType, wrong: str, right: str) -> None:
    with pytest.raises(
        AttributeError, match=f"'{room.__name__}' has no attribute '{wrong}'. Did you mean '{right}'"
    ):
        getattr(room, wrong)


def test_mistakes_are_type_errors(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    lines = ["from typing import Any", "import boostweights as bw", "def use(model: Any) -> None:"]
    file = tmp_path / "use.py"
    file.write_text("\n".join([*lines, *(f"    {code}" for code in TYPED)]) + "\n")
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(file)]  # as `make types` has it cached
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    found = {line for line in done.stdout.splitlines() if "use.py" in line and ": error: " in line}
    for number, (code, expected) in enumerate(TYPED.items(), start=len(lines) + 1):
        here = [line.split(": error: ")[1] for line in found if f"use.py:{number}:" in line]
        assert bool(here) == bool(expected), (code, here)
        assert all(expected in error for error in here), (code, here)
