"""An adapter in a package of its own is found by its entry point, and passes what ours pass."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import boostweights as bw

EXAMPLE = Path(__file__).parents[2] / "examples" / "adapter"
pytest.importorskip("pip")


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables with which the example package is installed, beside this very boostweights."""
    folder = tmp_path_factory.mktemp("outside")
    alone = ("--no-build-isolation", "--no-index", "--no-deps")
    pip("install", *alone, "--target", str(folder / "site"), str(EXAMPLE))
    ours = Path(bw.__file__).parents[1]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ours)])}


SCRIPT = """
import numpy as np
from pocketboost import PocketClassifier
import boostweights as bw
from boostweights.adapters.registry import library_names

assert "pocketboost" in library_names(), library_names()
X, y = np.random.default_rng(0).normal(size=(300, 3)), np.array(["no", "yes"])[np.arange(300) % 10 // 9]
clf = bw.WeightedClassifier(PocketClassifier(), weighting="balanced").fit(X, y)
assert clf.native_.library == "pocketboost"
own = np.where(y == "yes", 5.0, 5 / 9)
assert np.array_equal(PocketClassifier().fit(X, y, sample_weight=own).predict_proba(X), clf.predict_proba(X))
odds = clf.predict_proba(X) / [5 / 9, 5.0]
by_hand = odds / odds.sum(axis=1, keepdims=True)
corrected = clf.set_params(correct_proba=True).predict_proba(X)
assert np.abs(corrected - by_hand).max() < 1e-12
assert np.abs(bw.bake_correction(clf).estimator_.predict_proba(X) - by_hand).max() < 1e-12
both = bw.WeightedClassifier(PocketClassifier(class_weight={"no": 1, "yes": 9}))
print(*bw.audit(both, y).codes(), bw.audit(clf, y).codes())
print(bw.to_native("balanced", "pocketboost", form="class_weight", y=y).params)
print("lightgbm" in __import__("sys").modules)
try:
    card = bw.Card.of(clf, y)
    assert card.versions["pocketboost"] == "0.1.0", card.versions
    card.attach(clf)
except bw.errors.InvalidTypeError as lacking:
    print(lacking)
"""


def test_it_is_found_by_its_entry_point(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: PLW1510  what it says is in the assertion
        [sys.executable, "-c", SCRIPT], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    audited, params, other, lacking = done.stdout.splitlines()
    assert audited.startswith("weights-multiply")
    assert audited.endswith(" []")
    assert params == "{'class_weight': {'no': 0.5555555555555556, 'yes': 5.0}}"
    assert other == "False"
    assert "must keep notes in its models; got pocketboost, which does not" in lacking
    assert "these do: xgboost, lightgbm, catboost" in lacking


def test_it_passes_the_checks_of_its_own_tests(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider"]
    done = subprocess.run(  # noqa: PLW1510  what it says is in the assertion
        [*command, str(EXAMPLE / "tests")], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
