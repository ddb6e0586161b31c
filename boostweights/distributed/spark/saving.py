"""Estimators and models in folders: plain JSON beside what SparkXGBClassifier saves of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter

from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.card.policies import check_kind, fields_of, policy_from
from boostweights.errors import InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.names import Weighting, class_policy

__all__ = ["EstimatorReader", "EstimatorWriter", "ModelReader", "ModelWriter"]

_PAIRS = "pairs"
_SETTINGS = ("form", "eval_weighting", "count_rows")


class EstimatorWriter(MLWriter):
    """Saves a SparkWeightedClassifier."""

    def __init__(self, instance: Any) -> None:
        super().__init__()
        self.instance = instance

    def saveImpl(self, path: str) -> None:  # noqa: N802  Spark's name
        """Save parameters, and the inner estimator in a folder of its own."""
        instance = self.instance
        stated = {name: instance.getOrDefault(name) for name in _SETTINGS}
        stated["weighting"] = _policy_data(class_policy(instance.getOrDefault("weighting")))
        DefaultParamsWriter.saveMetadata(
            instance, path, self.sparkSession, paramMap={}, extraMetadata={"boostweights": stated}
        )
        instance._inner().write().save(f"{path}/estimator")


class EstimatorReader(MLReader[Any]):
    """Loads a SparkWeightedClassifier."""

    def __init__(self, cls: Any) -> None:
        super().__init__()
        self.cls = cls

    def load(self, path: str) -> Any:
        """Return the estimator of a folder."""
        from xgboost.spark import SparkXGBClassifier

        metadata = _metadata(path, self.sparkSession, self.cls)
        stated = dict(metadata["boostweights"])
        weighting = _policy(stated.pop("weighting"))
        inner = SparkXGBClassifier.load(f"{path}/estimator")
        loaded = self.cls(inner, weighting=weighting, **stated)
        loaded._resetUid(metadata["uid"])
        return loaded


class ModelWriter(MLWriter):
    """Saves a SparkWeightedClassifierModel."""

    def __init__(self, instance: Any) -> None:
        super().__init__()
        self.instance = instance

    def saveImpl(self, path: str) -> None:  # noqa: N802  Spark's name
        """Save weights, and the inner model in a folder of its own."""
        instance = self.instance
        stated = {
            "policy": _policy_data(instance.policy),
            "weights": _weights_data(instance.class_weights_),
            "native": _native_data(instance.native_),
        }
        DefaultParamsWriter.saveMetadata(
            instance, path, self.sparkSession, paramMap={}, extraMetadata={"boostweights": stated}
        )
        instance.model.write().save(f"{path}/model")


class ModelReader(MLReader[Any]):
    """Loads a SparkWeightedClassifierModel."""

    def __init__(self, cls: Any) -> None:
        super().__init__()
        self.cls = cls

    def load(self, path: str) -> Any:
        """Return the model of a folder."""
        from xgboost.spark import SparkXGBClassifierModel

        metadata = _metadata(path, self.sparkSession, self.cls)
        stated = metadata["boostweights"]
        weights = _weights(stated["weights"])
        loaded = self.cls(
            model=SparkXGBClassifierModel.load(f"{path}/model"),
            class_weights=weights,
            native=_native(stated["native"], weights),
            policy=_policy(stated["policy"]),
        )
        loaded._resetUid(metadata["uid"])
        return loaded


def _metadata(path: str, session: Any, cls: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = DefaultParamsReader.loadMetadata(path, session)
    expected = f"{cls.__module__}.{cls.__name__}"
    if metadata.get("class") != expected or "boostweights" not in metadata:
        raise InvalidValueError(
            f"the folder must hold a {cls.__name__}", shown(metadata.get("class")), f"Check the path {path}."
        )
    return metadata


def _policy_data(policy: Weighting) -> dict[str, Any]:
    check_kind(type(policy).__name__)  # Spark's load has no place for a class of one's own
    return {
        "kind": type(policy).__name__,
        "fields": {name: _field(policy, name, value) for name, value in fields_of(policy).items()},
        "rationale": policy.rationale,
        "owner": policy.owner,
    }


def _policy(data: Mapping[str, Any]) -> Weighting:
    stated = {name: data[name] for name in ("rationale", "owner")}
    fields = {
        name: dict(value[_PAIRS]) if isinstance(value, dict) else value
        for name, value in data["fields"].items()
    }
    return policy_from(data["kind"], {**fields, **stated})


def _field(policy: Weighting, name: str, value: Any) -> Any:
    """A field as JSON: keys there are text, so maps become pairs."""
    return {_PAIRS: value} if isinstance(getattr(policy, name), Mapping) else value


def _weights_data(weights: ClassWeights) -> dict[str, Any]:
    return {
        "class_weight": list(weights.class_weight.items()),
        "counts": list(weights.counts.items()),
        "notes": list(weights.notes),
    }


def _weights(data: Mapping[str, Any]) -> ClassWeights:
    pairs = dict(data["class_weight"])
    counts = ClassCounts((label, count) for label, count in data["counts"])
    return ClassWeights(pairs, counts=counts, notes=data["notes"])


def _native_data(native: NativeForm) -> dict[str, Any]:
    row_weight = None if native.row_weight is None else list(native.row_weight.items())
    plain = {name: getattr(native, name) for name in ("library", "form", "params", "pins", "reason")}
    return {**plain, "guarantee": native.guarantee.value, "row_weight": row_weight}


def _native(data: Mapping[str, Any], weights: ClassWeights) -> NativeForm:
    pairs = data["row_weight"]
    return NativeForm(
        library=data["library"],
        form=data["form"],
        params=dict(data["params"]),
        pins=dict(data["pins"]),
        guarantee=Guarantee(data["guarantee"]),
        reason=data["reason"],
        weights=weights.encoded(),
        dtype=np.float32,
        row_weight=None if pairs is None else dict(pairs),
    )
