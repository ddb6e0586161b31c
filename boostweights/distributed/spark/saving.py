"""Estimators and models in folders: plain JSON next to what an estimator of Spark saves of itself."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter

from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.errors import check_that
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import code_of
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import KINDS, as_policy, class_policy


def text_of(weighting: Any) -> Any:
    """Return the code that makes a policy, or a policy of the caller's own as it is.

    Examples
    --------
    >>> text_of("sqrt_balanced")
    'Balanced(power=0.5)'
    """
    policy = class_policy(weighting)
    return code_of(policy) if KINDS.get(type(policy).__name__) is type(policy) else policy


def rule_text(threshold: Any) -> Any:
    """Return the code of costs that decide; others as they are.

    Examples
    --------
    >>> rule_text(Costs(fn=9, fp=1)), rule_text(0.1)
    ('Costs(fn=9.0, fp=1.0)', 0.1)
    """
    return code_of(threshold) if isinstance(threshold, Costs) else threshold


def rule_of(threshold: Any) -> Any:
    """Return what `rule_text` was given."""
    is_code = isinstance(threshold, str) and threshold.startswith("Costs(")
    return as_policy(threshold) if is_code else threshold


class Writer(MLWriter):
    """Saves an estimator or a model: `facts` of it as JSON, and the wrapped one in a folder inside."""

    def __init__(self, instance: Any, facts: Mapping[str, Any], inner: Any) -> None:
        super().__init__()
        self.instance, self.facts, self.inner = instance, facts, inner

    def saveImpl(self, path: str) -> None:  # noqa: N802  Spark's name
        """Save both."""
        extra = {"boostweights": dict(self.facts)}
        DefaultParamsWriter.saveMetadata(
            self.instance, path, self.sparkSession, paramMap={}, extraMetadata=extra
        )
        self.inner.write().save(f"{path}/inner")


class Reader(MLReader[Any]):
    """Loads what a `Writer` saved."""

    def __init__(self, cls: Any) -> None:
        super().__init__()
        self.cls = cls

    def load(self, path: str) -> Any:
        """Return the estimator or the model of a folder."""
        metadata: dict[str, Any] = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        expected = f"{self.cls.__module__}.{self.cls.__name__}"
        check_that(
            metadata.get("class") == expected and "boostweights" in metadata,
            f"the folder must hold a {self.cls.__name__}",
            repr(metadata.get("class")),
            f"Check the path {path}.",
        )
        inner: Any = DefaultParamsReader.loadParamsInstance(f"{path}/inner", self.sparkSession)
        loaded = self.cls(inner, **loaded_facts(metadata["boostweights"]))
        loaded._resetUid(metadata["uid"])
        return loaded


def saved_weights(weights: ClassWeights, native: NativeForm) -> dict[str, Any]:
    """Return class weights and their native form as JSON holds them."""
    form = {name: getattr(native, name) for name in ("library", "form", "params", "pins", "reason")}
    form |= {"dtype": np.dtype(native.dtype).name, "guarantee": native.guarantee.value}
    form["row_weight"] = native.row_weight and list(native.row_weight.items())
    table: dict[str, Any] = {
        "class_weight": list(weights.class_weight.items()),
        "counts": list(weights.counts.items()),
    }
    table |= {"notes": list(weights.notes), "exact": weights.exact}
    return {"class_weights": table, "native": form}


def loaded_facts(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return saved facts as arguments of the class; those of `saved_weights` are decoded."""
    if "native" not in saved:
        return dict(saved)
    table, form = saved["class_weights"], saved["native"]
    counts = ClassCounts(map(tuple, table["counts"]))
    weights = ClassWeights(**{**table, "class_weight": dict(table["class_weight"]), "counts": counts})
    values = {
        "guarantee": Guarantee(form["guarantee"]),
        "row_weight": form["row_weight"] and dict(form["row_weight"]),
        "dtype": np.dtype(form["dtype"]).type,
    }
    native = NativeForm(**{**form, **values}, weights=weights.encoded())
    return {**saved, "class_weights": weights, "native": native}
