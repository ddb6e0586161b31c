"""What people write by mistake is answered with the code that was meant."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

import boostweights as bw

X = np.arange(40.0).reshape(-1, 1)
Y = (np.arange(40) % 4 == 0).astype(int)
MODEL = LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1)
PROBA = np.linspace(0.1, 0.9, 40)


def fitted(estimator: Any = MODEL, **settings: Any) -> Any:
    return bw.WeightedClassifier(estimator, **settings).fit(X, Y)


MISUSED: Final[dict[str, tuple[Callable[[], Any], str]]] = {
    "a weight for a policy": (lambda: fitted(weighting=27), "write {0: 1, 1: 27}."),
    "weights without labels": (lambda: fitted(weighting=[1, 27]), "{0: 1, 1: 27}."),
    "an array of weights": (lambda: fitted(weighting=np.ones(40)), "{0: 1.0, 1: 1.0, 2: 1.0, …}."),
    "half a name": (lambda: fitted(weighting="balance"), "Did you mean 'balanced'?"),
    "a class": (lambda: fitted(weighting=bw.Balanced), "Call it: Balanced(…)."),
    "a truth": (lambda: fitted(weighting=True), "Pass a policy."),
    "a power by position": (lambda: bw.Balanced(0.5), "Write Balanced(power=0.5)."),
    "costs by position": (lambda: bw.Costs(50, 1), "Write Costs(fn=50, fp=1)."),
    "costs as a dict": (lambda: bw.Costs({"fn": 50, "fp": 1}), "Write Costs(fn=50, fp=1)."),
    "a matrix by position": (lambda: bw.Costs([[0, 1], [9, 0]]), "Write Costs(matrix=[[0, 1], [9, 0]])."),
    "beta by position": (lambda: bw.EffectiveNumber(0.99), "Write EffectiveNumber(beta=0.99)."),
    "two by position": (lambda: bw.Explicit({0: 1, 1: 2}, "none"), "are named; got {0: 1, 1: 2}, 'none'."),
    "a setting misspelt": (lambda: bw.Balanced(pwoer=0.5), "Did you mean 'power'?"),
    "a setting of none": (lambda: bw.Costs(fn=50, beta=1), "Use one of: 'fn', 'fp', 'pos_label', 'matrix'"),
    "a prior as a share": (lambda: bw.TargetPrior(0.5), "Write {0: 0.5, 1: 0.5}."),
    "a name of the package": (lambda: bw.weigth_path, "Did you mean 'weight_path'?"),
    "a model without weights": (
        lambda: fitted(KNeighborsClassifier()),
        "It takes no weights: choose another",
    ),
    "a pipeline": (lambda: fitted(make_pipeline(MODEL)), "Wrap the classifier inside the Pipeline"),
    "capitals": (lambda: fitted(correct_proba="Fitted"), "Did you mean 'fitted'?"),
    "yes": (lambda: fitted(correct_proba="yes"), "Use one of: False, True, 'fitted'."),
    "per cent": (lambda: fitted(threshold=50), "Write 0.5"),
    "a threshold for costs": (lambda: bw.decide(PROBA, 0.3), "write proba >= 0.5, say"),
    "costs for a matrix": (lambda: bw.decide(PROBA, (50, 1)), "Write Costs(fn=50, fp=1)"),
    "costs for a matrix, named": (lambda: bw.decide(PROBA, {"fn": 50}), "Write Costs(fn=50, fp=1)"),
    "a weight to undo": (lambda: bw.correct_proba(PROBA, 27), "as_policy(…).resolve(y)."),
    "a rate alone": (lambda: bw.promise(PROBA, Y, at_least=0.7), 'Write at_least={"recall": 0.7}'),
    "a library to verify": (lambda: bw.verify("lightgbm", "balanced", X, Y), "Pass LGBMClassifier()"),
    "an estimator's forms": (lambda: bw.forms(MODEL), "Pass its library's name, 'lightgbm'."),
    "a figure for a need": (lambda: bw.advise(Y, needs="f1"), "Use 'decisions'."),
}


@pytest.mark.parametrize("mistake", MISUSED)
def test_a_mistake_is_answered_with_what_was_meant(mistake: str) -> None:
    make, says = MISUSED[mistake]
    with pytest.raises((bw.BoostweightsError, AttributeError)) as raised:
        make()
    assert says in str(raised.value)


@pytest.mark.parametrize("policy", [bw.Balanced(power=0.5), bw.Costs(fn=9, fp=1), bw.Explicit({0: 1, 1: 9})])
def test_a_policy_is_made_copied_and_asked_of_its_signature_as_before(policy: bw.Policy) -> None:
    import copy
    import inspect
    import pickle

    assert copy.deepcopy(policy) == pickle.loads(pickle.dumps(policy)) == policy
    assert "power" in inspect.signature(type(policy)).parameters
