"""The catalogue's reference figures, made again as its head says they were."""

import numpy as np
import pytest
from catalogue_names import NAMES, TINY
from lightgbm import LGBMClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.load import load


def _average_precision(found: Dataset, grouped: bool) -> tuple[float, float]:
    scores = []
    kind, groups = (StratifiedGroupKFold, found.group) if grouped else (StratifiedKFold, None)
    for train, test in kind(3, shuffle=True, random_state=0).split(found.X, found.y, groups):
        model = LGBMClassifier(n_estimators=100, random_state=0, n_jobs=1, verbosity=-1)
        model.fit(found.X.iloc[train], found.y[train])
        truth = found.y[test][:, None] == model.classes_[None, :]
        proba = model.predict_proba(found.X.iloc[test])
        if found.positive is not None:
            of = model.classes_ == found.positive
            truth, proba = truth[:, of], proba[:, of]
        scores.append(average_precision_score(truth, proba, average="macro"))
    return float(np.mean(scores)), float(np.std(scores))


@pytest.mark.parametrize(
    "name", [*TINY, *(pytest.param(name, marks=pytest.mark.full) for name in NAMES if name not in TINY)]
)
def test_the_reference_average_precision_is_reproduced(name: str) -> None:
    entry, found = catalogue().entry(name), load(name)
    mean, deviation = _average_precision(found, grouped=False)
    assert mean == pytest.approx(entry.reference_ap, abs=1e-4)
    assert deviation == pytest.approx(entry.reference_ap_sd, abs=1e-4)


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in NAMES if catalogue().entry(name).group])
def test_the_reference_over_groups_is_reproduced(name: str) -> None:
    mean, _ = _average_precision(load(name), grouped=True)
    assert mean == pytest.approx(catalogue().entry(name).reference_ap_grouped, abs=1e-4)
