"""What a comparison states about skill: on tables of pure noise, and on the catalogue's two-class sets."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.answer import measure
from benchmarks.experiment.run import Cell
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.data.dataset import Dataset
from boostweights.tables.roles import Roles

NOISE: Final = "noise"
TABLES: Final = 100
ROWS: Final = 2_000
FEATURES: Final = 5
POSITIVE_SHARE: Final = 0.1
NEEDS: Final = ("costs", "f1")


def noise_table(seed: int) -> TableData:
    """Normal features, and labels that do not depend on them."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(ROWS, FEATURES)), columns=[f"x{at}" for at in range(FEATURES)])
    y = (rng.random(ROWS) < POSITIVE_SHARE).astype(int).astype(str)
    dataset = Dataset(name=f"noise{seed}", X=features, y=y, positive="1")
    roles = Roles(target=measure.TARGET, positive="1")
    return TableData(dataset=dataset, roles=roles, names={str(name): str(name) for name in features})


def stated(data: TableData, seed: int = 0, needs: tuple[str, ...] = NEEDS) -> Iterator[dict[str, Any]]:
    """Yield for each need the model's skill, and whether a model is recommended."""
    plan = replace(measure.PLAN, settings={**measure.PLAN.settings, "needs": needs, "promises": ()})
    [library] = plan.libraries
    cell = Cell(plan=plan, dataset=data.dataset.name, library=library, repeat=seed, fold=0)
    positives = int((data.dataset.y == data.roles.positive).sum())
    for need, _, chosen in measure.choices(data, cell):
        if chosen is not None:
            skill = chosen.skill.as_plain()
            model = chosen.best.option.model is not None
            yield {"need": need, "positives": positives, **skill, "model": model}


def on_tables() -> Iterator[dict[str, Any]]:
    """Yield a row for each table and need: those of noise, then sets, read as users do."""
    for seed in range(TABLES):
        yield from ({"table": NOISE, **row} for row in stated(noise_table(seed), seed))
    for name in measure.PLAN.data:
        data = measure.read_as_users_do(name, measure.PLAN.rows)
        yield from ({"table": name, **row} for row in stated(data, needs=NEEDS[:1]))
