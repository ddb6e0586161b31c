"""A training on folders: checked by their footers, then counted, before a feature is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from numbers import Real
from typing import Any, Final

import numpy as np
from sklearn.base import clone

from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.binning import Features, OutOfCore, Trainer
from boostweights.adapters.expressing import checked_eval_weighting, to_native
from boostweights.adapters.form import NativeForm
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, check_range, check_that, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import OutOfFold, out_of_fold_correction
from boostweights.estimator.crossfit import NOTHING, CrossFit
from boostweights.estimator.deciding import Threshold
from boostweights.estimator.rows import class_array
from boostweights.estimator.settings import check_classes, checked_settings, seed_of
from boostweights.lazy import needs
from boostweights.outofcore.columns import Columns, checked_columns
from boostweights.outofcore.counting import counted
from boostweights.outofcore.folder import open_folder
from boostweights.outofcore.rows import FolderRows
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.names import class_policy
from boostweights.weighting.tally import Tally

_ROW_FORMS: Final = ("auto", "sample_weight")


def weighted(classifier: Any) -> WeightedClassifier:
    """Return a classifier with its weighting; a bare one is balanced."""
    remedy = "Pass WeightedClassifier(XGBClassifier()), for example."
    is_one = hasattr(classifier, "fit") and not isinstance(classifier, type)
    check_that(is_one, "a classifier is needed", classifier, remedy, InvalidTypeError)
    return classifier if isinstance(classifier, WeightedClassifier) else WeightedClassifier(classifier)


def check_row_form(template: WeightedClassifier, what: str) -> None:
    """Raise where bins that are used again could not express the weights."""
    rule = f"{what} expresses weights as row weights"
    check_that(template.form in _ROW_FORMS, rule, f"form={template.form!r}", "Use form='auto'.")


def check_settings(template: WeightedClassifier, calibration: Any = None) -> None:
    """Raise unless a classifier can be trained on a folder."""
    weighting, _ = checked_settings(template, {})
    learns = template.correct_proba == "fitted"
    check_that(
        learns == (calibration is not None),
        'correct_proba="fitted" and calibration= are given together: on a folder a map is learned from rows '
        "that are left out",
        f"correct_proba={template.correct_proba!r} with calibration={shown(calibration)}",
        'Pass correct_proba="fitted" and calibration=0.1; or correct_proba=True and none.',
    )
    threshold = Threshold.of(template)
    (replace(threshold, correct_proba=False) if learns else threshold).refuse_folds(template.n_rounds)
    checked_eval_weighting(template.eval_weighting)
    fraction = f"validation_fraction={template.validation_fraction!r}"
    remedy = "Pass eval_folder=, and leave validation_fraction out."
    rule = "evaluation rows must be in another folder here"
    check_that(template.validation_fraction is None, rule, fraction, remedy)
    class_policy(weighting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Folders that were checked by their footers, and then counted.

    Attributes
    ----------
    train : FolderRows
    evaluation, left_out : FolderRows or None
        The rows that stop the training early, and those that models are corrected by or tested on afterwards;
        with the caller's weights.
    trainer_of : callable
        Unfitted estimator → the context in which it is trained on rows.
    tally : Tally
        The training labels.
    left_out_rows : ClassCounts
    """

    train: FolderRows
    evaluation: FolderRows | None = None
    left_out: FolderRows | None = None
    trainer_of: Callable[[Any], OutOfCore]
    tally: Tally
    left_out_rows: ClassCounts

    def trained(self, templates: Sequence[WeightedClassifier]) -> tuple[list[WeightedClassifier], str]:
        """Return fitted copies of classifiers with several weightings, and how bins were used again."""
        resolved = [self._resolved(template) for template in templates]
        estimator, (_, native) = templates[0].estimator, resolved[0]
        parameters = {**native.pins, **native.params}
        with self.trainer_of(unfitted_with(adapter_of(estimator), estimator, parameters)) as trainer:
            models = [
                self._fitted(template, trainer, *weights)
                for template, weights in zip(templates, resolved, strict=True)
            ]
            how = trainer.how
        return models, how

    def check_unchanged(self) -> None:
        """Raise where a folder was written to while it was read."""
        for rows in (self.train, self.evaluation, self.left_out):
            if rows is not None:
                rows.folder.check_unchanged(footers=True)

    def _resolved(self, template: WeightedClassifier) -> tuple[ClassWeights, NativeForm]:
        classes = self.tally.rows.classes
        check_classes(template, adapter_of(template.estimator), classes)
        counts = self.tally.rows if template.count_rows else self.tally.weighted
        weights = class_policy(template.weighting).resolve(counts)
        native = to_native(weights.encoded(), template.estimator, form=template.form)
        if self.train.columns.sample_weight is not None:
            check_row_form(template, "a training with a column of sample_weight")
        return weights, native

    def _fitted(
        self, template: WeightedClassifier, trainer: Trainer, weights: ClassWeights, native: NativeForm
    ) -> WeightedClassifier:
        evaluation = None
        if self.evaluation is not None:
            weighting = checked_eval_weighting(template.eval_weighting)
            evaluation = replace(self.evaluation, weigh=partial(native.eval_weight, weighting=weighting))
        train = replace(self.train, weigh=lambda *rows: native.fit_kwargs(*rows).get("sample_weight"))
        fitted: WeightedClassifier = clone(template)
        fitted.estimator_ = trainer.fit(train, evaluation)
        fitted.classes_ = class_array(weights.classes, None)
        fitted.native_ = native
        fitted.n_features_in_ = len(train.names)
        fitted.feature_names_in_ = np.array(train.names, object)
        learned = NOTHING
        if template.correct_proba == "fitted" and self.left_out is not None:
            left_out = (
                OutOfFold.scored(fitted.estimator_, frame, codes, weights, row_weights)
                for frame, codes, row_weights in self.left_out.frames()
            )
            learned = CrossFit(calibration=out_of_fold_correction(left_out, weights))
        fitted._keep(weights, learned)
        fitted.feature_levels_ = dict(train.levels)
        return fitted


