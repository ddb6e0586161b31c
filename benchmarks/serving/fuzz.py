"""Exports of models with odd settings end in equality, or are refused before anything is written.

    PYTHONPATH=tests python -m benchmarks.serving.fuzz [--models N] [--seed FIRST]

A model is a seed (`odd`). Its export is opened in its runtime, as others open it, and compared with the
classifier on training rows, and on rows with zeros and their neighbours, missing and infinite values, 1e39
and unseen levels, as far as the classifier itself takes them. Counts, and each fault, go to
benchmarks/results/serving/fuzz.json. Exits with 1 if there is a fault.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import catboost
import lightgbm
import numpy as np
import onnxruntime
import pandas as pd
import skops.io
import treelite
import xgboost

from benchmarks.serving.measure import PACKAGES
from benchmarks.serving.odd import Odd, odd
from boostweights.errors import BoostweightsError
from boostweights.serving import ServingError, check_export, export, load
from boostweights.serving.exported import Exported
from boostweights.versions import installed_version

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "benchmarks" / "results" / "serving" / "fuzz.json"
EQUAL, REFUSED, CAUGHT, UNTRAINED = "equal", "refused", "refused by the check", "not trained"
ENDS: Final = (EQUAL, REFUSED, CAUGHT, UNTRAINED)
ORDER: Final = "levels in another order"
_ROWS: Final = 40  # for each kind
_VALUES: Final[dict[str, tuple[float, ...]]] = {
    "zeros": (0.0, -0.0, 1.4e-45, -1.4e-45, 1e-38, 1e-35, -1e-35),
    "missing": (np.nan,),
    "infinite": (np.inf, -np.inf),
    "1e39": (1e39, -1e39),
}


def main() -> None:
    """Draw models, export each, and write how the exports ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=int, default=300, help="trained models")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: list[dict[str, Any]] = []
    while sum(row["end"] != UNTRAINED for row in rows) < options.models:
        rows.append(judged(options.seed + len(rows)))
        print(rows[-1], flush=True)
    facts = _summary(rows, options.seed)
    options.out.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(facts["ends"], indent=1), f"faults: {len(facts['faults'])}")
    sys.exit(1 if facts["faults"] else 0)


def judged(seed: int) -> dict[str, Any]:
    """Return how the export of a seed's model ends, and what was drawn."""
    drawn = odd(seed)
    row = {"seed": seed, "library": drawn.library, "to": drawn.to, "name": drawn.name}
    return row | {"settings": dict(drawn.settings)} | _ending(drawn)


def _ending(drawn: Odd) -> dict[str, Any]:
    try:
        model = drawn.model.fit(drawn.X, drawn.y)
    except (Exception, SystemError) as untrained:
        return {"end": UNTRAINED, "why": _line(untrained)}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, drawn.name)
        shown = drawn.X if _needs_rows(drawn) else None
        try:
            export(model, place, drawn.to, rows=shown)
        except BoostweightsError as refused:
            left = sorted(os.listdir(folder))
            kind = CAUGHT if isinstance(refused, ServingError) else REFUSED
            return {"end": f"left {left}" if left else kind, "why": _line(refused)}
        except Exception as raised:
            return {"end": "raised by export", "why": _line(raised)}
        try:
            return _compared(drawn, model, place)
        except Exception as raised:
            return {"end": "raised where it is served", "why": _line(raised)}


def _needs_rows(drawn: Odd) -> bool:
    """Whether the library names categories that only rows can show."""
    texts = hasattr(drawn.X, "columns") and any(name.startswith("c") for name in drawn.X.columns)
    return texts and drawn.library in ("catboost", "HistGradientBoosting")


def _compared(drawn: Odd, model: Any, place: Path) -> dict[str, Any]:
    exported, largest, kinds = load(place), 0.0, []
    _open_as_others(exported)
    for kind, rows in _rows(drawn):
        known = drawn.X if kind == ORDER else rows  # XGBoost 3.2 misreads levels in another order
        try:
            proba, labels = model.predict_proba(known), model.predict(known)
        except Exception:
            continue
        theirs, decided = exported.predict_proba(rows), exported.predict(rows)
        both = np.isnan(proba) & np.isnan(theirs)
        apart = np.where(both, 0.0, np.abs(proba - theirs))
        front = np.sort(np.where(np.isnan(proba), 0.0, _decides(model, known)), axis=1)
        tied = front[:, -1] - front[:, -2] <= exported.manifest.tolerance
        wrong = ~(apart.max(axis=1) <= exported.manifest.tolerance) | ((labels != decided) & ~tied)
        if wrong.any():
            first = np.asarray(rows)[wrong][0].tolist()
            return {"end": f"other answers: {kind}", "why": f"{int(wrong.sum())} rows, such as {first}"}
        largest = max(largest, float(apart.max()))
        kinds.append(kind)
    none = drawn.X[:0]
    shapes = exported.predict_proba(none).shape, exported.predict(none).shape
    if shapes != ((0, len(exported.classes_)), (0,)):
        return {"end": "other shapes of no rows", "why": str(shapes)}
    if exported.file("probes.npz") is not None:
        check_export(place)
    return {"end": EQUAL, "difference": largest, "rows": kinds}


