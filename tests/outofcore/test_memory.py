"""Memory does not grow with the features of more rows: peaks of fresh processes at two sizes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from libraries import RECORDS, make_estimator

FEATURES = 120
STATE = 60
"""Bytes a row that libraries keep besides features: labels, weights, gradients, scores, leaves."""
SLACK = 20_000_000
"""What allocators do not give back, and more threads take."""

# With 256 bins the quantile sketch of so few rows would still be growing: a tenth of a megabyte a feature.
SETTINGS = {
    "xgboost": {"n_estimators": 2, "n_jobs": 1, "max_depth": 3, "max_bin": 16},
    "lightgbm": {
        **{"n_estimators": 2, "n_jobs": 1, "num_leaves": 7},
        **{"verbose": -1, "bin_construct_sample_cnt": 5000},
    },
}
WORKER = """
import json, pathlib, sys
import boostweights as bw
from boostweights.adapters.record import named_class
bins, folder, name, settings = sys.argv[1:]
booster = named_class(name)(**json.loads(settings)) if name else None
if booster is None:
    bw.outofcore.count_parquet(folder, "label")
else:
    bw.outofcore.fit_parquet(booster, folder, "label", bins=bins, block_rows=5_000)
status = pathlib.Path("/proc/self/status").read_text()  # getrusage would begin at the parent's size
print(json.dumps(1024 * int(status.split("VmHWM:")[1].split()[0])))
"""


def folder_of(folder: Path, rows: int) -> Path:
    """One large file, of which no more than a part may be kept."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    names = [f"f{number}" for number in range(FEATURES)]
    schema = pa.schema([*((name, pa.float32()) for name in names), ("label", pa.bool_())])
    with pq.ParquetWriter(folder / "all.parquet", schema, compression="none") as writer:
        for _ in range(rows // 10_000):
            X = rng.normal(size=(10_000, FEATURES)).astype(np.float32)
            writer.write_table(pa.table([*X.T.copy(), X[:, 0] > 1.5], schema=schema))
    return folder


def peak(side: str, folder: Path) -> int:
    """Bytes that a fresh process held at most."""
    library, _, bins = side.partition(" ")
    name = RECORDS[library].classifier if bins else ""
    given = [bins, str(folder), name, json.dumps(SETTINGS.get(library))]
    done = subprocess.run([sys.executable, "-c", WORKER, *given], capture_output=True, text=True, check=True)
    found: int = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    place = tmp_path_factory.mktemp("folders")
    return {rows: folder_of(place / str(rows), rows) for rows in (40_000, 200_000)}


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the peak of a process")
@pytest.mark.parametrize(
    ("side", "bytes_a_value"),
    [("count", 0.0), ("xgboost disk", 0.0), ("xgboost memory", 1.0), ("lightgbm memory", 1.0)],
)
def test_memory_grows_by_what_is_kept_of_a_row(
    side: str, bytes_a_value: float, folders: dict[int, Path]
) -> None:
    if side != "count":
        make_estimator(side.split(maxsplit=1)[0])
    few, many = sorted(folders)
    growth = peak(side, folders[many]) - peak(side, folders[few])
    allowed = (many - few) * (STATE + bytes_a_value * FEATURES) + SLACK
    features = (many - few) * FEATURES * 4
    assert allowed < features
    assert growth < allowed, f"{growth:,} of {features:,} bytes of features"
