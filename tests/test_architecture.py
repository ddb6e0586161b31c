"""Rooms import only rooms listed above them; importing the package loads numpy and the standard library."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import boostweights as bw

PACKAGE = Path(bw.__file__).parent
ROOMS = [  # from the ground up
    "errors",
    "isolated",
    "lazy",
    "progress",
    "files",
    "versions",
    "toml",
    "tables",
    "pages",
    "weighting",
    "probabilities",
    "recommendation",
    "adapters",
    "estimator",
    "equivalence",
    "path",
    "audits",
    "card",
    "testing",
    "frames",
    "outofcore",
    "distributed",
    "serving",
    "benchmark",
    "plots",
    "cli",
    "__main__",
]
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write absolute imports"
            names = [node.module or ""]
            if node.module == "boostweights":
                names = [f"boostweights.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("boostweights.")}
    return rooms


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards_only(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in ROOMS, f"{room} is no room of the design"
    for other in imported_rooms(path) - {room}:
        if other in bw.__all__ and room in ("benchmark", "cli"):
            continue  # `from boostweights import …`: the public API, which is below both
        assert ROOMS.index(other) < ROOMS.index(room), f"{path}: {room} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_boosters_are_imported_inside_functions(path: Path) -> None:
    for node in parsed(path).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            )
            roots = {name.split(".")[0] for name in names}
            frames = (
                set()
                if room_of(path) in ("benchmark", "tables") or path.name == "scoring.py"
                else {"pandas", "polars", "narwhals", "pyarrow"}
            )
            assert not roots & {"xgboost", "lightgbm", "catboost", *frames}


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_only_numpy() -> None:
    added = loaded_by("import boostweights") - loaded_by("import numpy") - {"boostweights", "lazy_loader"}
    assert {name for name in added if name not in sys.stdlib_module_names} == set()


def test_resolving_a_policy_loads_no_data_frame_library() -> None:
    loaded = loaded_by("import boostweights as bw; bw.Balanced().resolve([0, 0, 1]).sample_weight([0, 1])")
    assert not loaded & {
        "xgboost",
        "lightgbm",
        "catboost",
        "sklearn",
        "pandas",
        "polars",
        "narwhals",
        "pyarrow",
    }


def test_native_forms_load_no_booster() -> None:
    loaded = loaded_by(
        "import boostweights as bw; bw.to_native('balanced', 'xgboost', y=[0, 0, 1]); bw.forms()"
    )
    assert not loaded & {"xgboost", "lightgbm", "catboost", "sklearn", "pandas"}


@pytest.mark.parametrize("name", bw.__all__)
def test_public_names_load_on_first_use(name: str) -> None:
    assert getattr(bw, name) is not None
    assert name in dir(bw)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Balenced"):
        bw.Balenced


def test_no_room_for_odds_and_ends() -> None:
    assert not {path.stem for path in FILES} & {"utils", "helpers", "common", "misc"}


MODULES = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in FILES}


def test_records_are_loaded_by_tests_and_the_benchmark_only() -> None:
    for name, path in MODULES.items():
        if room_of(path) not in ("testing", "benchmark") and path.name != "record.py":
            records = {other for other in imported(path) if other.endswith(".record")}
            assert not records, f"{name} imports {records}"


def test_init_files_hold_no_code() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        allowed = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign)
        for node in parsed(path).body:
            assert isinstance(node, allowed), f"{path}:{node.lineno}: move it into a leaf"


def imported(path: Path, *, inside: bool = True) -> set[str]:
    """Modules of ours that a file imports; only what runs on its own import, unless inside functions too."""
    found = set()
    waiting: list[ast.AST] = [parsed(path)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in MODULES else str(node.module) for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif inside or not (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        ):
            waiting.extend(ast.iter_child_nodes(node))
    return found & set(MODULES)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """What is left after modules that import nothing left are taken away, again and again."""
    left = dict(graph)
    while ready := [name for name, others in left.items() if not others & set(left) - {name}]:
        for name in ready:
            del left[name]
    return sorted(left)


def test_modules_import_in_no_circle() -> None:
    assert circle({name: imported(path, inside=False) for name, path in MODULES.items()}) == []
    for room in set(ROOMS) - {"adapters"}:  # errors ask the registry
        within = {name: imported(path) for name, path in MODULES.items() if room_of(path) == room}
        assert circle(within) == []
    assert circle({"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("leaf", "at_most"),
    [("errors", 3), ("probabilities.link", 20), ("weighting.counts", 15), ("tables.features", 8)],
)
def test_a_leaf_loads_what_it_uses(leaf: str, at_most: int) -> None:
    code = f"import sys, boostweights.{leaf}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sum(name.startswith("boostweights") for name in done.stdout.split()) <= at_most


def test_a_plain_fit_calls_few_functions() -> None:
    """Comprehensions do not count: newer Pythons make no function of them."""
    code = """