def opened(  # noqa: PLR0913
    template: WeightedClassifier,
    folder: Any,
    target: Any,
    *,
    options: dict[str, Any],
    columns: Any,
    sample_weight: Any,
    block_rows: Any,
    filesystem: Any,
    eval_folder: Any = None,
    left_out: Any = None,
    argument: str = "calibration",
) -> Job:
    """Check folders by their footers, and then count their labels.

    `left_out` is a folder, or a share of the training rows; `options` are how the library keeps its bins.
    """
    trainer_of = partial(adapter_of(template.estimator).blocks, **options)
    trainer_of(template.estimator)  # before a folder is looked for
    check_range(block_rows, "block_rows must be a whole number of rows", "Use 100_000.", least=1, whole=True)
    train, others = open_folder(folder, filesystem), {}
    if isinstance(left_out, Real):
        train, others["left_out"] = train.split(left_out, seed_of(template.estimator), argument)
    elif left_out is not None:
        others["left_out"] = open_folder(left_out, filesystem)
    if others:
        needs(["pandas"], "Predicting rows of a folder", "frames")
    if eval_folder is not None:
        others["evaluation"] = open_folder(eval_folder, filesystem)
    chosen = checked_columns([train, *others.values()], target, columns, sample_weight)
    features = Features(names=chosen.features, texts=chosen.texts, rows=train.rows)
    trainer_of = partial(trainer_of, features=features)
    trainer_of(template.estimator)
    tally, levels = counted(train, chosen)
    tally.check()
    counts = {name: counted(other, Columns(target=target))[0].rows for name, other in others.items()}
    for labels in counts.values():
        tally.check_known(labels)
    for label in tally.rows:
        check_that(
            label in counts.get("left_out", tally.rows),
            "rows left out of training must be of each class",
            f"no row of {shown(label)}",
            "Leave out a larger share, or name a folder that holds all classes.",
        )
    rows = partial(
        FolderRows, columns=chosen, labels_of=tally.rows.classes, block_rows=block_rows, levels=levels
    )
    return Job(
        train=rows(folder=train),
        trainer_of=trainer_of,
        tally=tally,
        left_out_rows=counts.get("left_out", ClassCounts({})),
        **{name: rows(folder=other) for name, other in others.items()},
    )
