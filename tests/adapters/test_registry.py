"""Which adapter is found, what its search imports, and what broken packages of others do."""

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import ADAPTERS, make_estimator
from sklearn.linear_model import LogisticRegression

import boostweights as bw
from boostweights.adapters import Adapter, adapter_of, register, registry
from boostweights.adapters.form import by_name, reference_form
from boostweights.adapters.registry import NAMES, adapter_named, adapters, library_names
from boostweights.errors import MissingAbilityError, MissingLibraryError


def an_adapter(module: str, **more: Any) -> Adapter:
    forms = by_name(reference_form("sample_weight"))
    return Adapter(name=module, extra=module, dtype=np.float64, forms=forms, **more)


@pytest.fixture(autouse=True)
def _a_registry_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    forget()
    before = dict(registry._registered)
    yield
    registry._registered.clear()
    registry._registered.update(before)
    monkeypatch.undo()
    forget()


def forget() -> None:
    registry._entry_points.cache_clear()
    registry._loaded.cache_clear()
    invalidate_caches()


@pytest.mark.parametrize("name", [*NAMES, "sklearn"])
def test_asking_for_one_library_imports_no_other(name: str) -> None:
    code = (
        f"import sys; from boostweights.adapters.registry import adapter_named; adapter_named({name!r})\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    for other in {*NAMES, "sklearn"} - {name}:
        assert f"boostweights.adapters.{other}" not in loaded
    assert f"boostweights.adapters.{name}.adapter" in loaded
    assert f"boostweights.adapters.{name}.record" not in loaded
    assert not loaded & {*NAMES, "sklearn", "pandas"}


def test_the_nearest_class_of_a_known_library_decides() -> None:
    lgb, xgb = pytest.importorskip("lightgbm"), pytest.importorskip("xgboost")
    mine = type("Mine", (lgb.LGBMClassifier,), {"__module__": "__main__"})
    assert adapter_of(mine()).name == "lightgbm"
    later = type("Later", (LogisticRegression, lgb.LGBMClassifier), {"__module__": "elsewhere.models"})
    assert adapter_of(later.__new__(later)).name == "lightgbm"  # the catch-all comes last
    for bases in ((lgb.LGBMClassifier, xgb.XGBClassifier), (xgb.XGBClassifier, lgb.LGBMClassifier)):
        both = type("Both", bases, {"__module__": "__main__"})
        assert adapter_of(both()).module == bases[0].__module__.partition(".")[0]
    assert adapter_of(LogisticRegression()).name == "sklearn"
    assert adapter_of(object()).name == "sklearn"


def test_a_registered_adapter_is_found_and_comes_before_scikit_learn() -> None:
    mine = an_adapter("thing")
    register(mine)
    thing = type("Thing", (LogisticRegression,), {"__module__": "thing.models"})
    assert adapter_of(thing()) is mine is adapter_named("thing")
    assert library_names() == (*NAMES, "thing", "sklearn")
    assert mine in adapters()


def test_what_cannot_be_registered() -> None:
    register(an_adapter("thing"))
    for module in ("thing", "lightgbm", "sklearn"):
        with pytest.raises(
            bw.errors.InvalidValueError, match=f"once for a module; got a second one for '{module}'"
        ):
            register(an_adapter(module))
    for wrong in (None, "thing", object(), Adapter):
        with pytest.raises(bw.errors.InvalidTypeError, match="must be a boostweights.adapters.Adapter"):
            register(wrong)  # type: ignore[arg-type]


def a_package(
    folder: Path, name: str, source: str, *, point: str | None = None, value: str | None = None
) -> None:
    """Install a package of one module with its entry point, as pip would leave it."""
    (folder / f"{name}.py").write_text(source)
    info = folder / f"{name}_dist-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.0\n")
    target = value or f"{name}:ADAPTER"
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{point or name} = {target}\n")


