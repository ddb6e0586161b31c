"""Nothing is claimed of training on a GPU, where nothing was measured: each adapter says so."""

from typing import Any

import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from xgboost import XGBClassifier

import boostweights as bw
from boostweights.adapters.form import Guarantee
from boostweights.adapters.registry import adapter_of

Y = [0, 0, 0, 1]
ON_A_GPU: list[tuple[Any, dict[str, Any]]] = [
    *((XGBClassifier, {"device": device}) for device in ("cuda", "cuda:1", "gpu")),
    (XGBClassifier, {"device": "cuda", "booster": "gblinear"}),
    (XGBClassifier, {"device": "cuda", "tree_method": "exact"}),
    (XGBClassifier, {"tree_method": "gpu_hist"}),
    (XGBClassifier, {"booster": "gblinear", "updater": "gpu_coord_descent"}),
    *((LGBMClassifier, {name: device}) for name in ("device_type", "device") for device in ("gpu", "cuda")),
    (CatBoostClassifier, {"task_type": "GPU"}),
]


@pytest.mark.parametrize(("kind", "settings"), ON_A_GPU, ids=repr)
def test_every_form_but_the_reference_is_different(kind: Any, settings: dict[str, Any]) -> None:
    estimator = kind(**settings)
    adapter = adapter_of(estimator)
    weights = bw.Balanced(scale="majority").resolve(Y)
    for name in list(adapter.forms)[1:]:
        native = bw.to_native(weights, estimator, Y, form=name, allow_different=True)
        assert native.guarantee is Guarantee.DIFFERENT, name
        assert any(str(value) in native.reason for value in settings.values())
        with pytest.raises(bw.errors.InvalidValueError, match="allow_different"):
            bw.to_native(weights, estimator, Y, form=name)


@pytest.mark.parametrize(("kind", "settings"), ON_A_GPU, ids=repr)
def test_no_bins_are_reused_as_exact(kind: Any, settings: dict[str, Any]) -> None:
    import numpy as np

    X = np.zeros((4, 1))
    estimator = kind(**settings)
    assert adapter_of(estimator).reuse(estimator, X).bin is None
