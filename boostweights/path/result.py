"""What a path of weights did: out-of-fold probabilities at each ratio, and all that follows from them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn import metrics as sk

from boostweights.errors import InvalidValueError, check_that, shown
from boostweights.pages.notebook import facts, table, view
from boostweights.probabilities.promise_cost import held_out, promise_cost, promise_in_words
from boostweights.probabilities.promises import Promised
from boostweights.probabilities.thresholds import COUNTS, Counts, Floats, counts_at
from boostweights.recommendation.needs import NEEDS, answerable, promised_need
from boostweights.recommendation.options import Correction, Model, Rows, units_of
from boostweights.recommendation.recommend import choose
from boostweights.recommendation.recommendation import Recommendation, recommended
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_facts, as_text
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit, Unweighted
from boostweights.weighting.policies.costs import Costs

Columns = dict[str, list[Any]]
Scores = dict[str, float]
Corrected = bool | Literal["fitted"]
LOSSES = ("log_loss", "log_loss_corrected", "log_loss_fitted")
"""The log losses of probabilities as trained, with the weights undone, and fitted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class WeightPath:
    """Out-of-fold results at each weight of the positive class; prints as a table.

    A prediction is positive where the probability is at least the threshold, as in scikit-learn's
    ``FixedThresholdClassifier``. An evaluated row is one row of X in one fold that tested it: m of them,
    fold after fold; n with plain cross-validation, more where splits are repeated.

    Attributes
    ----------
    ratios : tuple of r floats
        Weight of the positive class over that of the other; increasing.
    classes : tuple of two labels
        Sorted.
    pos_label : label
        The positive one of them.
    row : ndarray of shape (m,), intp
        Which row of X each evaluated row is.
    fold : ndarray of shape (m,), intp
        The fold that tested it, from 0.
    y : ndarray of shape (m,), bool
        Whether it is positive.
    proba : ndarray of shape (r, m), float64
        Out-of-fold probability of the positive class, as trained with each ratio.
    corrected : ndarray of shape (r, m), float64
        The same with the weights undone (see `correct_proba`).
    fitted : ndarray of shape (r, m), float64
        The same by a slope and an offset that each fold learned from the others (see `fit_correction`).
    baseline : ndarray of shape (m,), float64
        That of the unweighted model.
    baseline_fitted : ndarray of shape (m,), float64
        The same by a slope and an offset.
    tuned_threshold : ndarray of shape (k,), float64
        For each of k folds the threshold of the unweighted model that was tuned for it; see `tuning`.
    train_size : ndarray of shape (k,), intp
        Rows in each training fold.
    costs : Costs or None
        Of the two errors.
    groups : ndarray of shape (m,), object, or None
        The group of each evaluated row.
    promised : Promised or None
        The rate by whose costs ratios are compared.
    clusters : ndarray of shape (m,), intp, or None
        That of each evaluated row, by ``cv_groups``: resampled whole, and a promise is about one row of each.
    tuned_by : str
        The metric by which the threshold was tuned.
    tuning : str
        Where it was tuned: ``"folds: …"``, on the scores of the other folds, or ``"nested: …"``, within each
        training fold.
    estimator : str
        The repr of what was trained.
    scale : str
        The scale of the class weights.
    reused : str
        How bins were reused over ratios: ``"exact: …"``, ``"frozen cuts (approximation): …"``, ``"none: …"``.

    Examples
    --------
    >>> import numpy as np
    >>> path = WeightPath(
    ...     ratios=(1.0, 3.0), classes=(0, 1), pos_label=1,
    ...     row=np.arange(6), fold=np.array([0, 0, 0, 1, 1, 1]), y=np.array([0, 0, 1, 0, 0, 1], bool),
    ...     proba=np.array([[0.1, 0.3, 0.4, 0.2, 0.1, 0.6], [0.3, 0.6, 0.7, 0.4, 0.3, 0.8]]),
    ...     corrected=np.array([[0.1, 0.3, 0.4, 0.2, 0.1, 0.6], [0.125, 0.333, 0.4375, 0.182, 0.125, 0.571]]),
    ...     fitted=np.array([[0.1, 0.3, 0.4, 0.2, 0.1, 0.6], [0.1, 0.3, 0.4, 0.2, 0.1, 0.6]]),
    ...     baseline=np.array([0.1, 0.3, 0.4, 0.2, 0.1, 0.6]),
    ...     baseline_fitted=np.array([0.1, 0.3, 0.4, 0.2, 0.1, 0.6]),
    ...     tuned_threshold=np.array([0.4, 0.4]), train_size=np.array([3, 3]))
    >>> path.confusion(3.0)
    {'tn': 3, 'fp': 1, 'fn': 0, 'tp': 2}
    >>> path.to_frame()[["ratio", "recall", "precision"]].to_numpy().tolist()
    [[1.0, 0.5, 0.5], [3.0, 1.0, 0.75]]
    """

    ratios: tuple[float, ...]
    classes: tuple[Label, Label]
    pos_label: Label
    row: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    y: npt.NDArray[np.bool_]
    proba: Floats
    corrected: Floats
    fitted: Floats
    baseline: Floats
    baseline_fitted: Floats
    tuned_threshold: Floats
    train_size: npt.NDArray[np.intp]
    costs: Costs | None = None
    groups: npt.NDArray[np.object_] | None = None
    promised: Promised | None = None
    clusters: npt.NDArray[np.intp] | None = None
    tuned_by: str = "f1"
    tuning: str = "folds"
    estimator: str = ""
    scale: str = "mean"
    reused: str = "none"

    @property
    def folds(self) -> int:
        """The number k of folds."""
        return len(self.tuned_threshold)

    @property
    def held_out(self) -> int:
        """How many rows the promise will be made on; 0 without a promise."""
        if self.promised is None:
            return 0
        return held_out(self.promised, self.y, self.row if self.clusters is None else self.clusters)

    @property
    def need(self) -> str:
        """The need by which `best` picks by default: the path's promise, its costs, or F1."""
        if self.promised is not None:
            return promised_need(self.promised)
        return "decisions" if self.costs is None else "costs"

    @property
    def imbalance_ratio(self) -> float:
        """Negative rows for each positive one among the evaluated: the ratio of balanced weights."""
        return float((~self.y).sum() / self.y.sum())

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return one row a ratio: counts over all folds, each metric's mean over folds and its interval.

        Columns: ``ratio``; ``tn``, ``fp``, ``fn``, ``tp``, at a threshold of .5; then of ``recall``,
        ``precision``, ``f1`` (at .5), ``average_precision``, ``roc_auc``, ``log_loss``,
        ``log_loss_corrected``, ``log_loss_fitted`` and, given costs, ``cost`` (a row of X, at .5), and, given
        a promise, ``promised_threshold``, ``promised_alarms`` and ``promised_recall`` (see `weight_path`) the
        mean, with ``_low`` and ``_high`` the ends of its 95 % interval: mean ± t(k-1) · s · sqrt(1/k + test
        rows / train rows), which allows for training folds that overlap (Nadeau & Bengio 2003); of what lies
        in [0, 1] Wilson's interval with this error, which lies there, too. NaN with one fold.
        """
        return to_frame(self.by_ratio(), backend)

    def fold_frame(self, backend: str = "pandas") -> Any:
        """Return one row a ratio and fold: ``ratio``, ``fold``, the counts and the metrics."""
        halves = np.full(self.folds, 0.5)
        rows = [
            {"ratio": ratio, "fold": fold, **scores}
            for ratio, *proba in zip(self.ratios, self.proba, self.corrected, self.fitted, strict=True)
            for fold, scores in enumerate(self._fold_scores(proba, halves))
        ]
        return to_frame(_columns(rows), backend)

    def baselines(self, backend: str = "pandas") -> Any:
        """Return the unweighted model at other thresholds, with the columns of `to_frame`.

        ``baseline`` is ``"equivalent threshold"``, 1/(1 + ratio), one row a ratio, or ``"tuned threshold"``,
        one row, where ``ratio`` is NaN and ``threshold`` the mean of the folds' own.
        """
        return to_frame(self.by_threshold(), backend)

    def group_frame(self, backend: str = "pandas") -> Any:
        """Return one row a ratio and group, over all folds at .5: whose errors the weight trades.

        Columns: ``ratio``, ``group``, ``rows``, ``positives``, the counts, ``fnr`` = fn / positives, ``fpr``
        = fp / negatives, ``selection_rate`` = predicted positives / rows, and ``fnr_change``,
        ``fpr_change``, ``selection_rate_change`` from the unweighted model. NaN where there is no such row.

        Raises
        ------
        InvalidValueError
            If the path was made without groups.
        """
        if self.groups is None:
            remedy = "Call weight_path(…, groups=…)."
            raise InvalidValueError("error rates by group need groups", "groups=None", remedy)
        groups = self.groups.tolist()  # a group may be a tuple
        members = {name: np.array([group == name for group in groups]) for name in sorted(set(groups))}
        rows = []
        for ratio, proba in zip(self.ratios, self.proba, strict=True):
            for name, inside in members.items():
                counts, unweighted = (
                    counts_at(self.y[inside], column[inside], [0.5])[0] for column in (proba, self.baseline)
                )
                rates, before = error_rates(counts), error_rates(unweighted)
                rows.append(
                    {
                        "ratio": ratio,
                        "group": name,
                        "rows": int(inside.sum()),
                        "positives": int(self.y[inside].sum()),
                        **dict(zip(COUNTS, counts.tolist(), strict=True)),
                        **rates,
                        **{f"{rate}_change": rates[rate] - before[rate] for rate in rates},
                    }
                )
        return to_frame(_columns(rows), backend)

    def confusion(
        self, ratio: float, threshold: float = 0.5, *, corrected: Corrected = False
    ) -> dict[str, int]:
        """Return the counts ``tn``, ``fp``, ``fn``, ``tp`` over all folds.

        Parameters
        ----------
        ratio : float
            One of `ratios`.
        threshold : float, default=0.5
            Positive where the probability is at least this.
        corrected : bool or "fitted", default=False
            Whether the threshold is for corrected probabilities, or for those of the fitted correction.
        """
        counts = self.counts(ratio, [threshold], corrected=corrected)[0]
        return dict(zip(COUNTS, counts.tolist(), strict=True))

    def counts(
        self, ratio: float, thresholds: Sequence[float] | Floats, *, corrected: Corrected = False
    ) -> npt.NDArray[np.intp]:
        """Return ``tn``, ``fp``, ``fn``, ``tp`` over all folds at each of t thresholds, shape (t, 4)."""
        return counts_at(self.y, self.probabilities(ratio, corrected), thresholds)

    def curve(self, ratio: float, *, corrected: Corrected = False) -> tuple[Floats, Floats, Floats]:
        """Return precision, recall and thresholds over all folds, of scikit-learn's precision_recall_curve.

        Of the folds' rows together, so that its average precision is not the mean of the folds' own.
        """
        precision, recall, thresholds = sk.precision_recall_curve(
            self.y, self.probabilities(ratio, corrected)
        )
        return precision, recall, thresholds

    def best(self, need: str | None = None) -> Recommendation:
        """Return the weight, correction and threshold to use: often none, and a threshold.

        The simple rule of a need is recommended unless something beats it beyond noise: the unweighted model
        decided by costs on fitted probabilities (``"costs"``), with its threshold tuned by F1
        (``"decisions"``), with fitted probabilities (``"probabilities"``), as it is (``"ranking"``), or with
        the threshold of the path's promise (``"alarms at recall"``, ``"recall at alarm rate"``). Where the
        model has no evidence of skill, or does not cost less than a rule without a model, that rule is
        recommended, and ``statements`` reports why. Figures are those of the recommended threshold on all
        evaluated rows (see `Recommendation`).

        Parameters
        ----------
        need : str, default=None
            A name as in `advise`. By default that of the path: its promise, its costs, otherwise decisions.

        Raises
        ------
        InvalidValueError
            If the need is unknown, lacks its costs or promise, or is one that only published results answer
            (``"recall at precision"``), or fewer than ten rows of a class were tested.
        """
        asked = answerable(self.need if need is None else need, self.promised)
        promised = self.promised if NEEDS[asked].promises else None
        clusters = [] if self.clusters is None else [self.clusters]
        rows = Rows(y=self.y, unit=units_of(self.row, *clusters), fold=self.fold)
        chosen = choose(self._models(), rows, asked, costs=self._costs, promised=promised)
        return recommended(chosen, asked, self.pos_label, promised)

    @property
    def _costs(self) -> Floats | None:
        """What each of the four counts costs."""
        return None if self.costs is None else costs_of_counts(self.costs, self.classes, self.pos_label)

    def _models(self) -> list[Model]:
        """The ways to train that compete, the unweighted model first."""
        ways: list[tuple[Policy, dict[Correction, Floats]]] = [
            (Unweighted(), {"none": self.baseline, "fitted": self.baseline_fitted})
        ]
        at_ratio = zip(self.ratios, self.proba, self.corrected, self.fitted, strict=True)
        for ratio, raw, corrected, fitted in at_ratio:
            weights: dict[Any, float] = {
                label: ratio if label == self.pos_label else 1.0 for label in self.classes
            }
            policy = Explicit(weights, scale=self.scale)  # type: ignore[arg-type]
            if ratio != 1:
                ways.append((policy, {"none": raw, "analytic": corrected, "fitted": fitted}))
        name = self.estimator.partition("(")[0]
        return [
            Model(library=name, policy=policy, correction=correction, proba=proba)
            for policy, corrections in ways
            for correction, proba in corrections.items()
        ]

    def position(self, ratio: float) -> int:
        """Return which row of `proba` a ratio is, or raise."""
        position = int(np.argmin(np.abs(np.subtract(self.ratios, ratio))))
        nearest, rule = self.ratios[position], f"ratio must be one of the path's, {shown(list(self.ratios))}"
        close = math.isclose(nearest, ratio, rel_tol=1e-9)
        check_that(close, rule, ratio, f"The nearest is {nearest!r}.")
        return position

    def probabilities(self, ratio: float | None, corrected: Corrected = False) -> Floats:
        """Return those of one of the ratios, or of the unweighted model, as trained or corrected."""
        if ratio is None:
            return self.baseline_fitted if corrected == "fitted" else self.baseline
        at_ratio = self.fitted if corrected == "fitted" else self.corrected if corrected else self.proba
        return np.asarray(at_ratio[self.position(ratio)])

    @property
    def _heading(self) -> dict[str, str]:
        """What a reader should know before the numbers."""
        return {
            "weight path": self.estimator,
            "positive": f"{self.pos_label!r}: {int(self.y.sum())} of {len(self.y)} evaluated rows",
            "folds": f"{self.folds}; means over folds, counts and decisions at .5",
            "bins": self.reused,
            "tuned": f"the unweighted model's threshold, by {self.tuned_by}; {self.tuning}",
            "promised": "" if self.promised is None else promise_in_words(self.promised),
        }

    def by_ratio(self) -> Columns:
        """Return the columns of `to_frame`: summed counts, means and intervals at each ratio."""
        halves = np.full(self.folds, 0.5)
        at_ratio = zip(self.ratios, self.proba, self.corrected, self.fitted, strict=True)
        return _columns([{"ratio": ratio, **self._summary(ways, halves)} for ratio, *ways in at_ratio])

    def by_threshold(self) -> Columns:
        """Return the columns of `baselines`."""
        ways = [self.baseline, self.baseline, self.baseline_fitted]
        decided = [
            ("equivalent threshold", ratio, np.full(self.folds, 1 / (1 + ratio))) for ratio in self.ratios
        ]
        decided += [("tuned threshold", math.nan, self.tuned_threshold)]
        return _columns(
            [
                {"baseline": name, "ratio": ratio, "threshold": float(thresholds.mean())}
                | self._summary(ways, thresholds)
                for name, ratio, thresholds in decided
            ]
        )

    def _fold_scores(self, ways: Sequence[Floats], thresholds: Floats) -> list[Scores]:
        """Counts and metrics of one model, as trained, corrected and fitted, fold by fold."""
        by_fold = []
        for fold, threshold in enumerate(thresholds):
            rows = self.fold == fold
            y, proba, *others = (column[rows] for column in (self.y, *ways))
            counts = counts_at(y, proba, [threshold])[0]
            decided = at_threshold(counts, self._costs)
            cost = {name: decided.pop(name) for name in ("cost",) if name in decided}
            if self.promised is not None:
                clusters = None if self.clusters is None else self.clusters[rows]
                paid = promise_cost(self.promised, proba, y, rows=self.held_out, clusters=clusters)
                cost |= {
                    f"promised_{name}": getattr(paid, name) for name in ("threshold", "alarms", "recall")
                }
            by_count = dict(zip(COUNTS, counts.tolist(), strict=True))
            ranking = {
                "average_precision": float(sk.average_precision_score(y, proba)),
                "roc_auc": float(sk.roc_auc_score(y, proba)),
            }
            losses = {
                name: float(sk.log_loss(y, values, labels=[False, True]))
                for name, values in zip(LOSSES, (proba, *others), strict=True)
            }
            by_fold.append({**by_count, **decided, **ranking, **losses, **cost})
        return by_fold

    def _summary(self, ways: Sequence[Floats], thresholds: Floats) -> dict[str, Any]:
        """Counts summed over folds; metrics as means with their intervals."""
        scores = self._fold_scores(ways, thresholds)
        overlap = float(np.mean(np.bincount(self.fold, minlength=self.folds) / self.train_size))
        row: dict[str, Any] = {name: int(sum(fold[name] for fold in scores)) for name in COUNTS}
        for name in [name for name in scores[0] if name not in COUNTS]:
            values = np.array([fold[name] for fold in scores])
            mean, low, high = interval(values, overlap, share=not name.startswith(("cost", "log_loss")))
            row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        return row

    @property
    def _table(self) -> Columns:
        """The columns that are printed: each ratio, then the unweighted model at the tuned threshold."""
        count = len(self.ratios)
        weighted: Columns = {"model": ["weighted"] * count, "ratio": [], "threshold": [0.5] * count}
        tuned = self.by_threshold() | {"model": ["unweighted, tuned threshold"], "ratio": [1.0]}
        return {
            name: [*values, tuned[name][-1]]
            for name, values in (weighted | self.by_ratio()).items()
            if not name.endswith(("_low", "_high", "roc_auc"))
        }

    def _repr_html_(self) -> str:
        return view("Weight path", facts(self._heading.items()), table(self._table))

    def __repr__(self) -> str:
        return "\n".join([*as_facts(self._heading.items()), "", as_text(self._table, keys=3)])


def _columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def costs_of_counts(costs: Costs, classes: tuple[Label, Label], pos_label: Label) -> Floats:
    """Return the cost of a true negative, false positive, false negative and true positive.

    Examples
    --------
    >>> costs_of_counts(Costs(fn=50, fp=1), (0, 1), 1).tolist()
    [0.0, 1.0, 50.0, 0.0]
    >>> costs = Costs(matrix=[[0.25, 5], [1, 0]], classes=["bad", "good"])
    >>> costs_of_counts(costs, ("bad", "good"), "bad").tolist()
    [0.0, 1.0, 5.0, 0.25]
    """
    order = sorted(classes, key=lambda label: bool(label == pos_label))
    return costs.cost_matrix(order, pos_label).ravel()


def at_threshold(counts: Counts, costs: Floats | None) -> Scores:
    """Return recall, precision, F1 and, given the costs of each count, the mean cost of a row.

    A ratio of nothing to nothing is 0, as with scikit-learn's ``zero_division=0``.

    Examples
    --------
    >>> at_threshold(np.array([6, 2, 1, 1]), np.array([0.0, 1.0, 10.0, 0.0]))
    {'recall': 0.5, 'precision': 0.3333333333333333, 'f1': 0.4, 'cost': 1.2}
    """
    _, fp, fn, tp = map(int, counts)
    scores = {
        "recall": tp / max(tp + fn, 1),
        "precision": tp / max(tp + fp, 1),
        "f1": 2 * tp / max(2 * tp + fp + fn, 1),
    }
    return scores if costs is None else scores | {"cost": float(counts @ costs / counts.sum())}


def error_rates(counts: Counts) -> Scores:
    """Return fnr, fpr and selection rate; NaN where there are no such rows.

    Examples
    --------
    >>> error_rates(np.array([6, 2, 1, 1]))
    {'fnr': 0.5, 'fpr': 0.25, 'selection_rate': 0.3}
    """
    tn, fp, fn, tp = map(int, counts)
    return {
        "fnr": fn / (fn + tp) if fn + tp else math.nan,
        "fpr": fp / (fp + tn) if fp + tn else math.nan,
        "selection_rate": (tp + fp) / (tn + fp + fn + tp),
    }


def interval(values: Floats, overlap: float, *, share: bool = False) -> tuple[float, float, float]:
    r"""Return the mean over folds and the ends of its 95 % interval.

    :math:`\bar v \pm t_{k-1} e` with :math:`e = s \sqrt{1/k + n_\text{test}/n_\text{train}}`: the second term
    allows for training folds that share rows (Nadeau & Bengio 2003, Machine Learning 52, 239-281). Of a
    share, which lies in [0, 1], Wilson's interval of as many rows as have this error,
    :math:`\bar v (1-\bar v)/e^2`: it lies there, too, and far from the ends it is the same (Wilson 1927,
    JASA 22, 209-212).

    Parameters
    ----------
    values : ndarray of shape (k,)
        One a fold.
    overlap : float
        Test rows for each training row.
    share : bool, default=False
        Whether values lie in [0, 1].

    Examples
    --------
    >>> mean, low, high = interval(np.array([0.2, 0.3, 0.4]), 0.5)
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.3, -0.093, 0.693)
    >>> mean, low, high = interval(np.array([0.2, 0.3, 0.4]), 0.5, share=True)
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.3, 0.075, 0.695)
    """
    folds = len(values)
    mean = float(values.mean())
    if folds < 2:
        return mean, math.nan, math.nan
    error = float(values.std(ddof=1)) * math.sqrt(1 / folds + overlap)
    half = float(stats.t.ppf(0.975, folds - 1)) * error
    variance = mean * (1 - mean)
    if not share or variance <= 0:
        return mean, mean - half, mean + half
    squared = half**2 / variance  # t²/n of Wilson's formula
    middle = (mean + squared / 2) / (1 + squared)
    reach = math.sqrt(half**2 + squared**2 / 4) / (1 + squared)
    return mean, max(0.0, middle - reach), min(1.0, middle + reach)
