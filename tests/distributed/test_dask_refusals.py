"""Bad input of distributed fits: each an error that says what to do, before any training."""

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from daskrows import ENGINES, arrays, dask_estimator, frame, rows

import boostweights as bw
from boostweights.distributed.dask.classifier import DaskWeightedClassifier
from boostweights.distributed.dask.collections import dying

da = pytest.importorskip("dask.array")
X, Y = rows(2, 80)


def fitted(client: Any, library: str = "xgboost", settings: Any = None, **changes: Any) -> Any:
    dX, dy = arrays(X, Y)
    params = {name: changes.pop(name) for name in ("weighting", "form", "placement") if name in changes}
    given = {"X": dX, "y": dy, "client": client} | changes
    return DaskWeightedClassifier(dask_estimator(library, **(settings or {})), **params).fit(**given)


def unknown_rows() -> tuple[Any, Any]:
    """X and y filtered apart: as many partitions, other rows, and Dask knows of neither."""
    dX, dy = arrays(X, Y)
    return dX[dX[:, 0] > 2], dy[dX[:, 0] > 3]


REFUSED: list[tuple[dict[str, Callable[[], Any]], str, str]] = [
    ({"X": lambda: X}, "X must be a Dask data frame", "from_array"),
    ({"X": lambda: da.ones((80, 4), chunks=(20, 2))}, "a chunk of X must hold all columns", "{1: -1}"),
    (
        {"X": lambda: unknown_rows()[0], "y": lambda: unknown_rows()[1]},
        *("X and y must have the same rows in each partition", "Take both from one collection"),
    ),
    ({"sample_weight": lambda: -da.ones(80, chunks=20)}, "at least 0", ""),
    ({"X_val": lambda: arrays(X)[0], "y_val": lambda: arrays(Y + 1)[0]}, "every label must be one of", ""),
    (
        {"X_val": lambda: arrays(X)[0][:0], "y_val": lambda: arrays(Y)[0][:0]},
        *("an evaluation set must have rows", "Leave the set out"),
    ),
    ({"base_margin": lambda: da.ones(80, chunks=20)}, "of the arguments of fit", "no other column"),
    ({"placement": lambda: "pined"}, "placement must be one of", "'pinned'"),
]


@pytest.mark.parametrize(("changes", "rule", "mend"), REFUSED, ids=[rule for _, rule, _ in REFUSED])
def test_refused_with_a_mend(client: Any, changes: Any, rule: str, mend: str) -> None:
    with pytest.raises(bw.BoostweightsError) as caught:
        fitted(client, **{name: make() for name, make in changes.items()})
    assert rule in caught.value.rule
    assert caught.value.mend
    assert mend in caught.value.mend


def test_a_client_that_is_none() -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match=r"client must be a distributed\.Client"):
        fitted("tcp://localhost:1")


def test_frames_of_other_divisions(client: Any) -> None:
    table = frame(X, Y)
    other = table.repartition(divisions=[0, 10, 40, 60, 79])
    with pytest.raises(bw.errors.InvalidValueError, match="X and y must have the same divisions"):
        fitted(client, X=table[["a", "b"]], y=other["label"])


SETTINGS: dict[str, tuple[str, dict[str, Any], str]] = {
    "exact": ("xgboost", {"tree_method": "exact"}, "'hist' or 'approx'"),
    "spw": ("xgboost", {"scale_pos_weight": 3.0}, "classes may be weighted in one place"),
    "balanced per worker": ("lightgbm", {"class_weight": "balanced"}, "classes may be weighted in one place"),
    "early stopping's alias": ("lightgbm", {"n_iter_no_change": 3}, "cannot stop early on Dask"),
    "three classes of two": ("lightgbm", {"num_class": 3}, "must be the 2 of y"),
    "own objective": ("lightgbm", {"objective": lambda y, s: (s, s)}, "one of LightGBM's own"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_that_are_wrong_on_a_cluster(client: Any, case: str) -> None:
    library, settings, rule = SETTINGS[case]
    with pytest.raises(bw.errors.InvalidValueError) as caught:
        fitted(client, library, settings)
    assert rule in caught.value.rule


def test_other_estimators_and_libraries(client: Any) -> None:
    from sklearn.linear_model import LogisticRegression

    dX, dy = arrays(X, Y)
    with pytest.raises(bw.errors.InvalidTypeError, match="DaskXGBClassifier or DaskLGBMClassifier"):
        DaskWeightedClassifier(LogisticRegression()).fit(dX, dy)


@pytest.mark.filterwarnings("ignore:Parameter n_jobs will be ignored:UserWarning")
def test_lightgbm_warns_where_one_worker_has_few_rows(client: Any) -> None:
    """Which makes the bins of half the features: AUC .70 instead of .94."""
    wide, y = rows(2, 4000)
    chunks = ((4, 3996),)
    uneven = da.from_array(wide, chunks=(*chunks, -1)), da.from_array(y, chunks=chunks)
    clf = DaskWeightedClassifier(dask_estimator("lightgbm", n_estimators=1), placement="pinned")
    with pytest.warns(UserWarning, match=r"one of 2 holds 4 of 4000 rows.*Deal rows out evenly"):
        clf.fit(*uneven)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "LightGBM makes the bins")
        clf.fit(*arrays(wide, y))


@pytest.mark.parametrize("library", ENGINES)
def test_rows_that_fail_midway(client: Any, library: str) -> None:
    def boom(block: Any) -> Any:
        if block.shape[0] and block[0, 0] == X[40, 0]:
            raise KeyError("no such column")
        return block

    dX, dy = arrays(X, Y)
    broken = dX.map_blocks(boom, dtype=float, meta=np.empty((0, 4)))
    with pytest.raises(bw.errors.InvalidValueError, match="preparing training rows") as caught:
        fitted(client, library, X=broken, y=dy)
    assert "no such column" in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.full
def test_numbers_that_the_library_refuses_are_one_line(client: Any) -> None:
    broken = X.copy()
    broken[0, 0] = 1e39  # beyond float32
    with pytest.raises(bw.errors.InvalidValueError, match="settings that the library takes") as caught:
        fitted(client, X=arrays(broken, Y)[0])
    assert "\n" not in str(caught.value)
    assert "Stack trace" not in str(caught.value)


def test_a_worker_lost_in_training_is_named(client: Any, cluster: Any) -> None:
    address, process = next(iter(client.run(os.getpid).items()))

    @dying("training", client, "builtins:ZeroDivisionError")
    def losing() -> None:
        os.kill(process, signal.SIGKILL)
        while address in client.scheduler_info(n_workers=-1)["workers"]:
            time.sleep(0.05)
        raise ZeroDivisionError("connection reset\nStack trace:")

    with pytest.raises(bw.errors.InvalidValueError, match="needs workers that live") as caught:
        losing()
    assert caught.value.value == f"{address} died: ZeroDivisionError: connection reset"


def test_without_a_cluster() -> None:
    code = "from boostweights.distributed.dask.collections import cluster; cluster(None)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "training on Dask needs a cluster; got no client. Make one first" in done.stderr
