"""A recommendation: what to train, how to decide, what to expect, and the code that does it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

from boostweights.pages.notebook import code, facts, table, view
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.figures import Figure
from boostweights.recommendation.options import Correction, Model
from boostweights.recommendation.recommend import Chosen
from boostweights.recommendation.skill import SIGNIFICANCE, Skill
from boostweights.tables.text import written
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy

_OF_MODEL = ("library", "classifier", "settings", "policy", "correction", "members")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Recommendation:
    """What to use, by a need.

    Attributes
    ----------
    need : str
        A key of `NEEDS`, such as ``"decisions"``.
    name : str
        What is recommended, in a line.
    library : str or None
        None where a rule without a model does as well as any model: the fields up to `threshold` are then
        empty.
    classifier : str
        ``"module:Class"`` of the estimator; empty where it is the caller's own.
    settings : mapping
        What it is made with.
    policy : Policy or None
        The class weights.
    correction : {"none", "analytic", "fitted", "ensemble", "mean"}
        What is done to the probabilities.
    threshold : float, Promised or None
        From which probability on a row is positive, or what it is to keep; None where the need asks for no
        decisions.
    pos_label : label
        The positive class; None where there are more than two classes.
    row_costs : (fn, fp) or None
        What each row is decided by, in place of a threshold: numbers, or names of columns.
    expected : tuple of Figure
        On new rows, the need's own figure first.
    baselines : mapping of str to Figure
        What it was compared with, in the need's own figure: the simple rule, trivial rules, the best of the
        others.
    compared_with : str
        The simple rule of the need.
    sure : str
        How sure the choice is, in a sentence.
    skill : Skill
        The test of whether the model has skill.
    members : tuple of Model
        The models of the libraries, where their mean is recommended.
    statements : tuple of str
        What a reader must know first: that there is no evidence of skill; that no model has a better estimate
        than a rule without one. Usually empty.
    """

    need: str
    name: str
    library: str | None = None
    classifier: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    policy: Policy | None = None
    correction: Correction = "none"
    threshold: float | Promised | None
    pos_label: Label
    expected: tuple[Figure, ...]
    baselines: Mapping[str, Figure] = field(hash=False)
    compared_with: str
    sure: str
    skill: Skill
    statements: tuple[str, ...] = ()
    row_costs: tuple[float | str, float | str] | None = None
    members: tuple[Model, ...] = field(default=(), hash=False)

    @property
    def arguments(self) -> dict[str, Any]:
        """What `WeightedClassifier` takes beside the estimator."""
        correct = {"none": False, "mean": False, "analytic": True}.get(self.correction, "fitted")
        arguments: dict[str, Any] = {"weighting": self.policy, "correct_proba": correct}
        if self.correction == "ensemble":
            arguments["ensemble"] = True
        if self.threshold is not None:
            arguments["threshold"] = self.threshold
        return arguments if self.pos_label is None else {**arguments, "pos_label": self.pos_label}

    @property
    def code(self) -> str:
        """The Python code that trains it on ``X`` and ``y``."""
        if self.library is None:
            return f"# {self.name}: no model is recommended"
        lines, made = list[str](), list[str]()
        for one in self.members or (self,):
            module, _, name = one.classifier.partition(":")
            settings = ", ".join(f"{key}={value!r}" for key, value in one.settings.items())
            made.append(f"{name}({settings})" if one.classifier else "estimator")
            lines += [f"from {module} import {name}"] if one.classifier else []
        [*_, estimator] = made
        if self.members:
            parts = zip(made, self.settings["estimators"], strict=True)
            listed = (f"        ({name!r}, {text}, {kind!r}),\n" for text, (name, _, kind) in parts)
            estimator = f"bw.serving.MeanClassifier([\n{''.join(listed)}    ])"
        kind = type(self.policy)
        values = {name: repr(value) for name, value in self.arguments.items()}
        if isinstance(self.threshold, Promised):
            values["threshold"] = f"bw.probabilities.{self.threshold!r}"
        if kind.__module__.startswith("boostweights."):
            values["weighting"] = f"bw.{self.policy!r}"
        else:  # a policy of the user's own
            lines.append(f"from {kind.__module__} import {kind.__name__}")
        lines += ["import boostweights as bw", "", "clf = bw.WeightedClassifier(", f"    {estimator},"]
        arguments = [f"    {name}={value}," for name, value in values.items()]
        lines += [*arguments, ")", "clf.fit(X, y)"]
        if self.row_costs is not None:
            fn, fp = (f"X[{cost!r}]" if isinstance(cost, str) else cost for cost in self.row_costs)
            lines.append(f'costs = X.assign(fn={fn}, fp={fp})[["fn", "fp"]]')
            decided = f"row_costs=costs, classes=clf.classes_, pos_label={self.pos_label!r}"
            lines.append(f"labels = bw.decide(clf.predict_proba(X), {decided})")
        return "\n".join(lines)

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return {
            "need": self.need,
            "name": self.name,
            "library": self.library,
            "policy": None if self.policy is None else repr(self.policy),
            "correction": self.correction,
            "threshold": repr(self.threshold) if isinstance(self.threshold, Promised) else self.threshold,
            "expected": {figure.metric: figure.as_plain() for figure in self.expected},
            "baselines": {name: figure.as_plain() for name, figure in self.baselines.items()},
            "compared_with": self.compared_with,
            "sure": self.sure,
            "skill": self.skill.as_plain(),
            "statements": list(self.statements),
            "code": self.code,
        }

    def _repr_html_(self) -> str:
        return self.as_html(self.code)

    def as_html(self, program: str, *parts: str) -> str:
        """Return its view in a notebook, with the code that trains it, and other parts below it."""
        figures = {self.name: self.expected[0], **self.baselines}
        heading = f"{self.expected[0].text} [90 % interval]"
        also = ", ".join(f"{figure.text} {figure}" for figure in self.expected[1:])
        return view(
            f"For {self.need}: {self.name}",
            facts([("note", statement) for statement in self.statements]),
            table({"": list(figures), heading: list(map(str, figures.values()))}),
            facts([("sure", self.sure), ("also expected", also)]),
            code(program),
            *parts,
        )

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        figures = {self.name: self.expected[0], **self.baselines}
        width = max(len(str(figure)) for figure in figures.values())
        lines = [fill(statement, 80) for statement in self.statements]
        at = f" ({self.threshold:.3g})" if isinstance(self.threshold, float) else ""
        lines.append(fill(f"For {self.need}: {self.name}{at}", 80, subsequent_indent="  "))
        for name, figure in figures.items():
            text = f"  {str(figure).ljust(width)}  {name}"
            lines.append(fill(text, 80, subsequent_indent=" " * (width + 4)))
        intervals = f"{self.expected[0].text}; 90 % intervals for as many new rows. {self.sure}"
        lines.append(fill(intervals, 80))
        if also := ", ".join(f"{figure.text} {figure}" for figure in self.expected[1:]):
            lines.append(fill(f"Also expected: {also}.", 80))
        return "\n".join(lines)


def recommended(
    chosen: Chosen,
    need: str,
    pos_label: Label,
    promised: Promised | None = None,
    row_costs: tuple[float | str, float | str] | None = None,
) -> Recommendation:
    """Return a choice as a recommendation; of a promise what is promised, of costs by row their columns."""
    best, simple = chosen.best, chosen.simple
    model = best.option.model
    trivial = [rival for rival in chosen.rivals if rival[0].option.model is None]
    others = [rival for rival in chosen.rivals if rival[0] is not simple and rival not in trivial]
    baselines = [*(rival for rival in chosen.rivals if rival[0] is simple), *others[:1], *trivial]
    sure = f"{chosen.again:.0%} of resamples lead to the same choice."
    if model is None:
        sure = "It has the best estimate of the rules without a model."
    elif best is simple:
        sure = f"No alternative is clearly better, so the baseline of this need is recommended. {sure}"
    else:
        sure = f"It is clearly better than the baseline of this need, {simple.option}. {sure}"
    return Recommendation(
        need=need,
        name=str(best.option),
        **({} if model is None else {name: getattr(model, name) for name in _OF_MODEL}),
        threshold=best.threshold if promised is None or model is None else promised,
        pos_label=pos_label,
        expected=chosen.expected,
        baselines={str(worth.option): figure for worth, figure in baselines},
        compared_with=str(simple.option),
        sure=sure,
        skill=chosen.skill,
        row_costs=None if model is None else row_costs,
        statements=tuple(_statements(chosen)),
    )


def _statements(chosen: Chosen) -> Iterator[str]:
    tested = chosen.model.option.model
    against = ", whichever class is compared with the rest" if tested and tested.proba.ndim == 2 else ""
    if not chosen.skill.evident:
        yield (
            f"No evidence of skill: a one-sided test at {SIGNIFICANCE:.0%} does not reject that the model "
            f"orders rows at random{against} ({chosen.skill}). No model is recommended."
        )
    figure = chosen.expected[0]
    sign = 1 if chosen.need.lower else -1
    of_model = next((rival for worth, rival in chosen.rivals if worth is chosen.model), None)
    if of_model is not None and sign * (of_model.value - figure.value) >= 0:
        skilled = f" The model has skill ({chosen.skill}), but not enough." if chosen.skill.evident else ""
        yield (
            f"By the estimates, no model is needed: {figure.text} {written(figure.value, 3)} for "
            f"{chosen.best.option}, {written(of_model.value, 3)} for {chosen.model.option}.{skilled}"
        )
