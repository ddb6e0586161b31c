"""An arm: one way to treat imbalance, the same on every data set and in every library that can say it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from boostweights.adapters.form import FormName
from boostweights.adapters.registry import adapter_named, adapters, library_names
from boostweights.benchmark.plan.learners import IMBLEARN, LEARNERS, SPECIAL
from boostweights.benchmark.plan.weighting import PolicySpec, as_spec
from boostweights.benchmark.regimes import REGIMES
from boostweights.errors import check_keys, check_known, check_that
from boostweights.toml import converted


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSettings:
    """What a suite file and an `Arm`, which explains them, have in common."""

    name: Annotated[str, Meta(min_length=1)]
    form: str = "auto"
    pinned: bool = True
    resample: Literal["none", "over", "under", "smote"] = "none"
    resolve: Literal["fold", "resampled", "before", "all"] = "fold"
    early_stopping: Literal["none", "unweighted", "weighted"] = "none"
    tune: bool = False
    correction: Literal["analytic", "fitted"] = "analytic"
    dummy: bool = False
    regimes: tuple[str, ...] = ()
    beta: bool = False
    learner: str = ""
    parameters: dict[str, bool | int | float | str | list[Any] | dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTable(ArmSettings):
    """An arm."""

    policy: str | dict[str, Any] = "unweighted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm(ArmSettings):
    """How the models of one arm are trained.

    Attributes
    ----------
    name : str
        How tables and claims call it.
    policy : PolicySpec
        Which class weights.
    form : str
        ``"auto"`` (row weights) or a native form; libraries without it have no cells of this arm.
    pinned : bool
        Whether a native form gets its pins and scale, and so trains the row weights' model. False pastes its
        parameter into the estimator and nothing else, as a naive replacement does.
    resample : {"none", "over", "under", "smote"}
        imbalanced-learn's RandomOverSampler, RandomUnderSampler, SMOTE (SMOTENC and SMOTEN with categories).
    resolve : {"fold", "resampled", "before", "all"}
        On which labels the policy is resolved: the training fold's; those after or before resampling; or,
        a leak, those of all rows.
    early_stopping : {"none", "unweighted", "weighted"}
        Whether a tenth of the training fold stops the training, and whether its rows weigh in the metric.
    tune : bool
        Whether a threshold is tuned on a part of the training fold, which costs one more model; a regime with
        models out of fold tunes on these.
    correction : {"analytic", "fitted"}
        "fitted" measures probabilities corrected by a map as well, learned from five models, each of four
        fifths of the training fold; see `WeightedClassifier`.
    dummy : bool
        scikit-learn's DummyClassifier(strategy="prior") in place of the library's model.
    regimes : tuple of str
        In which regimes of a suite it is trained; empty for all.
    beta : bool
        Whether fitted probabilities are mapped by beta calibration as well.
    learner : str
        A learner of the arm's own, one of `plan.learners.SPECIAL`, in the libraries that have it.
    parameters : mapping
        Constructor arguments of the library's estimator, beside those that all arms share.
    """

    policy: PolicySpec
    form: FormName = "auto"

    def trained_in(self, regime: str) -> bool:
        """Whether it is trained in a regime."""
        return not self.regimes or regime in self.regimes

    def facts(self) -> dict[str, Any]:
        """Return the settings as plain values; correction and parameters where they are not the usual."""
        plain = {"name": self.name, "policy": str(self.policy)} | {
            name: getattr(self, name) for name in _FIELDS if name not in ("name", "policy")
        }
        usual = {"correction": "analytic", "regimes": (), "beta": False, "learner": "", "parameters": {}}
        return {name: value for name, value in plain.items() if name not in usual or usual[name] != value}


_FIELDS = tuple(setting.name for setting in dataclasses.fields(Arm))


def as_arm(setting: str | Mapping[str, Any] | ArmTable, folder: Path = Path()) -> Arm:
    """Return the arm that a suite's string (a policy's name) or table describes.

    Parameters
    ----------
    setting : str, mapping or ArmTable
        As the suite has it.
    folder : Path
        Where a policy of the user's own is looked for first.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a key or value is unknown or two do not go together.

    Examples
    --------
    >>> as_arm("balanced").name
    'balanced'
    >>> as_arm({"name": "spw", "policy": "balanced", "form": "scale_pos_weight", "pinned": False}).form
    'scale_pos_weight'
    """
    if isinstance(setting, str):
        return Arm(name=setting, policy=as_spec(setting, folder))
    table = setting if isinstance(setting, ArmTable) else converted(setting, ArmTable, "an arm")
    arm = Arm(**{name: getattr(table, name) for name in _FIELDS} | {"policy": as_spec(table.policy, folder)})
    forms = ("auto", *(form for adapter in adapters() for form in adapter.forms))
    check_known(arm.form, forms, f"form of arm {arm.name} must be known")
    if arm.learner:
        check_known(arm.learner, SPECIAL, f"learner of arm {arm.name} must be known")
    check_keys(arm.regimes, REGIMES, f"regimes of arm {arm.name} must be known")
    plain = Arm(name=arm.name, policy=PolicySpec(kind="Unweighted"))
    weighted, resampled = arm.policy.kind != "Unweighted", arm.resample != "none"
    native, stops = arm.form != "auto", arm.early_stopping != "none"
    after = arm.resolve in ("resampled", "before")
    rules = {
        "a dummy has no other settings than its name": arm.dummy and arm != replace(plain, dummy=True),
        "weights beside resampling are resolved on the fold resampled, before or all": (
            resampled and weighted and arm.resolve == "fold"
        ),
        "resolve is resampled or before only beside resampling": after and not resampled,
        "early stopping and resampling exclude each other: copies would be on both sides": (
            resampled and stops
        ),
        "an arm without weights has neither a native form nor resolve": (
            not weighted and (native or arm.resolve != "fold")
        ),
        "a learner of an arm's own is trained as it is: with no weights, native form or resampling": (
            bool(arm.learner) and (weighted or resampled or native or stops)
        ),
        "only a native form can go without pins": not arm.pinned and not native,
        "a form without pins is trained as it is: neither resampled nor stopped early": (
            not arm.pinned and (resampled or stops)
        ),
    }
    usual = plain.facts()
    changed = [f"{key}={value}" for key, value in arm.facts().items() if value != usual.get(key)]
    seen = f"arm {arm.name}: {', '.join(changed) or 'no settings'}"
    for rule, broken in rules.items():
        check_that(not broken, rule, seen, "Change one of them.")
    return arm


def applies(arm: Arm, library: str, classes: int) -> bool:
    """Whether an arm can be trained in a library on a task with so many classes."""
    if arm.policy.binary_only and classes > 2:
        return False
    if arm.early_stopping != "none" and library in LEARNERS and not LEARNERS[library].patience:
        return False
    if arm.learner or library == IMBLEARN:
        return classes == 2 and library in SPECIAL.get(arm.learner, {})
    if arm.form == "auto" or arm.dummy:
        return True
    form = adapter_named(library).forms.get(arm.form) if library in library_names() else None
    return form is not None and ("binary" if classes == 2 else "multiclass") in form.tasks
