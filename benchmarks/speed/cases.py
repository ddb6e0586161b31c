"""What is measured: our work next to a peer's that gives the same result, and the ratio that it may take."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.base import clone

import boostweights as bw
from benchmarks.speed.timing import Pair, peak_bytes, timed

Codes = npt.NDArray[np.int64]
NAMES = np.array(["bad", "good"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ratio of ours to a peer's.

    Attributes
    ----------
    subject, of : str
        What is divided by what, and on which data.
    pair : callable
        Measures both sides once.
    at_most : float
        The ratio to keep.
    bound : str
        What limits the ratio.
    repeats : int
        How often both sides are measured.
    """

    subject: str
    of: str
    pair: Callable[[], Pair]
    at_most: float
    bound: str
    repeats: int = 5


def imports(rows: int) -> Iterator[Case]:
    """Importing the package in a fresh process, away from the repository."""

    def run(code: str) -> Callable[[], object]:
        command = [sys.executable, "-c", code]
        return lambda: subprocess.run(command, check=True, cwd=tempfile.gettempdir())

    yield Case(
        subject="import boostweights / import numpy",
        of="fresh process",
        pair=timed(run("import boostweights"), run("import numpy")),
        at_most=1.3,
        bound="1: numpy is imported",
        repeats=15,
    )


LABELS: dict[str, Callable[[Codes], Any]] = {
    "int64, 1 % ones": lambda codes: codes,
    "int64, {-1, 1}": lambda codes: 2 * codes - 1,
    "bool": lambda codes: codes == 1,
    "numpy str": lambda codes: NAMES[codes],
    "pandas category": lambda codes: pd.Series(NAMES[codes], dtype="category"),
    "polars String": lambda codes: pl.Series(NAMES[codes]),
    "pyarrow dictionary": lambda codes: pa.DictionaryArray.from_arrays(codes.astype(np.int32), NAMES),
}


def labels(rows: int) -> Iterator[Case]:
    """Counts and row weights: integers next to scikit-learn, the other columns next to numpy.unique."""
    from sklearn.utils.class_weight import compute_sample_weight

    codes = (np.random.default_rng(0).random(rows) < 0.01).astype(np.int64)
    for name, make in LABELS.items():
        y = make(codes)
        integers = name.startswith("int")

        def ours(y: Any = y) -> Any:
            return bw.Balanced().resolve(y).sample_weight(y)

        def peer(y: Any = y, integers: bool = integers) -> Any:
            return compute_sample_weight("balanced", y) if integers else np.unique(np.asarray(y))

        small = make(codes[:10_000])
        np.testing.assert_allclose(ours(small), compute_sample_weight("balanced", np.asarray(small)), 1e-6)
        yield Case(
            subject=f"weights / {'compute_sample_weight' if integers else 'numpy.unique'}",
            of=f"{name}, {rows:,} rows",
            pair=timed(ours, peer),
            at_most=1 / 3 if integers else 1.0,
            bound="the labels are read twice, float32 weights are written once",
        )


def by_pandas(frame: pd.DataFrame) -> Any:
    """Balanced weights as a pandas user writes them."""
    counts = frame["label"].value_counts()
    weights = {label: len(frame) / (len(counts) * count) for label, count in counts.items()}
    return frame.assign(weight=frame["label"].map(weights).astype("float32"))


def by_polars(frame: pl.DataFrame) -> Any:
    """Balanced weights as a polars user writes them."""
    counts = dict(frame["label"].value_counts().iter_rows())
    weights = {label: len(frame) / (len(counts) * count) for label, count in counts.items()}
    return frame.with_columns(
        pl.col("label").replace_strict(weights, return_dtype=pl.Float32).alias("weight")
    )


ENGINES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "pandas": (pd.DataFrame, by_pandas),
    "polars": (pl.DataFrame, by_polars),
}


def frames(rows: int) -> Iterator[Case]:
    """A column of weights next to the same column written by hand."""
    codes = (np.random.default_rng(0).random(rows) < 0.99).astype(np.int64)
    for name, (make, by_hand) in ENGINES.items():
        frame = make({"label": NAMES[codes]})
        ours = partial(bw.frames.with_weights, frame, "label", "balanced")
        peer = partial(by_hand, frame)
        first, second = (np.asarray(weighted["weight"], np.float32) for weighted in (ours(), peer()))
        np.testing.assert_array_equal(first, second)
        yield Case(
            subject="with_weights / by hand",
            of=f"{name}, {rows:,} texts",
            pair=timed(ours, peer),
            at_most=1.0,
            bound="the engine's own scan of the column, and as many float32",
        )


def models(trees: int) -> dict[str, Any]:
    """One estimator of each library, on one thread."""
    from catboost import CatBoostClassifier
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier
    from xgboost import XGBClassifier

    return {
        "xgboost": XGBClassifier(n_estimators=trees, n_jobs=1),
        "lightgbm": LGBMClassifier(n_estimators=trees, n_jobs=1, verbose=-1),
        "catboost": CatBoostClassifier(trees, thread_count=1, verbose=False, allow_writing_files=False),
        "sklearn": HistGradientBoostingClassifier(max_iter=trees, early_stopping=False),
    }


