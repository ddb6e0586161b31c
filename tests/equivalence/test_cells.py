"""Every cell of settings × form × task × policy: the claim holds when both sides are trained."""

from typing import Any

import numpy as np
import pytest
from equivalence import trials
from equivalence.trials import CLASSES, POLICIES, data, held, make, policy_of, settings_of, trial
from libraries import ADAPTERS, CELLS, RECORDS, needed

import boostweights as bw
from boostweights.adapters import Guarantee

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
VERSION = tuple(map(int, needed("xgboost").__version__.split(".")[:2]))
FORMS = {library: list(adapter.forms)[1:] for library, adapter in ADAPTERS.items()}
ALL = [
    (library, cell)
    for library, forms in FORMS.items()
    for cell in (CELLS.get(library, RECORDS[library].settings) if forms else ())
]
BINARY_ONLY = {
    "catboost": ("start score", "monotone", "cross entropy", "focal"),
    "sklearn": (
        *("HistGradientBoostingClassifier: monotone", "LogisticRegression: liblinear", "NuSVC: decisions"),
        "HistGradientBoostingClassifier: categorical, monotone, penalty",
    ),
    "xgboost": tuple(CELLS["xgboost"]),
    "lightgbm": ("cross-entropy",),
}
"""Cells that a library does not train with more classes, or has no form for."""
SLOW_TO_CONVERGE = ("LogisticRegression", "SGDClassifier", "NuSVC")
SLOW_TO_DRAW = "RandomForestClassifier: rows sampled"
"""How cells begin that draw as many rows as the weights sum to: thousands of millions of those of 1e6."""
MODERATE = ("unweighted", "balanced majority", "balanced mean", "ratio")
"""The weights that the optimisers of the slow ones converge with."""
SOME_LIBRARIES = {
    "no ratio in float32": ("xgboost",),
    "first class tiny": ("xgboost", "catboost"),  # LightGBM may split with one form and not with the other
    **dict.fromkeys(("ratio of a power of two", "first class heavier", "equal, not 1"), ("lightgbm",)),
}
DIFFERENT = {
    ("xgboost", "hist, few bins"): ("ratio", "costs"),
    ("xgboost", "approx"): ("ratio", "costs"),
    ("xgboost", "approx, a bin for each row"): ("ratio", "costs"),
    ("lightgbm", "start at the average"): ("ratio",),
    ("lightgbm", "random forest from the average"): ("ratio",),
    ("sklearn", "LogisticRegressionCV: three folds"): ("ratio",),
    ("sklearn", "NuSVC: decisions"): ("ratio",),
}
"""Cells whose strongest form is claimed to be another model → the policies that show it."""
EQUIVALENT = (("xgboost", "gblinear, penalties"), ("xgboost", "gblinear, greedy, penalty"))
STRONGEST = {"catboost": "class_weights", "sklearn": "class_weight"}
NOT_FORMS = {
    "lightgbm": ("cross-entropy", "one-vs-all"),
    "catboost": ("cross entropy", "focal"),
    "sklearn": ("GradientBoostingClassifier: defaults",),
}
"""Cells with objectives that ignore a form, or that weigh up something else by it."""
TWO_CLASSES = ("scale_pos_weight", "is_unbalance")


def cases(policies: Any) -> list[Any]:
    return [
        pytest.param(library, cell, form, task, policy, id=f"{library}-{cell}-{form}-{task}-{policy}")
        for library, cell in ALL
        for form in FORMS[library]
        for task in CLASSES
        for policy in policies
        if task == "binary" or cell not in BINARY_ONLY.get(library, ())
        if task == "multiclass" or (library, cell) != ("lightgbm", "one-vs-all")
        if policy in MODERATE or not cell.startswith(SLOW_TO_CONVERGE)
        if policy not in ("heavy", "light") or not cell.startswith(SLOW_TO_DRAW)
        if library in SOME_LIBRARIES.get(policy, (library,))
    ]


def refuses(library: str, cell: str, form: str, task: str, policy: str, row_weighted: bool) -> bool:
    """Whether a form cannot say a policy, or is none for the task or the objective."""
    if form in TWO_CLASSES and task == "multiclass":
        return True
    ignored = cell in NOT_FORMS.get(library, ())
    if library == "lightgbm":
        ignored = ignored and form in TWO_CLASSES
        return ignored or (form == "is_unbalance" and not policy.startswith("balanced"))
    if library == "catboost":
        many = settings_of(library, cell).get("loss_function", "").startswith("Multi")
        by_counts = policy in ("balanced majority", "root majority") and not row_weighted
        no_ratio = many and form == "scale_pos_weight"
        return ignored or no_ratio or (form == "auto_class_weights" and not by_counts)
    return ignored or policy == "no ratio in float32"


def check(library: str, cell: str, form: str, task: str, policy: str, name: str, row_weighted: bool) -> None:
    settings = settings_of(library, cell)
    if trials.aborts(library, settings) or (cell == "hist, gradient-based sampling" and VERSION < (3, 2)):
        pytest.skip("not in this version")
    X, y = data(name, task)
    own = trials.row_weights(len(y)) if row_weighted else None
    if refuses(library, cell, form, task, policy, row_weighted):
        with pytest.raises(bw.errors.InvalidValueError, match="sample_weight|class_weight|scale_pos_weight"):
            trial(library, settings, form, policy_of(policy, task), X, y, own)
        return
    native, found = trial(library, settings, form, policy_of(policy, task), X, y, own)
    assert held(native, found), (native.guarantee, native.reason, found)
    different = (library, cell) in DIFFERENT or (cell.startswith("SGD") and task == "multiclass")
    if (library == "sklearn" and not different) or (library == "catboost" and form == "class_weights"):
        assert native.guarantee is Guarantee.IDENTICAL


