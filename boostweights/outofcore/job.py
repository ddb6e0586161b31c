"""A training on folders: checked by their footers, then counted, before a feature is read."""

from __future__ import annotations

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
from boostweights.outofcore.folder import Folder, open_folder
from boostweights.outofcore.reading import Levels
from boostweights.outofcore.rows import FolderRows, Weigh
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.names import class_policy
from boostweights.weighting.tally import Tally

_ROW_FORMS: Final = ("auto", "sample_weight")


def weighted(classifier: Any) -> WeightedClassifier:
    """Return a classifier with its weighting; a bare one is balanced."""
    remedy = "Pass WeightedClassifier(XGBClassifier()), say."
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
        'Pass correct_proba="fitted" and calibration=0.1, say; or correct_proba=True and none.',
    )
    threshold = Threshold.of(template)
    (replace(threshold, correct_proba=False) if learns else threshold).refuse_folds(template.n_rounds)
    checked_eval_weighting(template.eval_weighting)
    fraction = f"validation_fraction={template.validation_fraction!r}"
    remedy = "Pass eval_folder=, and leave validation_fraction out."
    rule = "evaluation rows are a folder of their own here"
    check_that(template.validation_fraction is None, rule, fraction, remedy)
    class_policy(weighting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Folders that were checked by their footers, and then counted.

    Attributes
    ----------
    train : Folder
    evaluation, left_out : Folder or None
        The rows that stop the training early, and those that models are corrected by or tested on afterwards.
    columns : Columns
    block_rows : int
    trainer_of : callable
        Unfitted estimator → the context in which it is trained on rows.
    tally : Tally
        The training labels.
    left_out_rows : ClassCounts
    levels : mapping
        Text feature → its texts in training.
    """

    train: Folder
    evaluation: Folder | None
    left_out: Folder | None
    columns: Columns
    block_rows: int
    trainer_of: Callable[[Any], OutOfCore]
    tally: Tally
    left_out_rows: ClassCounts
    levels: Levels

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

    def tested_rows(self) -> FolderRows:
        """Return the rows that were left out of training, with the caller's weights."""
        assert self.left_out is not None
        return self._rows(self.left_out, lambda codes, weights: weights)

    def check_unchanged(self) -> None:
        """Raise where a folder was written to while it was read."""
        for folder in (self.train, self.evaluation, self.left_out):
            if folder is not None:
                folder.check_unchanged(footers=True)

    def _resolved(self, template: WeightedClassifier) -> tuple[ClassWeights, NativeForm]:
        classes = self.tally.rows.classes
        check_classes(template, adapter_of(template.estimator), classes)
        counts = self.tally.rows if template.count_rows else self.tally.weighted
        weights = class_policy(template.weighting).resolve(counts)
        native = to_native(weights.encoded(), template.estimator, form=template.form)
        if self.columns.sample_weight is not None:
            check_row_form(template, "a training with a column of sample_weight")
        return weights, native

    def _fitted(
        self, template: WeightedClassifier, trainer: Trainer, weights: ClassWeights, native: NativeForm
    ) -> WeightedClassifier:
        evaluation = None
        if self.evaluation is not None:
            weighting = checked_eval_weighting(template.eval_weighting)
            evaluation = self._rows(self.evaluation, partial(native.eval_weight, weighting=weighting))
        train = self._rows(self.train, lambda codes, own: native.fit_kwargs(codes, own).get("sample_weight"))
        fitted: WeightedClassifier = clone(template)
        fitted.estimator_ = trainer.fit(train, evaluation)
        fitted.classes_ = class_array(weights.classes, None)
        fitted.native_ = native
        fitted.n_features_in_ = len(self.columns.features)
        fitted.feature_names_in_ = np.array(self.columns.features, object)
        learned = NOTHING
        if template.correct_proba == "fitted":
            left_out = (
                OutOfFold.scored(fitted.estimator_, frame, codes, weights, row_weights)
                for frame, codes, row_weights in self.tested_rows().frames()
            )
            learned = CrossFit(calibration=out_of_fold_correction(left_out, weights))
        fitted._keep(weights, learned)
        fitted.feature_levels_ = dict(self.levels)
        return fitted

    def _rows(self, folder: Folder, weigh: Weigh) -> FolderRows:
        return FolderRows(
            folder=folder,
            columns=self.columns,
            labels_of=self.tally.rows.classes,
            weigh=weigh,
            block_rows=self.block_rows,
            levels=self.levels,
        )


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
    train, rest = open_folder(folder, filesystem), None
    if isinstance(left_out, Real):
        train, rest = train.split(left_out, seed_of(template.estimator), argument)
    elif left_out is not None:
        rest = open_folder(left_out, filesystem)
    if rest is not None:
        needs(["pandas"], "Predicting rows of a folder", "frames")
    evaluation = None if eval_folder is None else open_folder(eval_folder, filesystem)
    others = [other for other in (evaluation, rest) if other is not None]
    chosen = checked_columns([train, *others], target, columns, sample_weight)
    trainer_of = partial(
        trainer_of, features=Features(names=chosen.features, texts=chosen.texts, rows=train.rows)
    )
    trainer_of(template.estimator)
    tally, levels = counted(train, chosen)
    tally.check()

    def counts_of(other: Folder | None) -> ClassCounts:
        counts = ClassCounts({}) if other is None else counted(other, Columns(target=target))[0].rows
        tally.check_known(counts)
        return counts

    counts_of(evaluation)
    left_out_rows = counts_of(rest)
    for label in tally.rows:
        check_that(
            rest is None or label in left_out_rows,
            "rows left out of training must be of each class",
            f"no row of {shown(label)}",
            "Leave out a larger share, or name a folder that holds all classes.",
        )
    return Job(
        train=train,
        evaluation=evaluation,
        left_out=rest,
        columns=chosen,
        block_rows=block_rows,
        trainer_of=trainer_of,
        tally=tally,
        left_out_rows=left_out_rows,
        levels=levels,
    )