import sys, warnings
import numpy as np
from lightgbm import LGBMClassifier
from boostweights import WeightedClassifier
clf = WeightedClassifier(LGBMClassifier(n_estimators=2, verbose=-1), weighting="balanced")
X, y = np.arange(100.0)[:, None], np.arange(100) % 3 == 0
clf.fit(X, y)
called = set()
def note(frame, event, argument):
    code = frame.f_code
    if event == "call" and "boostweights" in code.co_filename.split("/") and code.co_qualname[-1] != ">":
        called.add((code.co_filename, code.co_qualname))
sys.setprofile(note)
clf.fit(X, y)
sys.setprofile(None)
print(len(called), len({file for file, _ in called}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    functions, files = map(int, done.stdout.split())
    assert (functions <= 95, files <= 20) == (True, True), (functions, files)


@pytest.mark.parametrize(
    ("words", "place"),
    [("literal_eval", "weighting/policies/names.py"), ("rich.progress", "progress.py")],
    ids=["a policy from text", "progress"],
)
def test_one_place_does_it(words: str, place: str) -> None:
    assert [str(path.relative_to(PACKAGE)) for path in FILES if words in path.read_text()] == [place]


def test_a_comparison_calls_few_functions_and_reads_each_table_once(tmp_path: Path) -> None:
    """Six models: of the command's own process, imports included; trainings are in others.

    Bodies of classes are no functions; lambdas and comprehensions do not count, as for a fit.
    """
    (tmp_path / "table.csv").write_text(
        "a,b,y\n" + "".join(f"{i % 7 - 3 * (i % 3 == 0)}.5,{i % 11},{int(i % 3 == 0)}\n" for i in range(120))
    )
    code = """
import collections, inspect, sys
called, read = set(), collections.Counter()
def note(frame, event, argument):
    code = frame.f_code
    if event == "call" and "boostweights" in code.co_filename.split("/") and code.co_filename.endswith(".py"):
        if code.co_flags & inspect.CO_OPTIMIZED and code.co_qualname[-1] != ">":
            called.add((code.co_filename, code.co_qualname))
        if code.co_name == "read_file" and code.co_filename.endswith("digests.py"):
            read[frame.f_locals["name"]] += 1
import altair, duckdb, jinja2, lightgbm, sklearn.linear_model, vl_convert  # unprofiled, so that it is quick
from boostweights.cli.main import main
sys.argv = "boostweights compare table.csv --target y --libraries lightgbm --folds 2 --trees 2".split()
sys.setprofile(note)
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended
sys.setprofile(None)
assert not {name for name in sys.modules if name.split(".")[0] == "benchmarks"}
print(len(called), max(count for name, count in read.items() if name.endswith(".parquet")), len(read))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    functions, most, files = map(int, done.stdout.splitlines()[-1].split())
    assert functions <= 645, "500 for the comparison; the rest train, check and write what is recommended"
    assert (most, files) == (1, 9), "seven tables, a recommendation and its evidence"
