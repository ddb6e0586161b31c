"""Estimators and models in folders: plain JSON beside what an estimator of Spark saves of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter

from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.distributed.spark.deciding import stored_threshold
from boostweights.errors import InvalidValueError, check_known, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Policy, code_of
from boostweights.weighting.policies.names import KINDS, class_policy

_SETTINGS = ("form", "eval_weighting", "count_rows")


def text_of(weighting: Any) -> Any:
    """Return the code that makes a policy, or a policy of the caller's own as it is.

    Examples
    --------
    >>> text_of("sqrt_balanced")
    'Balanced(power=0.5)'
    """
    policy = class_policy(weighting)
    return code_of(policy) if KINDS.get(type(policy).__name__) is type(policy) else policy


def _saved_text(policy: Policy) -> str:
    """Return the code that makes a policy, or raise where Spark could not load it."""
    check_known(type(policy).__name__, KINDS, "the kind of a policy must be known")
    return str(text_of(policy))


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
    stated["weighting"] = _saved_text(estimator.getWeighting())
    stated |= _decision(*map(estimator.getOrDefault, ("threshold", "pos_label")))
    return Writer(estimator, stated, inner, "estimator")


def estimator_reader(cls: Any) -> Reader:
    """Return what loads a SparkWeightedClassifier."""

    def make(stated: dict[str, Any], path: str) -> Any:
        return cls(_loaded(f"{path}/estimator"), **stated)

    return Reader(cls, make)


def model_writer(model: Any) -> Writer:
    """Return what saves a SparkWeightedClassifierModel."""
    weights = model.class_weights_
    pairs = {name: list(getattr(weights, name).items()) for name in ("class_weight", "counts")}
    stated = {
        "policy": _saved_text(model.policy),
        "weights": {**pairs, "notes": list(weights.notes), "exact": weights.exact},
        "native": _native_data(model.native_),
        **_decision(model.threshold, model.pos_label),
    }
    return Writer(model, stated, model.model, "model")


def model_reader(cls: Any) -> Reader:
    """Return what loads a SparkWeightedClassifierModel."""

    def make(stated: dict[str, Any], path: str) -> Any:
        weights = _weights(stated["weights"])
        return cls(
            model=_loaded(f"{path}/model"),
            class_weights=weights,
            native=_native(stated["native"], weights),
            policy=class_policy(stated["policy"]),
            threshold=stated.get("threshold"),
            pos_label=stated.get("pos_label"),
        )

    return Reader(cls, make)


def _decision(threshold: Any, pos_label: Any) -> dict[str, Any]:
    """What decides, where a threshold does."""
    return {} if threshold is None else {"threshold": stored_threshold(threshold), "pos_label": pos_label}


def _loaded(path: str) -> Any:
    """Load an estimator or a model of any class that Spark saved."""
    from pyspark.sql import SparkSession

    return DefaultParamsReader.loadParamsInstance(path, SparkSession.builder.getOrCreate())


def _weights(data: Mapping[str, Any]) -> ClassWeights:
    counts = ClassCounts((label, count) for label, count in data["counts"])
    return ClassWeights(
        dict(data["class_weight"]), counts=counts, notes=data["notes"], exact=data.get("exact", False)
    )


def _native_data(native: NativeForm) -> dict[str, Any]:
    row_weight = None if native.row_weight is None else list(native.row_weight.items())
    plain = {name: getattr(native, name) for name in ("library", "form", "params", "pins", "reason")}
    plain["dtype"] = np.dtype(native.dtype).name
    return {**plain, "guarantee": native.guarantee.value, "row_weight": row_weight}


def _native(data: Mapping[str, Any], weights: ClassWeights) -> NativeForm:
    pairs = data["row_weight"]
    read = {
        "guarantee": Guarantee(data["guarantee"]),
        "row_weight": None if pairs is None else dict(pairs),
        "dtype": np.dtype(data["dtype"]).type,
    }
    return NativeForm(**{**data, **read}, weights=weights.encoded())