@pytest.mark.parametrize(
    ("library", "cell", "form", "task", "policy"), cases(["balanced majority", "ratio and scale"])
)
def test_a_claim_holds(library: str, cell: str, form: str, task: str, policy: str) -> None:
    name = trials.names_for(library, settings_of(library, cell), task)[policy == "balanced majority" and -1]
    check(library, cell, form, task, policy, name, row_weighted=policy != "balanced majority")


PLAIN = ("defaults", "categorical, Ordered, MVS", "HistGradientBoostingClassifier: defaults")
PLAIN = (*PLAIN, "ExtraTreesClassifier: bootstrap")


@pytest.mark.parametrize(
    ("library", "cell", "form", "task", "policy"),
    [case for case in cases(POLICIES) if case.values[1] in PLAIN],
)
def test_every_kind_of_policy(library: str, cell: str, form: str, task: str, policy: str) -> None:
    check(library, cell, form, task, policy, "adversarial", row_weighted=library == "catboost")


@pytest.mark.full
@pytest.mark.parametrize("row_weighted", [False, True], ids=["", "row-weighted"])
@pytest.mark.parametrize(("library", "cell", "form", "task", "policy"), cases(POLICIES))
def test_every_claim_holds(
    library: str, cell: str, form: str, task: str, policy: str, row_weighted: bool
) -> None:
    for name in trials.names_for(library, settings_of(library, cell), task):
        check(library, cell, form, task, policy, name, row_weighted)


@pytest.mark.parametrize(("library", "cell"), [case for case in ALL if case[0] in CELLS])
def test_what_is_claimed(library: str, cell: str) -> None:
    """Written out, so that a weaker claim cannot slip in unseen; a pin never overrules the estimator."""
    form, settings = STRONGEST.get(library, FORMS[library][0]), settings_of(library, cell)
    if cell in NOT_FORMS.get(library, ()):
        return
    y = data("hard", "binary")[1]
    if settings.get("class_names") == "reversed":
        settings["class_names"] = [1, 0]
    native = bw.to_native(
        policy_of("ratio", "binary"), make(library, settings), y, form=form, allow_different=True
    )
    weaker = {**dict.fromkeys(EQUIVALENT, "equivalent"), **dict.fromkeys(DIFFERENT, "different")}
    assert native.guarantee.value == weaker.get((library, cell), "identical")
    assert not native.pins.keys() & settings.keys()


OF_OTHERS: dict[str, tuple[str, str, str, str, bool]] = {
    "start score, is_unbalance": (
        "lightgbm",
        "start at the average",
        "is_unbalance",
        "balanced majority",
        False,
    ),
    "no split": ("lightgbm", "defaults", "scale_pos_weight", "smallest", False),
    "roundings, linear trees": (
        *("lightgbm", "dart as xgboost's, linear trees", "scale_pos_weight"),
        *("heavy", True),
    ),
    "float64 ratio, linear trees": ("lightgbm", "linear trees", "is_unbalance", "balanced majority", False),
    "float64 ratio, monotone": ("lightgbm", "monotone", "is_unbalance", "balanced majority", False),
    "many classes": ("sklearn", "SGDClassifier: log loss, averaged", "class_weight", "ratio", False),
}
OTHER_MODELS = [
    *(
        (library, cell, STRONGEST.get(library, "scale_pos_weight"), policies, False)
        for (library, cell), policies in DIFFERENT.items()
    ),
    *((library, cell, form, (policy,), own) for library, cell, form, policy, own in OF_OTHERS.values()),
]


@pytest.mark.parametrize(("library", "cell", "form", "policies", "row_weighted"), OTHER_MODELS, ids=str)
def test_what_is_claimed_different_differs_and_is_refused(
    library: str, cell: str, form: str, policies: tuple[str, ...], row_weighted: bool
) -> None:
    settings, deltas = settings_of(library, cell), []
    task = "multiclass" if cell.startswith("SGD") else "binary"
    for policy in policies:
        for name in trials.names_for(library, settings, task):
            X, y = data(name, task)
            own = trials.row_weights(len(y)) if row_weighted else None
            native, found = trial(library, settings, form, policy_of(policy, task), X, y, own)
            if native.guarantee is Guarantee.DIFFERENT:
                deltas.append(found.delta)
                with pytest.raises(
                    bw.errors.InvalidValueError, match="must train the model.*allow_different"
                ):
                    bw.to_native(
                        policy_of(policy, task), make(library, settings), y, form=form, sample_weight=own
                    )
    alike = cell == "approx, a bin for each row" and VERSION >= (3, 3)  # which is not claimed
    assert (max(deltas) > (0.01 if library == "xgboost" else 1e-6)) != alike


def test_every_reference_is_the_librarys_own_row_weights() -> None:
    for library, cell in ALL:
        settings = settings_of(library, cell)
        if settings.pop("class_names", None):
            continue
        for task in CLASSES:
            y = data("hard", task)[1]
            native = bw.to_native(bw.Balanced(), make(library, settings), y=y)
            assert (native.params, native.pins) == ({}, {})
            wanted = (len(y) / (CLASSES[task] * np.bincount(y)))[y].astype(ADAPTERS[library].dtype)
            np.testing.assert_array_equal(native.fit_kwargs(y)["sample_weight"], wanted)
