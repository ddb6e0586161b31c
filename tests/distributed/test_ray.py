"""Ray: counts and weights where the blocks are, and trainings of two workers beside one machine.

Outside the quick suite: ``make ray`` installs Ray and runs this.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from daskrows import FEATURES, rows
from sklearn.utils.class_weight import compute_sample_weight

import boostweights as bw

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("default")]  # Ray's own, of other libraries
LABELS: dict[str, list[Any]] = {
    "text": ["good", "bad", "good", "größer ", "good"],
    "int": [3, -1, 3, 3, 0],
    "bool": [True, False, True, True, False],
    "float": [2.0, -1.0, 2.0, 0.0, 2.0],
}
NAMES = np.array(["no", "yes", "zz"])


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import tests
    yield
    ray.shutdown()


def dataset(labels: list[Any], arrow: bool = True) -> Any:
    """Two blocks, the second of one row."""
    tables = [pa.table({"row": range(len(labels)), "label": labels}).slice(*at) for at in ((0, 4), (4,))]
    return ray.data.from_arrow(tables) if arrow else ray.data.from_pandas([t.to_pandas() for t in tables])


def balanced(labels: list[Any]) -> list[float]:
    weights: list[float] = compute_sample_weight("balanced", labels).astype(np.float32).tolist()
    return weights


@pytest.mark.parametrize("arrow", [True, False])
@pytest.mark.parametrize("kind", LABELS)
def test_counts_and_weights_are_those_of_one_machine(kind: str, arrow: bool) -> None:
    labels = LABELS[kind]
    data = dataset(labels, arrow)
    counts = bw.frames.count_classes(data, "label")
    assert dict(counts) == pd.Series(labels).value_counts().to_dict()
    assert {type(label) for label in counts} == {type(labels[0])}
    weighted = bw.frames.with_weights(data, "label", "balanced")
    assert weighted.columns() == ["row", "label", "weight"]
    assert str(weighted.schema().types[-1]) == "float"
    found = sorted(weighted.take_all(), key=lambda row: row["row"])
    assert [row["label"] for row in found] == labels
    assert [row["weight"] for row in found] == balanced(labels)


def test_a_plan_runs_nothing_and_a_count_reads_each_block_once(tmp_path: Path) -> None:
    def noted(block: Any) -> Any:
        (tmp_path / f"{block['row'][0]}-{len(list(tmp_path.iterdir()))}").touch()
        return block

    data = dataset(LABELS["text"]).map_batches(noted, batch_format="numpy", batch_size=None)
    weights = bw.Balanced().resolve(LABELS["text"])
    planned = bw.frames.with_weights(data, "label", weights)
    assert list(tmp_path.iterdir()) == []
    assert bw.frames.count_classes(data, "label") == weights.counts
    assert sorted(path.name[0] for path in tmp_path.iterdir()) == ["0", "4"]
    assert len(planned.take_all()) == 5


def test_missing_labels_are_no_class_and_labels_without_a_weight_have_none() -> None:
    data = dataset(["a", None, "b", None, "c"])
    with pytest.raises(bw.errors.InvalidValueError, match="must not be missing; got 2 of 5 missing"):
        bw.frames.count_classes(data, "label")
    weights = bw.ClassWeights({"a": 3.0, "b": 1.0}, counts=bw.ClassCounts({"a": 1, "b": 3}))
    found = sorted(bw.frames.with_weights(data, "label", weights).take_all(), key=lambda row: row["row"])
    assert [row["weight"] for row in found] == [3.0, None, 1.0, None, None]


def test_bad_datasets_are_refused_with_a_mend() -> None:
    data = dataset(LABELS["text"])
    weights = bw.ClassWeights({0: 3.0, 1: 1.0}, counts=bw.ClassCounts({0: 1, 1: 3}))
    unknown = data.map_batches(lambda block: block)  # columns are known only when it is run
    for given in (data, unknown):
        with pytest.raises(bw.errors.InvalidValueError, match="must be a column .* Did you mean 'label'"):
            bw.frames.count_classes(given, "labl")
    with pytest.raises(bw.errors.InvalidValueError, match="target must be a column"):
        bw.frames.with_weights(data, "labl", weights)
    with pytest.raises(bw.errors.InvalidValueError, match="name of the new column must be free"):
        bw.frames.with_weights(data, "label", "balanced", name="row")
    with pytest.raises(bw.errors.UnknownLabelError, match="that column 'label' can hold"):
        bw.frames.with_weights(data, "label", weights)
    with pytest.raises(bw.errors.InvalidValueError, match=r"discrete.*got 1\.5"):
        bw.frames.count_classes(dataset([1.0, 1.5, 2.0, 1.0, 1.0]), "label")
    with pytest.raises(bw.errors.InvalidValueError, match="labels must not be empty"):
        bw.frames.count_classes(data.filter(lambda row: False), "label")
    with pytest.raises(bw.errors.InvalidValueError, match="needs a frame that ray can compute"):
        bw.frames.count_classes(data.map_batches(lambda block: 1 / 0), "label")


def xgboost_loop(config: dict[str, Any]) -> None:
    """Train on a worker's share: codes of all classes, weights from the dataset's column."""
    import ray.train
    import xgboost
    from ray.train.xgboost import RayTrainReportCallback

    shard = ray.train.get_dataset_shard("train").materialize().to_pandas()
    codes = np.searchsorted(config["classes"], shard["label"])
    matrix = xgboost.DMatrix(shard[FEATURES], codes, weight=shard["weight"])
    report = RayTrainReportCallback(frequency=0)
    xgboost.train(config["params"], matrix, config["rounds"], callbacks=[report])


@pytest.mark.parametrize("classes", [2, 3])
def test_a_training_of_two_workers_is_the_one_of_one_machine(classes: int, tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost")
    from ray.train import RunConfig, ScalingConfig
    from ray.train.xgboost import RayTrainReportCallback, XGBoostTrainer

    X, codes = rows(classes)
    frame = pd.DataFrame(X, columns=FEATURES)
    data = ray.data.from_pandas(frame.assign(label=NAMES[codes])).repartition(4)
    weights = bw.Balanced().resolve(bw.frames.count_classes(data, "label"))
    objective = (
        {"objective": "multi:softprob", "num_class": 3} if classes == 3 else {"objective": "binary:logistic"}
    )
    params = {"max_depth": 3, "base_score": 0.5, "nthread": 1, **objective}
    trained = XGBoostTrainer(
        xgboost_loop,
        train_loop_config={"classes": list(weights.classes), "rounds": 8, "params": params},
        scaling_config=ScalingConfig(num_workers=2, resources_per_worker={"CPU": 1}),
        run_config=RunConfig(storage_path=str(tmp_path), name="weighted"),
        datasets={"train": bw.frames.with_weights(data, "label", weights)},
    ).fit()
    own = compute_sample_weight("balanced", codes).astype(np.float32)
    alone = xgboost.train(params, xgboost.DMatrix(frame, codes, weight=own), 8)
    model = RayTrainReportCallback.get_model(trained.checkpoint)
    found, expected = (each.predict(xgboost.DMatrix(frame)) for each in (model, alone))
    assert np.abs(found - expected).max() <= 1e-6
    assert np.ravel(np.abs(found.mean(axis=0) - np.bincount(codes)[-1] / len(codes))).max() > 0.05