def _decides(model: Any, rows: Any) -> Any:
    """Return the probabilities by which the classifier decides, nearly: a tie there is no fault."""
    clf = model[-1] if hasattr(model, "steps") else model
    inside = model[:-1].transform(rows) if hasattr(model, "steps") else rows
    if clf.threshold is None:
        return clf.estimator_.predict_proba(inside)
    proba = clf.predict_proba(inside)
    positive = proba[:, list(clf.classes_).index(clf.pos_label)]
    return np.column_stack([np.full(len(proba), clf.threshold), positive])


def _open_as_others(exported: Exported) -> None:
    """Open the model in its runtime, without boostweights."""
    manifest, path = exported.manifest, exported.path
    (path,) = path.glob("model.*") if path.is_dir() else (path,)
    _OPENED[manifest.library if manifest.to == "native" else manifest.to](str(path))


_OPENED: Final[dict[str, Callable[[str], Any]]] = {
    "onnx": lambda path: onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]),
    "treelite": treelite.Model.deserialize,
    "xgboost": lambda path: xgboost.Booster(model_file=path),
    "lightgbm": lambda path: lightgbm.Booster(model_file=path),
    "catboost": lambda path: catboost.CatBoost().load_model(path),
    "sklearn": lambda path: skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path)),
}


def _rows(drawn: Odd) -> Iterator[tuple[str, Any]]:
    """Yield rows of each kind: those of training, and some with values in their place."""
    yield "training", drawn.X
    yield ORDER, _turned(drawn.X)
    random = np.random.default_rng(0)
    frame = hasattr(drawn.X, "columns")
    table: Any = drawn.X if frame else pd.DataFrame(drawn.X)
    numbers = [name for name in table if not frame or name.startswith("x")]
    for kind, values in _VALUES.items():
        some = random.integers(len(table), size=_ROWS)
        rows = table.iloc[some].reset_index(drop=True)
        holes = random.random((_ROWS, len(numbers))) < 0.5
        chosen = random.choice(np.array(values), size=(_ROWS, len(numbers)))
        rows[numbers] = np.where(holes, chosen, rows[numbers])
        yield kind, rows if frame else rows.to_numpy()
        if kind == "missing" and frame:
            yield from _other_levels(table.iloc[some].reset_index(drop=True))


def _turned(rows: Any) -> Any:
    """Return rows whose levels are in the opposite order."""
    for name in _categories(rows):
        rows = rows.assign(**{name: rows[name].cat.set_categories(rows[name].cat.categories[::-1])})
    return rows


def _categories(rows: Any) -> list[str]:
    kinds = getattr(rows, "dtypes", None)
    return [] if kinds is None else [name for name, kind in kinds.items() if hasattr(kind, "categories")]


def _other_levels(rows: Any) -> Iterator[tuple[str, Any]]:
    """Yield rows without categories, and with levels that training did not have."""
    names = _categories(rows)
    if not names:
        return
    lost, unseen = rows.copy(), rows.copy()
    for name in names:
        lost.loc[lost.index % 2 == 0, name] = np.nan
        fresh = "unseen" if rows[name].cat.categories.dtype == object else 99
        unseen[name] = rows[name].cat.add_categories([fresh])
        unseen.loc[unseen.index % 2 == 0, name] = fresh
    yield "categories missing", lost
    yield "levels unseen", unseen


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {re.sub(r'/[^ ]*/(?=model)|[0-9]+:[0-9]+:[0-9]+', '', text)[:300]}"


def _summary(rows: list[dict[str, Any]], first: int) -> dict[str, Any]:
    ends = Counter(row["end"] for row in rows)
    cells: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    for row in rows:
        form = "file" if "." in row["name"] else "folder"
        cells.setdefault(f"{row['library']}, {row['to']}, {form}", Counter())[row["end"]] += 1
        if row["end"] in (REFUSED, CAUGHT):
            reasons[f"{row['end']}: {row['why'].partition('; got ')[2].split('. ')[0][:120]}"] += 1
    return {
        "versions": {name: version for name in PACKAGES if (version := installed_version(name))},
        "first seed": first,
        "models": ends.total() - ends[UNTRAINED],
        "ends": dict(sorted(ends.items())),
        "rows compared": dict(Counter(kind for row in rows for kind in row.get("rows", ()))),
        "largest difference": max((row.get("difference", 0.0) for row in rows), default=0.0),
        "cells": {cell: dict(sorted(counts.items())) for cell, counts in sorted(cells.items())},
        "refused": dict(reasons.most_common()),
        "faults": [row for row in rows if row["end"] not in ENDS],
    }


if __name__ == "__main__":
    main()
