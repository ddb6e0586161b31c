"""Learners of single arms: forests and ensembles that sample classes evenly, and focal loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from boostweights.adapters.record import Record
from boostweights.weighting.counts import ClassCounts

IMBLEARN: Final = "imblearn"
"""The library of arms whose learners are imbalanced-learn's own: compared with boosters set by set."""

IMBLEARN_RECORD: Final = Record(
    classifier="imblearn.ensemble:BalancedRandomForestClassifier",
    distributions=("imbalanced-learn",),
    trees="",
    categories="codes",
)


def _nothing(counts: ClassCounts) -> dict[str, Any]:
    return {}


def _one_size(counts: ClassCounts) -> dict[str, Any]:
    """LightGBM's bagging anew in each round: all of the rarer class, as many rows of the other one."""
    sizes = [counts[0], counts[1]]
    negative, positive = (min(sizes) / size for size in sizes)
    return {"neg_bagging_fraction": negative, "pos_bagging_fraction": positive, "bagging_freq": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """How an arm's own learner differs from its library's.

    Attributes
    ----------
    classifier : str
        ``"module:Class"`` in place of the library's; empty for that one.
    parameters : callable
        Counts of the training rows, of two classes → constructor arguments.
    settings : mapping
        Constructor arguments that do not depend on the rows.
    balanced : bool
        Whether it sees classes of one size, by itself: a shift that a correction undoes.
    stops : bool
        Whether rounds are chosen on the hold-out; otherwise it is trained as it is.
    missing : bool
        Whether it trains on missing values.
    """

    classifier: str = ""
    parameters: Callable[[ClassCounts], dict[str, Any]] = _nothing
    settings: Mapping[str, Any] = field(default_factory=dict)
    balanced: bool = False
    stops: bool = True
    missing: bool = True


_ENSEMBLE: Final = "imblearn.ensemble:"
_FOCAL: Final = "boostweights.benchmark.plan.focal:"

SPECIAL: Final[Mapping[str, Mapping[str, Special]]] = {
    "balanced_random_forest": {
        IMBLEARN: Special(
            classifier=f"{_ENSEMBLE}BalancedRandomForestClassifier",
            # as scikit-learn's forest and as Chen, Liaw and Breiman (2004) describe it
            settings={"sampling_strategy": "all", "replacement": True, "bootstrap": False},
            balanced=True,
            stops=False,
        )
    },
    "easy_ensemble": {
        IMBLEARN: Special(
            classifier=f"{_ENSEMBLE}EasyEnsembleClassifier",
            balanced=True,
            stops=False,
            missing=False,
        )
    },
    "under_bagging": {"lightgbm": Special(parameters=_one_size, balanced=True)},
    "focal": {
        "catboost": Special(settings={"loss_function": "Focal:focal_alpha=0.25;focal_gamma=2.0"}),
        "lightgbm": Special(classifier=f"{_FOCAL}FocalLightGBM"),
        "xgboost": Special(classifier=f"{_FOCAL}FocalXGBoost"),
    },
}
"""Learner → library → how it is trained. All are of two classes."""