GOOD = """
import numpy as np
from boostweights.adapters import Adapter
from boostweights.adapters.form import by_name, reference_form
ADAPTER = Adapter(
    name="{0}", extra="{0}", dtype=np.float64, forms=by_name(reference_form("sample_weight"))
)
class Model:
    __module__ = "{0}.models"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(file.stem, None)


def test_an_entry_point_is_loaded_when_it_is_asked_for(site: Path) -> None:
    a_package(site, "outer", GOOD.format("outer"))
    assert adapter_named("lightgbm").name == "lightgbm"
    assert "outer" in library_names()
    assert "outer" not in sys.modules
    assert adapter_named("outer").name == "outer"
    assert adapter_of(sys.modules["outer"].Model()) is adapter_named("outer")
    with pytest.raises(bw.errors.InvalidValueError, match="once for a module"):
        register(an_adapter("outer"))


BROKEN: dict[str, tuple[dict[str, str], type[Exception], str]] = {
    "no such object": (
        {"source": "", "value": "broken:NOTHING"},
        MissingLibraryError,
        "must import; got broken:NOTHING of the package broken-dist: .*NOTHING.*Upgrade",
    ),
    "an error of its own": (
        {"source": "class Own(Exception): pass\nraise Own('no licence')"},
        MissingLibraryError,
        "must import; got broken:ADAPTER of the package broken-dist: no licence.*Upgrade",
    ),
    "no adapter": (
        {"source": "ADAPTER = 'lightgbm'"},
        bw.errors.InvalidTypeError,
        "boostweights.adapters.Adapter; got 'lightgbm' in broken:ADAPTER of the package broken-dist",
    ),
    "another name": (
        {"source": GOOD.format("other")},
        bw.errors.InvalidValueError,
        "top-level module .*; got broken for other in broken:ADAPTER of the package broken-dist. Rename",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_package_is_named_and_the_other_libraries_work(site: Path, what: str) -> None:
    written, error, message = BROKEN[what]
    a_package(site, "broken", **written)
    model = type("Model", (LogisticRegression,), {"__module__": "broken.models"})()
    for ask in (lambda: adapter_named("broken"), lambda: adapter_of(model), lambda: adapter_of("broken")):
        with pytest.raises(error, match=message):
            ask()
    assert library_names() == (*NAMES, "broken", "sklearn")
    assert [adapter.name for adapter in adapters()] == [*NAMES, "sklearn"]
    assert adapter_of(make_estimator("lightgbm")).name == "lightgbm"
    assert bw.forms("lightgbm")
    assert bw.forms()
    assert adapter_of(LogisticRegression()).name == "sklearn"


def test_two_packages_of_one_entry_point_are_an_error(site: Path) -> None:
    a_package(site, "first", GOOD.format("shared"), point="shared")
    a_package(site, "second", GOOD.format("shared"), point="shared")
    message = "one package may bring the adapter of shared; got (first|second)-dist and .*-dist. Uninstall"
    model = type("Model", (LogisticRegression,), {"__module__": "shared"})()
    for ask in (lambda: adapter_named("shared"), lambda: adapter_of(model)):
        with pytest.raises(bw.errors.InvalidValueError, match=message):
            ask()
    assert [adapter.name for adapter in adapters()] == [*NAMES, "sklearn"]


@pytest.mark.parametrize("taken", ["lightgbm", "sklearn"])
def test_an_entry_point_for_a_library_of_ours_is_an_error(site: Path, taken: str) -> None:
    a_package(site, "taker", GOOD.format(taken), point=taken)
    with pytest.raises(
        bw.errors.InvalidValueError, match=f"adapter of {taken}; got boostweights and taker-dist"
    ):
        adapter_named(taken)
    assert adapter_named("xgboost").name == "xgboost"
    assert [adapter.name for adapter in adapters()] == [name for name in (*NAMES, "sklearn") if name != taken]


def test_a_missing_ability_is_one_sentence_that_says_who_can() -> None:
    lacking = an_adapter("thing")
    register(lacking)
    able = ", ".join(name for name, adapter in ADAPTERS.items() if adapter.can("rescale"))
    for ask in (lambda: lacking.rescale({}, 2.0), lambda: lacking.require("rescale")):
        with pytest.raises(MissingAbilityError, match=rf"scale with weights; got thing, .* do: {able}\."):
            ask()
    with pytest.raises(MissingAbilityError, match="give raw scores; got thing, which does not"):
        lacking.raw_scores.link(None)
    able = an_adapter("able", rescale=lambda params, c: None)
    register(able)
    with pytest.raises(MissingAbilityError, match="these do: .*able"):
        lacking.rescale({}, 2.0)


def test_each_ability_says_its_own_sentence() -> None:
    lacking = an_adapter("thing")
    names = [field.name for field in dataclasses.fields(Adapter) if field.metadata.get("ability")]
    assert len(names) > 8
    sentences = set()
    for name in names:
        assert not lacking.can(name)
        with pytest.raises(MissingAbilityError) as raised:
            lacking.require(name)
        sentences.add(raised.value.rule)
    assert len(sentences) == len(names)


ROOT = Path(__file__).parents[2]
OLD = 3
"""The first libraries of the table, which tests of their own behaviour name."""
FILES = sorted(
    path
    for room in ("boostweights", "tests", "benchmarks", ".ci")
    for path in (ROOT / room).rglob("*")
    if path.suffix in (".py", ".pyi", ".toml") and "results" not in path.parts
)


@pytest.mark.parametrize("library", NAMES[OLD:])
def test_a_library_is_named_in_its_folder_alone(library: str) -> None:
    own = ROOT / "boostweights" / "adapters" / library
    word = re.compile(rf"\b{library}\b", re.IGNORECASE)
    named = {path: word.findall(path.read_text()) for path in FILES if own not in path.parents}
    assert {path: found for path, found in named.items() if found} == {Path(registry.__file__): [library]}


@pytest.mark.parametrize("library", NAMES)
def test_a_folder_is_in_pyproject_and_has_its_record(library: str) -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert re.search(rf"^{library} = \[", pyproject, re.MULTILINE)
    assert adapter_named(library).extra == f"boostweights[{library}]"
    assert (Path(registry.__file__).parent / library / "record.py").is_file()