def table(rows: int) -> tuple[npt.NDArray[np.float32], Codes]:
    """Twenty features, and 2 % positive labels that depend on them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, 20), np.float32)
    score = X[:, 0] + X[:, 1] * X[:, 2] + rng.standard_normal(rows, np.float32)
    return X, (score > np.quantile(score, 0.98)).astype(np.int64)


def fits(rows: int) -> Iterator[Case]:
    """The wrapper, and its fitted correction, next to the same library trained by hand."""
    X, y = table(rows // 50)
    for library, model in models(20).items():
        weights = bw.to_native("balanced", library, y).fit_kwargs(y)["sample_weight"]
        plain = bw.WeightedClassifier(model, weighting="balanced")
        fitted = bw.WeightedClassifier(model, weighting="balanced", correct_proba="fitted")

        native = partial(clone(model).fit, X, y, sample_weight=weights)
        wrapped, corrected = partial(plain.fit, X, y), partial(fitted.fit, X, y)
        np.testing.assert_array_equal(native().predict_proba(X), wrapped().predict_proba(X))
        yield Case(
            subject="WeightedClassifier.fit / native fit",
            of=f"{library}, {len(y):,} rows",
            pair=timed(wrapped, native, time.process_time),
            at_most=1.05,
            bound="1: one pass over the labels and one over the weights are added",
        )
        yield Case(
            subject="fitted correction / plain fit",
            of=f"{library}, {len(y):,} rows",
            pair=timed(corrected, wrapped, time.process_time),
            at_most=5.5,
            bound="5: five folds of four fifths of the rows, and all rows",
            repeats=3,
        )


RATIOS = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0)


def paths(rows: int) -> Iterator[Case]:
    """A path of six weights next to a grid search over the same weights with one metric."""
    from sklearn.model_selection import GridSearchCV

    X, y = table(rows // 100)
    for library, at_most in (("lightgbm", 0.7), ("xgboost", 1.05), ("catboost", 1.05)):
        model = models(50)[library]

        ours = partial(bw.weight_path, model, X, y, RATIOS, cv=5, progress=False)
        search = GridSearchCV(model, {"scale_pos_weight": RATIOS}, scoring="roc_auc", cv=5, refit=False)
        yield Case(
            subject="weight_path / GridSearchCV",
            of=f"{library}, {len(y):,} rows",
            pair=timed(ours, partial(search.fit, X, y), time.process_time),
            at_most=at_most,
            bound="binning, which only one fit of a fold pays, and the trees, which all pay",
            repeats=1,
        )


def folder_of(place: Path, rows: int) -> Path:
    """Write a Parquet folder of rows as `table` makes them, in four files."""
    place.mkdir(parents=True, exist_ok=True)
    X, y = table(rows)
    for number, part in enumerate(np.array_split(np.arange(rows), 4)):
        columns = {f"f{at}": X[part, at] for at in range(X.shape[1])}
        rows_of_file = pa.table({**columns, "label": NAMES[y[part]]})
        pq.write_table(rows_of_file, place / f"{number}.parquet", compression="none")
    return place


def folders(rows: int) -> Iterator[Case]:
    """Parquet folders: counting, ten weightings that share bins, and peak memory of a training."""
    import duckdb

    with tempfile.TemporaryDirectory() as place:
        folder = folder_of(Path(place) / "rows", rows // 10)
        connection = duckdb.connect()
        query = f"select label, count(*) from read_parquet('{folder}/*.parquet') group by label"
        yield Case(
            subject="count_parquet / DuckDB",
            of=f"{rows // 10:,} rows",
            pair=timed(
                partial(bw.outofcore.count_parquet, folder, "label"),
                lambda: connection.execute(query).fetchall(),
            ),
            at_most=1.2,
            bound="decoding the label column's pages",
        )
        weightings = [{"bad": 1.0, "good": float(ratio)} for ratio in range(1, 11)]
        for library in ("lightgbm", "xgboost"):
            model = models(20)[library]

            sweep = partial(bw.outofcore.sweep_parquet, model, folder, "label", weightings, frozen=True)

            def apart(model: Any = model) -> Any:
                fitting = [bw.WeightedClassifier(model, weighting=weights) for weights in weightings]
                return [bw.outofcore.fit_parquet(clf, folder, "label") for clf in fitting]

            yield Case(
                subject="sweep_parquet / ten fits",
                of=f"{library}, {rows // 10:,} rows",
                pair=timed(sweep, apart),
                at_most=1.0,
                bound="nine readings and binnings are saved, trees are grown all the same",
                repeats=1,
            )
            yield Case(
                subject="peak memory, from blocks / read whole",
                of=f"{library}, {rows // 10:,} rows",
                pair=partial(_peaks, library, folder),
                at_most=1.0,
                bound="the library's bins, and scores and labels of all rows",
                repeats=1,
            )


def _peaks(library: str, folder: Path) -> Pair:
    """Train in two fresh processes, and return their peak memory beyond imports, in bytes."""

    def peak(side: str) -> float:
        command = [sys.executable, "-m", "benchmarks.speed.cases", side, library, str(folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(json.loads(done.stdout.splitlines()[-1]))

    return peak("blocks"), peak("whole")


def train(side: str, library: str, folder: str) -> int:
    """Train from blocks of a Parquet folder, or from the folder read whole; return the bytes it took."""
    model = models(5)[library]
    bw.WeightedClassifier(model).fit(np.arange(64.0).reshape(32, 2), np.arange(32) % 2)  # imports
    before = peak_bytes()
    if side == "blocks":
        bw.outofcore.fit_parquet(model, folder, "label")
    else:
        frame = pd.read_parquet(folder)
        bw.WeightedClassifier(model).fit(frame.drop(columns="label"), frame["label"])
    return peak_bytes() - before


def clusters(rows: int) -> Iterator[Case]:
    """A weighted fit on a Dask cluster of two processes next to the native one, weights made before."""
    import dask.array as da
    from distributed import Client, LocalCluster, wait
    from xgboost.dask import DaskXGBClassifier

    from boostweights.distributed.dask import DaskWeightedClassifier

    X, y = table(rows // 10)
    weights = bw.Balanced().resolve(y).sample_weight(y)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        chunk = len(y) // 8
        parts = [
            client.persist(da.from_array(values, chunks=(chunk, -1)[: values.ndim]))
            for values in (X, y, weights)
        ]
        wait(parts)
        features, target, row_weights = parts
        settings: dict[str, Any] = {"n_estimators": 20, "tree_method": "hist", "base_score": 0.5}
        yield Case(
            subject="fit on Dask / native fit",
            of=f"xgboost, {len(y):,} rows",
            pair=timed(
                lambda: DaskWeightedClassifier(DaskXGBClassifier(**settings)).fit(features, target),
                lambda: DaskXGBClassifier(**settings).fit(features, target, sample_weight=row_weights),
            ),
            at_most=1.1,
            bound="1: counting is one more pass over the labels",
        )


def harness(rows: int) -> Iterator[Case]:
    """A run of the harness next to scikit-learn's cross_validate once for each weighting, figures equal."""
    from sklearn.model_selection import cross_validate

    from boostweights.benchmark.data.load import prepare
    from boostweights.benchmark.plan.learners import LEARNERS, estimator, parameters
    from boostweights.benchmark.plan.plan import make_plan
    from boostweights.benchmark.plan.problem import read_problem
    from boostweights.benchmark.plan.splits import folds
    from boostweights.benchmark.plan.suite import load_suite
    from boostweights.benchmark.run.run import run
    from boostweights.benchmark.run.store import Store
    from boostweights.tables.preparation import with_categories

    base = load_suite("fixed")
    weightings = ("unweighted", "sqrt_balanced", "balanced")
    arms = tuple(replace(arm, tune=False) for arm in base.arms if arm.name in weightings)
    names = ("yeast4",) if rows < 10**6 else ("hypothyroid", "churn-tv", "bank-marketing")
    suite = replace(base, name="speed", data=names, arms=arms, folds=5)
    problems = {name: read_problem(prepare(name)) for name in names}
    plan = make_plan(suite, {name: prepare(name) for name in names})
    figures: list[pd.DataFrame] = []

    def ours() -> None:
        with tempfile.TemporaryDirectory() as place, Store(Path(place) / "store.sqlite") as store:
            run(plan, store, jobs=2)
            figures[:] = [store.metrics()]

    def peer() -> None:
        scores = figures[0]
        for name, problem in problems.items():
            splits = [(split.train, split.test) for split in folds(problem.dataset, suite)]
            for library in suite.libraries:
                learner, categorical = LEARNERS[library], problem.dataset.categorical
                resources = {"trees": suite.trees, "seed": suite.seed, "threads": suite.threads}
                settings = parameters(learner, **resources, categorical=categorical)
                X = with_categories(problem.dataset.X, learner.categories)
                for arm in weightings:
                    clf = bw.WeightedClassifier(estimator(learner.classifier, settings), bw.as_policy(arm))
                    done = cross_validate(clf, X, problem.y, cv=splits, scoring="roc_auc", n_jobs=2)
                    cell = f"dataset == {name!r} and library == {library!r} and arm == {arm!r}"
                    rows_of = scores.query(f"{cell} and metric == 'roc_auc' and proba == 'raw'")
                    values = rows_of.sort_values("fold")["value"]
                    np.testing.assert_allclose(values, done["test_score"], rtol=0, atol=1e-12)

    ours()
    yield Case(
        subject="harness / cross_validate",
        of=f"{len(names)} data sets, {len(plan.models)} models, two processes",
        pair=timed(ours, peer),
        at_most=1.0,
        bound="the fits alone on shared bins",
        repeats=2,
    )


SUBJECTS: dict[str, Callable[[int], Iterator[Case]]] = {
    subject.__name__: subject
    for subject in (imports, labels, frames, fits, paths, folders, clusters, harness)
}
"""The subjects in the order in which they run; each takes the rows of its largest case."""


if __name__ == "__main__":
    print(json.dumps(train(*sys.argv[1:])))
