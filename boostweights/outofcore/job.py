"""What a training on folders is of: checked and counted before a feature is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from sklearn.base import clone

from boostweights.adapters.binning import Trainer
from boostweights.adapters.expressing import checked_eval_weighting, to_native
from boostweights.adapters.form import NativeForm
from boostweights.errors import InvalidValueError, UnknownLabelError, did_you_mean, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.steps import check_own_classes, class_array
from boostweights.outofcore.columns import Columns, check_target, checked_columns
from boostweights.outofcore.counting import count_folder, weigh_folder
from boostweights.outofcore.folder import Folder, open_folder
from boostweights.outofcore.rows import Rows
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy

ROW_FORMS: Final = ("auto", "sample_weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Folders that are checked and counted."""

    train: Folder
    evaluation: Folder | None
    columns: Columns
    rows: ClassCounts
    sums: ClassCounts | None
    block_rows: int

    def resolved(self, template: WeightedClassifier, policy: Policy) -> tuple[ClassWeights, NativeForm]:
        """Return the weights by a policy, and their native form."""
        check_own_classes(template.estimator, len(self.rows))
        weighted = self.sums is not None and not template.count_rows
        weights = policy.resolve(self.sums if weighted else self.rows)
        native = to_native(weights.encoded(), template.estimator, template.form)
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
        if self.evaluation is not None:
            evaluating = partial(native.eval_weight, weighting=weighting)
            evaluation = self._rows(self.evaluation, weights.classes, evaluating)
        fitted: WeightedClassifier = clone(template)
        fitted.estimator_ = trainer.fit(self._rows(self.train, weights.classes, training), evaluation)
        fitted.classes_ = class_array(weights.classes, None)
        fitted.class_weights_ = weights
        fitted.native_ = native
        fitted.n_features_in_ = len(self.columns.features)
        fitted.feature_names_in_ = np.array(self.columns.features, object)
        return fitted

    def _rows(self, folder: Folder, classes: tuple[Label, ...], weigh: Any) -> Rows:
        return Rows(
            folder=folder, columns=self.columns, labels_of=classes, weigh=weigh, block_rows=self.block_rows
        )


def job_of(
    template: WeightedClassifier,
    folder: Any,
    target: Any,
    columns: Any,
    sample_weight: Any,
    eval_folder: Any,
    block_rows: Any,
) -> Job:
    """Check folders by their footers, then read the label columns."""
    if isinstance(block_rows, bool) or not isinstance(block_rows, int) or block_rows < 1:
        raise InvalidValueError(
            "block_rows must be a whole number of rows", shown(block_rows), "Use 100_000."
        )
    train = open_folder(folder)
    chosen = checked_columns(train, target, columns, sample_weight)
    evaluation = None
    if eval_folder is not None:
        evaluation = open_folder(eval_folder)
        check_target(evaluation, target)
        checked_columns(evaluation, target, chosen.features, sample_weight)
    rows = counts_of(count_folder(train, target), None)
    sums = None if sample_weight is None else weigh_folder(train, chosen)
    if evaluation is not None:
        _check_known(count_folder(evaluation, target), rows)
    return Job(
        train=train, evaluation=evaluation, columns=chosen, rows=rows, sums=sums, block_rows=block_rows
    )


def _check_known(evaluated: ClassCounts, trained: ClassCounts) -> None:
    unknown = [label for label in evaluated if label not in trained]
    if unknown:
        raise UnknownLabelError(
            f"labels of the evaluation folder must be among those of training: {shown(list(trained))}",
            shown(unknown[0]),
            did_you_mean(unknown[0], trained),
        )
