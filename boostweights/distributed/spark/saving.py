"""Estimators and models in folders: plain JSON beside what SparkXGBClassifier saves of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter

from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.card.policies import check_kind, fields_of, policy_from
from boostweights.errors import InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.names import Weighting, class_policy

_PAIRS = "pairs"
_SETTINGS = ("form", "eval_weighting", "count_rows")


class Writer(MLWriter):
    """Saves an estimator or a model: what is stated of it as JSON, what it wraps in a folder of its own."""

    def __init__(self, instance: Any, stated: Mapping[str, Any], inner: Any, folder: str) -> None:
        super().__init__()
        self.instance, self.stated, self.inner, self.folder = instance, stated, inner, folder

    def saveImpl(self, path: str) -> None:  # noqa: N802  Spark's name
        """Save both."""
        extra = {"boostweights": dict(self.stated)}
        DefaultParamsWriter.saveMetadata(
            self.instance, path, self.sparkSession, paramMap={}, extraMetadata=extra
        )
        self.inner.write().save(f"{path}/{self.folder}")


class Reader(MLReader[Any]):
    """Loads what a `Writer` saved: `make` returns an instance, of what is stated and of the folder's path."""

    def __init__(self, cls: Any, make: Callable[[dict[str, Any], str], Any]) -> None:
        super().__init__()
        self.cls, self.make = cls, make

    def load(self, path: str) -> Any:
        """Return the estimator or the model of a folder."""
        metadata: dict[str, Any] = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        expected = f"{self.cls.__module__}.{self.cls.__name__}"
        if metadata.get("class") != expected or "boostweights" not in metadata:
            rule = f"the folder must hold a {self.cls.__name__}"
            raise InvalidValueError(rule, shown(metadata.get("class")), f"Check the path {path}.")
        loaded = self.make(metadata["boostweights"], path)
        loaded._resetUid(metadata["uid"])
        return loaded


def estimator_writer(estimator: Any, inner: Any) -> Writer:
    """Return what saves a SparkWeightedClassifier."""
    stated = {name: estimator.getOrDefault(name) for name in _SETTINGS}
    stated["weighting"] = _policy_data(class_policy(estimator.getOrDefault("weighting")))
    return Writer(estimator, stated, inner, "estimator")


def estimator_reader(cls: Any) -> Reader:
    """Return what loads a SparkWeightedClassifier."""

    def make(stated: dict[str, Any], path: str) -> Any:
        from xgboost.spark import SparkXGBClassifier

        weighting = _policy(stated.pop("weighting"))
        return cls(SparkXGBClassifier.load(f"{path}/estimator"), weighting=weighting, **stated)

    return Reader(cls, make)


def model_writer(model: Any) -> Writer:
    """Return what saves a SparkWeightedClassifierModel."""
    weights = model.class_weights_
    pairs = {name: list(getattr(weights, name).items()) for name in ("class_weight", "counts")}
    stated = {
        "policy": _policy_data(model.policy),
        "weights": {**pairs, "notes": list(weights.notes), "exact": weights.exact},
        "native": _native_data(model.native_),
    }
    return Writer(model, stated, model.model, "model")


def model_reader(cls: Any) -> Reader:
    """Return what loads a SparkWeightedClassifierModel."""

    def make(stated: dict[str, Any], path: str) -> Any:
        from xgboost.spark import SparkXGBClassifierModel

        weights = _weights(stated["weights"])
        return cls(
            model=SparkXGBClassifierModel.load(f"{path}/model"),
            class_weights=weights,
            native=_native(stated["native"], weights),
            policy=_policy(stated["policy"]),
        )

    return Reader(cls, make)


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


def _weights(data: Mapping[str, Any]) -> ClassWeights:
    counts = ClassCounts((label, count) for label, count in data["counts"])
    return ClassWeights(
        dict(data["class_weight"]), counts=counts, notes=data["notes"], exact=data.get("exact", False)
    )


def _native_data(native: NativeForm) -> dict[str, Any]:
    row_weight = None if native.row_weight is None else list(native.row_weight.items())
    plain = {name: getattr(native, name) for name in ("library", "form", "params", "pins", "reason")}
    return {**plain, "guarantee": native.guarantee.value, "row_weight": row_weight}


def _native(data: Mapping[str, Any], weights: ClassWeights) -> NativeForm:
    pairs = data["row_weight"]
    read = {
        "guarantee": Guarantee(data["guarantee"]),
        "row_weight": None if pairs is None else dict(pairs),
    }
    return NativeForm(**{**data, **read}, weights=weights.encoded(), dtype=np.float32)
