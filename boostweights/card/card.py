"""The weighting card: which class weights a model is trained with, why, and on what data; as a text file."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boostweights.audits.findings import Finding, Findings, finding_of
from boostweights.card import checking, resolving
from boostweights.card.content import LEARNED, NATIVE, Content, Review, labels_digest, split_digest
from boostweights.card.diff import changes
from boostweights.card.model import attach, text_in
from boostweights.card.policies import code_of, stated
from boostweights.card.text import as_fields, to_text
from boostweights.errors import InvalidTypeError, check_range, check_that, check_type, placed
from boostweights.files import write_atomically
from boostweights.pages.notebook import facts, table, view
from boostweights.probabilities.promises import Promise
from boostweights.toml import read_text
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.names import Policies

_SHOWN = ("date", "target", "rationale", "owner", *NATIVE, *LEARNED, "promise")
"""Fields that a notebook shows, also where they are not stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(Content):
    """Which class weights a model is trained with, and why: written down, reviewed, found again in the model.

    Make one with `Card.of`, or read one with `Card.read`, `Card.from_text` or `Card.from_model`. What people
    write (rationale, owner, affected, review) may be changed in the file; all else is resolved, and `digest`
    covers it.

    Attributes
    ----------
    policy : policy
        With `rationale` and `owner`.
    date : datetime.date
        When the policy was resolved.
    target : str
        The target column.
    affected : mapping of str to str
        Who is affected by each kind of error: of ``"fn"`` and ``"fp"``, or of each class.
    weights : ClassWeights
        Resolved, with the class counts; of `RowCosts` the mean weight of each class's rows.
    labels, split : str
        Digests of the training labels and of the rows' positions; empty where they were not given.
    library, form, guarantee, reason, params, pins, estimator : str
        The native form, as `to_native` has it; empty without a library. An empty `estimator` means the
        library's defaults.
    correction : str
        How the model's probabilities are corrected: ``"analytic"`` (``correct_proba=True``) or by a map
        learned with the model (``correct_proba="fitted"``); empty where they are not corrected.
    decision : str
        What decides, of a fit with a ``threshold`` that is no promise; else empty.
    promise : Promise or None
        What decisions promise on new rows (`boostweights.promise`).
    versions : mapping of str to str
        Module → version.
    review : Review

    Examples
    --------
    >>> from boostweights import Balanced
    >>> policy = Balanced(rationale="a missed default costs more", owner="credit risk")
    >>> card = Card.of(policy, [0] * 90 + [1] * 10, target="default", library="xgboost")
    >>> card.weights.class_weight, card.form, card.guarantee
    ({0: 0.5555555555555556, 1: 5.0}, 'sample_weight', 'identical')
    >>> Card.from_text(card.to_text()) == card
    True
    >>> card.check([0] * 80 + [1] * 20).codes()
    ['card-prior-moved', 'card-weights-moved', 'card-weights-moved', 'card-not-reviewed', 'card-no-affected']
    """

    # --- made -------------------------------------------------------------------------------------

    @classmethod
    def of(  # noqa: PLR0913  what a card states
        cls,
        weighting: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        row_costs: Any = None,
        target: str | None = None,
        split: Any = None,
        affected: Mapping[str, str] | None = None,
        rationale: str | None = None,
        owner: str | None = None,
        library: str | None = None,
        form: str | None = None,
        promise: Promise | None = None,
        reviewed: Review | str | None = None,
        today: datetime.date | None = None,
    ) -> Card:
        """Return the card of a classifier or policy on a training fold.

        Parameters
        ----------
        weighting : WeightedClassifier, policy, shorthand or ClassWeights
            A classifier, fitted or not (also as the last step of a Pipeline, or found by a search), knows
            library and form. ClassWeights count as given by hand (`Explicit`).
        y : array-like of shape (n,) or ClassCounts, default=None
            The training labels. Needed to resolve; of a fitted classifier they add the digest, which counts
            don't.
        sample_weight : array-like of shape (n,), default=None
            The caller's row weights, by which classes are counted.
        row_costs : array-like of shape (n, 2) or (n, 4), default=None
            For `RowCosts`.
        target : str, default=None
            The name of the target column; by default that of `y`, where it has one.
        split : array-like of int or bool, default=None
            The positions of the training rows, or a mask of all rows.
        affected : mapping of str to str, default=None
            Who is affected by ``"fn"`` and ``"fp"``, or by errors on each class.
        rationale, owner : str, default=None
            By default those of the policy.
        library, form : str, default=None
            The library of a policy, and its native form.
        promise : Promise, default=None
            What decisions by the model promise; by default the promise of a fitted classifier.
        reviewed : Review or str, default=None
            The review, or the name of who approves it today.
        today : datetime.date, default=None
            The date of the card.

        Returns
        -------
        Card

        Raises
        ------
        InvalidTypeError, InvalidValueError
            If there is nothing to resolve on, labels are not those of the fit, or a card cannot hold them.
        """
        made = resolving.resolved(weighting, y, sample_weight, row_costs, library=library, form=form)
        made["promise"] = made.get("promise") or promise
        made["policy"] = stated(made["policy"], rationale, owner)
        rows = None if y is None or isinstance(y, ClassCounts) else len(y)
        name = getattr(y, "name", None)
        date = resolving.day(today)
        if reviewed is not None and not isinstance(reviewed, Review):
            rule = "reviewed must be a Review or the reviewer's name"
            check_type(reviewed, str, rule, 'Pass reviewed="A. Name".')
            reviewed = Review(state="approved", reviewer=reviewed, date=date)
        if target is None:
            target = name if isinstance(name, str) else ""
        return cls(
            **made,
            target=target,
            labels="" if rows is None else labels_digest(y),
            split="" if split is None else split_digest(split, rows),
            affected=affected or {},
            date=date,
            review=reviewed or Review(),
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, policies: Policies = ()) -> Card:
        """Return the card in a file.

        Parameters
        ----------
        path : path
            The file.
        policies : sequence of classes, default=()
            Your own policies. Without its class a policy of your own is shown and compared, and resolves
            nothing; nothing is imported because a card names it.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            If it is no card: missing, over 1 MB, not UTF-8, unmerged, not TOML, of a newer schema, with
            unknown keys or values out of range, or changed by hand where boostweights writes. It names the
            line.
        MissingLibraryError
            If msgspec is not installed.
        """
        text = read_text(Path(path), "a card").removeprefix("\ufeff")
        return cls.from_text(text, source=os.fspath(path), policies=policies)

    @classmethod
    def from_text(cls, text: str, *, source: str = "the card", policies: Policies = ()) -> Card:
        """Return the card in a text; `source` is what errors call it, `policies` are as for `read`.

        Raises
        ------
        InvalidValueError, InvalidTypeError, MissingLibraryError
            As `read`.
        """
        fields = as_fields(text, source, policies)
        digest = fields.pop("digest")
        with placed(f"in {source}"):
            card = cls(**fields)
        check_that(
            card.digest == digest,
            f"what boostweights writes into a card is not changed by hand, as digest shows ({source})",
            f"a digest of {digest[7:15]}… for content of {card.digest[7:15]}…",
            "Weights, counts, policy, form or versions were edited: take that back, or change the policy "
            "and write the card again. People write only [why] and [review].",
        )
        return card

    @classmethod
    def from_model(cls, model: Any, *, policies: Policies = ()) -> Card:
        """Return the card that a fitted model carries.

        Parameters
        ----------
        model : classifier, Booster, Pipeline, search, or path
            A path leads to a model in its library's own format, or in skops's if no type in it needs trust.
            Pickle and joblib run code when they are read: load such files yourself and pass the model.
        policies : sequence of classes, default=()
            As for `read`.

        Raises
        ------
        InvalidValueError
            If the model carries no card, was trained again since it got one, or the file is no model.
        InvalidTypeError
            If the file is a pickle, or holds types that skops does not trust.

        Examples
        --------
        >>> from sklearn.ensemble import HistGradientBoostingClassifier
        >>> from boostweights import WeightedClassifier
        >>> clf = WeightedClassifier(HistGradientBoostingClassifier(max_iter=2))
        >>> card = Card.of(clf.fit([[i] for i in range(40)], [0] * 30 + [1] * 10))
        >>> Card.from_model(card.attach(clf)) == card
        True
        """
        text, source = text_in(model)
        return cls.from_text(text, source=source, policies=policies)

    # --- used -------------------------------------------------------------------------------------

    def to_text(self) -> str:
        """Return the card as TOML, in a fixed order of keys, a class a line."""
        return to_text(self)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the card as UTF-8 text, whole or not at all.

        Raises
        ------
        InvalidValueError
            If there is no such folder.
        """
        file = Path(path)
        rule = "a card is written into a folder that exists"
        check_that(file.parent.is_dir(), rule, repr(str(file)), "Make the folder first.")
        write_atomically(file, self.to_text().encode())

    def check(  # noqa: PLR0913  what rows may have
        self,
        y: Any = None,
        sample_weight: Any = None,
        *,
        row_costs: Any = None,
        split: Any = None,
        estimator: Any = None,
        scores: Any = None,
        by: Any = None,
        clusters: Any = None,
        tolerance: float = 0.1,
        today: datetime.date | None = None,
    ) -> Findings:
        r"""Compare the card with the labels of today, and report what is missing in it.

        Parameters
        ----------
        y : array-like of shape (n,) or ClassCounts, default=None
            The labels that would be trained on. Without them only the card itself is looked at.
        sample_weight, row_costs : array-likes, default=None
            The weights and the costs of the same rows.
        split : array-like of int or bool, default=None
            The positions of the rows, to be compared with those of the card.
        estimator : classifier, default=None
            The classifier to be trained. A card of an estimator needs it: its guarantee depends on settings.
        scores : array-like of shape (n,), default=None
            The model's scores of the same rows, by which the card's promise is tested. Neither the model
            nor the promise may have been made on these rows.
        by, clusters : array-likes of shape (n,), default=None
            Groups and clusters of the rows, where the promise is about such.
        tolerance : float, default=0.1
            Larger relative changes of a weight are reported.
        today : datetime.date, default=None
            Dates after it are reported.

        Returns
        -------
        Findings
            ``card-label-type``, ``card-new-class``, ``card-missing-class`` (errors); ``card-prior-moved``
            (a chi-square test at 5 % and Cohen's :math:`w = \sqrt{\sum_k (p_k - q_k)^2 / q_k}`, q being the
            card's prior: from .1 a warning, from .3 an error, below .1 or with too few rows a note);
            ``card-weights-moved`` (a warning, an error for a factor of 2 or more), ``card-unresolvable``,
            ``card-weights-unchecked``, ``card-labels-changed``, ``card-split-changed``,
            ``card-guarantee-changed``, ``card-guarantee-unchecked``, ``card-no-rationale``,
            ``card-no-owner``, ``card-no-affected``, ``card-not-reviewed``, ``card-review-stale``,
            ``card-rejected``, ``card-date-ahead``, ``card-promise-broken`` (an error: a binomial test
            at 5 %, see `Promise.check`), ``card-promise-kept``, ``card-promise-unchecked``.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            If y is no column of labels, or tolerance is not positive.

        References
        ----------
        Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, chapter 7: .1 is a small
        effect, .3 a medium one.
        """
        rule, remedy = "sample_weight and row_costs belong to rows", "Pass the labels, too."
        rows_known = y is not None or (sample_weight is None and row_costs is None)
        check_that(rows_known, rule, "no y beside them", remedy, InvalidTypeError)
        rule, remedy = "tolerance must be positive and finite", "0.1 reports weights that move by 10 %."
        check_range(tolerance, rule, remedy, above=0)
        findings: list[Finding] = []
        if y is not None:
            findings += checking.data_findings(self, y, sample_weight, row_costs, estimator, tolerance)
        if split is not None and self.split and split_digest(split) != self.split:
            message = "the training rows are not those of the card's split"
            findings.append(finding_of("card", "card-split-changed", message))
        findings += checking.completeness_findings(self, resolving.day(today))
        findings += checking.promise_findings(self, y, scores, {"by": by, "clusters": clusters})
        return Findings(findings)

    def diff(self, other: Card) -> tuple[str, ...]:
        """Return what changed from this card to another one, in plain words.

        Examples
        --------
        >>> from boostweights import Explicit
        >>> y = [0] * 90 + [1] * 10
        >>> old, new = (Card.of(Explicit({0: 1.0, 1: w}), y) for w in (9.0, 12.5))
        >>> old.diff(new)[0]
        'the weight of 1 rose from 9.0 to 12.5 (+39 %)'
        """
        return tuple(changes(self, other))

    def _repr_html_(self) -> str:
        review, counts = self.review, self.weights.counts
        named = {
            "policy": code_of(self.policy),
            **{name: str(getattr(self, name) or "not stated") for name in _SHOWN},
            **{f"affected by {name}": text for name, text in self.affected.items()},
            "review": f"{review.state} {review.reviewer} {review.date or ''}",
        }
        return view("Weighting card", facts(named.items()), table(counts.columns(self.weights.class_weight)))

    def attach(self, model: Any) -> Any:
        """Put the card into a fitted model, which is changed by that, and return the model.

        It is saved and pickled with the model: as an attribute (xgboost), among the parameters (lightgbm),
        as metadata (catboost), as a Python attribute (scikit-learn). LightGBM's Booster is read anew from its
        own text, as LightGBM itself does after training; it logs that it ignores a parameter when it loads
        the file. A WeightedClassifier that is fitted again gets
        a card of the new fit by itself, not reviewed if it differs; of other models that are fitted again
        `from_model` says so.

        Parameters
        ----------
        model : classifier, Booster, WeightedClassifier, Pipeline or search
            Fitted.

        Raises
        ------
        InvalidTypeError
            If it is not fitted.
        InvalidValueError
            If it is of another library or of other labels than the card.
        """
        return attach(self, model)

    def __boostweights_refitted__(self, clf: Any, y: Any) -> None:
        """Put a card of a new fit into the classifier that carried this one, for `WeightedClassifier.fit`."""
        fresh = replace(self, **resolving.refitted(self, clf, y))
        changed = fresh.digest != self.digest
        attach(replace(fresh, date=resolving.day(None), review=Review()) if changed else self, clf)
