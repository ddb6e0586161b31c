"""What a training on folders is of: checked by their footers, then counted, before a feature is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any, Final

import numpy as np
from sklearn.base import clone

from boostweights.adapters.binning import Features, Trainer
from boostweights.adapters.expressing import checked_eval_weighting, to_native
from boostweights.adapters.form import NativeForm
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidValueError, UnknownLabelError, did_you_mean, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import check_correctable, learned_from, margins
from boostweights.estimator.deciding import keep_decision
from boostweights.estimator.steps import check_own_classes, class_array, seed_of
from boostweights.estimator.thresholds import check_two_classes
from boostweights.outofcore.columns import Columns, check_target, checked_columns
from boostweights.outofcore.counting import count_folder, weigh_folder
from boostweights.outofcore.folder import Folder, open_folder
from boostweights.outofcore.frame import check_pandas, frame_of
from boostweights.outofcore.levels import Levels, levels_of
from boostweights.outofcore.rows import Rows, Weigh
from boostweights.probabilities.calibration import CalibrationMap
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy

ROW_FORMS: Final = ("auto", "sample_weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Folders of equal columns, told by their footers.

    Attributes
    ----------
    train : Folder
    evaluation, left_out : Folder or None
        What stops the training early, and what it is tested on or corrected by afterwards.
    columns : Columns
    block_rows : int
    """

    train: Folder
    evaluation: Folder | None
    left_out: Folder | None
    columns: Columns
    block_rows: int

    @property
    def features(self) -> Features:
        """What a library is told before a row is read."""
        texts, rows = self.columns.texts, self.train.rows
        return Features(names=self.columns.features, texts=texts, rows=rows)

    def counted(self) -> Job:
        """Read the label columns, and the texts of text features."""
        target = self.columns.target
        rows, left_out = counts_of(count_folder(self.train, target), None), ClassCounts({})
        if self.evaluation is not None:
            _check_known(count_folder(self.evaluation, target), rows)
        if self.left_out is not None:
            left_out = count_folder(self.left_out, target)
            _check_known(left_out, rows)
            if lacking := [label for label in rows if label not in left_out]:
                raise InvalidValueError(
                    "rows left out of training must be of each class",
                    f"no row of {shown(lacking[0])}",
                    "Leave out a larger share, or name a folder that holds all classes.",
                )
        weighted = self.columns.sample_weight is not None
        return Job(
            folders=self,
            rows=rows,
            left_out_rows=left_out,
            sums=weigh_folder(self.train, self.columns, rows) if weighted else None,
            levels=levels_of(self.train, self.columns.texts),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Folders that are checked and counted."""

    folders: Folders
    rows: ClassCounts
    left_out_rows: ClassCounts
    sums: ClassCounts | None
    levels: Levels

    def resolved(self, template: WeightedClassifier, policy: Policy) -> tuple[ClassWeights, NativeForm]:
        """Return the weights by a policy, and their native form."""
        check_own_classes(template.estimator, len(self.rows))
        if template.correct_proba:
            check_correctable(adapter_of(template.estimator), template.estimator, len(self.rows))
        check_two_classes(template, list(self.rows))
        weighted = self.sums is not None and not template.count_rows
        weights = policy.resolve(self.sums if weighted else self.rows)
        native = to_native(weights.encoded(), template.estimator, form=template.form)
        if self.sums is not None and template.form not in ROW_FORMS:
            raise InvalidValueError(
                "with a column of sample_weight classes are weighed by row weights",
                f"form={template.form!r}",
                "Use form='auto'.",
            )
        return weights, native

    def fitted(
        self, template: WeightedClassifier, trainer: Trainer, weights: ClassWeights, native: NativeForm
    ) -> WeightedClassifier:
        """Train, and return a fitted copy of a classifier."""
        weighting = checked_eval_weighting(template.eval_weighting)

        def training(codes: Any, given: Any) -> Any:
            return native.fit_kwargs(codes, given).get("sample_weight")

        evaluation = None
        if self.folders.evaluation is not None:
            evaluating = partial(native.eval_weight, weighting=weighting)
            evaluation = self.rows_of(self.folders.evaluation, weights.classes, evaluating)
        fitted: WeightedClassifier = clone(template)
        fitted.estimator_ = trainer.fit(
            self.rows_of(self.folders.train, weights.classes, training), evaluation
        )
        fitted.classes_ = class_array(weights.classes, None)
        fitted.class_weights_ = weights
        fitted.native_ = native
        fitted.n_features_in_ = len(self.folders.columns.features)
        fitted.feature_names_in_ = np.array(self.folders.columns.features, object)
        fitted.feature_levels_ = dict(self.levels)
        if template.correct_proba == "fitted":
            fitted.calibration_ = self._learned(fitted)
        keep_decision(fitted)
        return fitted

    def rows_of(self, folder: Folder, classes: tuple[Label, ...], weigh: Weigh) -> Rows:
        """Return the rows of a folder, weighted by a function."""
        return Rows(
            folder=folder,
            columns=self.folders.columns,
            labels_of=classes,
            weigh=weigh,
            block_rows=self.folders.block_rows,
            levels=self.levels,
        )

    def left_out(self) -> Rows:
        """Return the rows that were left out of training, with the caller's weights."""
        assert self.folders.left_out is not None
        return self.rows_of(self.folders.left_out, self.rows.classes, lambda codes, own: own)

    def check_unchanged(self) -> None:
        """Raise where a folder was written to while it was read."""
        for folder in (self.folders.train, self.folders.evaluation, self.folders.left_out):
            if folder is not None:
                folder.check_unchanged(footers=True)

    def _learned(self, clf: WeightedClassifier) -> CalibrationMap:
        """Return the map of the scores of rows left out, on which the model was not trained."""
        scores, codes, own = [], [], []
        rows = self.left_out()
        for block in rows.blocks(np.float64):
            scores.append(margins(clf.estimator_, frame_of(block.X, rows)).without(clf.class_weights_))
            codes.append(block.y)
            own.append(np.ones(len(block.y)) if block.weight is None else block.weight)
        return learned_from(scores, np.concatenate(codes), np.concatenate(own), clf.class_weights_)


def open_folders(  # noqa: PLR0913  what a training reads
    template: WeightedClassifier,
    folder: Any,
    target: Any,
    *,
    columns: Any,
    sample_weight: Any,
    block_rows: Any,
    filesystem: Any,
    eval_folder: Any = None,
    left_out: Any = None,
    argument: str = "calibration",
) -> Folders:
    """Check folders by their footers; `left_out` is a folder, or a share of the training rows."""
    if isinstance(block_rows, bool) or not isinstance(block_rows, int) or block_rows < 1:
        raise InvalidValueError(
            "block_rows must be a whole number of rows", shown(block_rows), "Use 100_000."
        )
    train, rest = open_folder(folder, filesystem), None
    chosen = checked_columns(train, target, columns, sample_weight)
    if isinstance(left_out, Real):
        train, rest = train.split(left_out, seed_of(template.estimator), argument)
    elif left_out is not None:
        rest = open_folder(left_out, filesystem)
    if rest is not None:
        check_pandas()
    evaluation = None if eval_folder is None else open_folder(eval_folder, filesystem)
    for other in (evaluation, rest):
        if other is not None:
            check_target(other, target)
            _check_alike(checked_columns(other, target, chosen.features, sample_weight), chosen)
    return Folders(train=train, evaluation=evaluation, left_out=rest, columns=chosen, block_rows=block_rows)


def _check_alike(other: Columns, trained: Columns) -> None:
    if odd := sorted(set(other.texts) ^ set(trained.texts)):
        raise InvalidValueError(
            "a feature must be of text or of numbers in every folder alike",
            f"{odd[0]!r}, text in one and not in the other",
            "Write them with one type, or leave the column out: columns=[…].",
        )


def _check_known(others: ClassCounts, trained: ClassCounts) -> None:
    unknown = [label for label in others if label not in trained]
    if unknown:
        raise UnknownLabelError(
            f"labels of the other folders must be among those of training: {shown(list(trained))}",
            shown(unknown[0]),
            did_you_mean(unknown[0], trained),
        )
