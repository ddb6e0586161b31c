"""What a comparison writes: tables, what it recommends, a program that trains it, and its page."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from boostweights.audits.findings import Findings
from boostweights.benchmark.compare.checks import too_good
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.compare.describe import as_lines
from boostweights.benchmark.compare.recommend import Answer
from boostweights.benchmark.digests import write_files
from boostweights.benchmark.foreign import reach
from boostweights.benchmark.plan.learners import (
    LEARNERS,
    installed_distribution,
    record_named,
)
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.report.content import EVIDENCE, FACTS, make_report
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import Summary
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.store import Store
from boostweights.card.card import Card
from boostweights.errors import printable
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.files import write_atomically
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.recommendation import Recommendation
from boostweights.serving.row_costs import CostPipeline
from boostweights.serving.scoring import MODELS, save_model
from boostweights.tables.endings import SHEETS
from boostweights.tables.reading import Categories, Reading
from boostweights.tables.results import as_rows
from boostweights.tables.target import as_read

NAME, MODEL, CARD = "recommended.py", "model", "card.toml"


def keep(answer: Answer, directory: Path) -> None:
    """Write ``recommendation.json`` into a run's directory, without program and model of an earlier call."""
    facts = json.dumps(answer.as_plain(), indent=2, allow_nan=False).encode()
    write_files(directory, [(FACTS, facts)])
    for name in (NAME, CARD, *(f"{MODEL}{ending}" for ending in MODELS)):
        (directory / name).unlink(missing_ok=True)


def recommended_model(
    answer: Answer, suite: Suite, data: TableData
) -> tuple[Pipeline, Card] | tuple[None, None]:
    """Fit what is recommended on all rows of a table; return it, and the card that it carries."""
    best = answer.recommendation
    if best is None or best.library is None:
        return None, None
    reach([own.folder for own in suite.own.values()])
    clf, labels = WeightedClassifier.from_recommendation(best), as_read(data.dataset.y)
    prepare = clone(data.preparation).set_params(categories=_categories(best, suite))
    steps = [("prepare", prepare), ("classify", clf)]
    model = Pipeline(steps) if best.row_costs is None else CostPipeline(steps, costs=best.row_costs)
    together = holds_out(best) and data.dataset.group is not None
    model.fit(data.table, labels, **({"classify__groups": data.dataset.group} if together else {}))
    card = Card.of(model[-1], labels, target=data.roles.target)
    return card.attach(model), card


def write_model(model: Pipeline, card: Card, data: TableData, directory: Path) -> Path:
    """Write a fitted pipeline, and its card beside it; return where the model is."""
    card.write(directory / CARD)
    return save_model(model, directory / MODEL, data.table)


def _categories(recommendation: Recommendation, suite: Suite) -> Categories:
    """Return how the recommended classifier takes categories; a mean of libraries converts its own."""
    if recommendation.members:
        return "dtype"
    return record_named(str(recommendation.library), suite.own).categories


def holds_out(recommendation: Recommendation) -> bool:
    """Whether a fit keeps rows apart from training, to correct or to promise by."""
    is_fitted = recommendation.correction not in ("none", "analytic")
    return is_fitted or isinstance(recommendation.threshold, Promised)


def write_results(
    store: Store, answer: Answer, facts: Mapping[str, Any], areas: Mapping[str, float], directory: Path
) -> tuple[Summary, Findings]:
    """Write a run's tables and its page, and return its summary and what the results say of the table.

    Parameters
    ----------
    store : Store
        Where the results are.
    answer : Answer
        What is recommended.
    facts : mapping
        What was used as what, as `described` returns it.
    areas : mapping of str to float
        How well each column tells the classes apart alone.
    directory : Path
        The run's.
    """
    export(store, directory)
    report = make_report(directory)
    late = too_good({f"{row.library}, {row.policy}": row.means for row in report.summary.rows}, areas)
    evidence = keep_evidence(answer, facts, areas, late, directory)
    page = as_page(replace(report, evidence=evidence))
    write_atomically(directory / "report.html", page.encode())
    return report.summary, late


def keep_evidence(
    answer: Answer, facts: Mapping[str, Any], areas: Mapping[str, float], late: Findings, directory: Path
) -> dict[str, Any]:
    """Write into a run's directory what its page draws, so that `report` makes the same page again."""
    findings = [*facts["findings"], *as_rows(late.columns())]
    table = {
        **facts,
        "findings": findings,
        "areas": {name: round(area, 4) for name, area in areas.items()},
        "printed": as_lines(facts),
    }
    evidence = {**answer.evidence, "table": table}
    content = json.dumps(evidence, allow_nan=False)
    write_files(directory, [(EVIDENCE, content.encode())])
    stored: dict[str, Any] = json.loads(content)  # as it will be read
    return stored


def as_script(
    recommendation: Recommendation, suite: Suite, data: TableData, file: tuple[Path, Reading], template: str
) -> str:
    """Return a program that trains what is recommended, or code to paste that does.

    Parameters
    ----------
    recommendation : Recommendation
        What to train.
    suite : Suite
        The comparison's: it knows where modules of the user's own are.
    data : TableData
        The table: what its columns are, and how numbers were written.
    file : tuple of Path and Reading
        The file as its user named it, and how it is read; ``Path()`` where the rows are a frame, ``X``.
    template : {"recommended.py", "pasted.py"}
        The program that ``compare`` writes, or the code that its page and a notebook show.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader(__package__),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    # as a text is written between three double quotes
    templates.filters["quoted"] = lambda text: text.replace("\\", "\\\\").replace('"', '\\"')
    made = templates.get_template(f"{template}.j2")
    (path, reading), library = file, recommendation.library
    name = printable(path.name)
    if library is None:
        return made.render(best=recommendation, data=name)
    code = recommendation.code.partition("\nclf.fit(")[0]
    imports, _, classifier = code.partition("\n\n")
    extras = ["card", "serving", "cli", *(["excel"] if path.name.lower().endswith(tuple(SHEETS)) else [])]
    libraries = [one.library for one in recommendation.members] or [library]
    for one in libraries:
        if one in LEARNERS and (learner := LEARNERS[one]).distributions != ("scikit-learn",):
            provider = installed_distribution(learner) or learner.distributions[0]
            extras.append(provider if provider in learner.distributions[1:] else one)  # named as the packages
    kind = type(recommendation.policy)
    named = f"{kind.__module__}:{kind.__qualname__}"
    modules = [arm.policy.own for arm in suite.arms if arm.policy.kind == named]
    modules += [suite.own[one] for one in suite.own.keys() & libraries]
    roles, preparation = data.roles, data.preparation
    assert preparation is not None
    written = asdict(reading) | {"as_text": None, "categorical": list(roles.categorical)}
    prepared = {
        "drop": list(preparation.left_out_),
        "categorical": list(roles.categorical),
        "categories": _categories(recommendation, suite),
        "marks": preparation.marks or None,
    }
    return made.render(
        best=recommendation,
        data=name,
        extras=extras,
        folders=sorted({module.folder for module in modules if module is not None}),
        imports=imports,
        file=str(path) if path.name else None,
        target=roles.target,
        reading=_as_arguments(written),
        preparing=_as_arguments(prepared),
        groups=roles.group if holds_out(recommendation) else None,
        without=[name for name in (roles.group, roles.time) if name is not None],
        made=classifier,
    )


def _as_arguments(settings: Mapping[str, Any]) -> str:
    """Return settings as a call is written with them, without those that are left at their default."""
    kept = {name: value for name, value in settings.items() if value not in (None, [], "dtype")}
    return ", ".join(f"{name}={value!r}" for name, value in kept.items())
