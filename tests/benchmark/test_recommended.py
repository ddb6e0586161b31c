"""What a comparison recommends: which models compete, by which probabilities, and the program for it."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import boostweights as bw
from boostweights.benchmark.compare import recommend
from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.folds import table_folds
from boostweights.benchmark.compare.plan import Wanted, table_plan, table_suite
from boostweights.benchmark.compare.recommend import answer
from boostweights.benchmark.compare.results import NAME, as_script, keep
from boostweights.benchmark.plan.plan import Plan
from boostweights.benchmark.plan.weighting import Cost, as_spec
from boostweights.benchmark.run.result import Predictions
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import failure, train
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.figures import Figure
from boostweights.recommendation.recommendation import Recommendation
from boostweights.recommendation.skill import Skill
from boostweights.tables.reading import Reading
from boostweights.tables.roles import Roles
from boostweights.weighting.counts import ClassCounts

M, REPEATS, FOLDS = 240, 2, 2
ODD = 'a"""b\\'


def table() -> pa.Table:
    rng = np.random.default_rng(0)
    x = rng.normal(size=M)
    y = x + rng.normal(size=M) > 1
    person = np.arange(M) // 2
    return pa.table({"y": np.where(y, "bad", "good"), "x": x, "z": rng.normal(size=M), "person": person})


class Compared:
    """A comparison of a few arms, trained in this process."""

    def __init__(self, folder: Path, rows: pa.Table, **roles: Any) -> None:
        self.data: TableData = as_table_data(rows, Roles(target="y", **roles), name="d")
        wanted = Wanted(
            policies=("balanced", "smote"),
            libraries=("lightgbm",),
            fn=roles.get("costs", (5.0, 1.0))[0],
            folds=FOLDS,
            repeats=1 if "time" in roles else REPEATS,
            trees=5,
        )
        suite = table_suite(self.data, wanted, name="run")
        suite = replace(suite, arms=tuple(replace(arm, tune=False) for arm in suite.arms))
        self.plan: Plan = table_plan(self.data, suite, table_folds(self.data, suite), folder)
        self.store = Store(folder / "store.sqlite")
        self.store.begin_run({}, self.plan.data, self.plan.cells, suite.arms)
        for model in self.plan.models.values():
            self.store.save(train(model))

    def kept(self, arm: str) -> Iterator[tuple[Any, Predictions]]:
        """Which class weights each model of an arm had, and its predictions."""
        keys = {(cell.repeat, cell.fold): cell.model_key for cell in self.plan.cells if cell.arm == arm}
        for (_, repeat, fold, _, _, name), predictions in self.store.predictions():
            if name == arm:
                yield self.plan.models[keys[repeat, fold]].recipe.weights, predictions


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    return Compared(tmp_path_factory.mktemp("run"), table(), positive="bad", group="person")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `choose` was asked."""
    known: dict[str, Any] = {}
    choose = recommend.choose

    def noting(models: Any, rows: Any, need: str, **options: Any) -> Any:
        known.update(models=models, rows=rows, need=need, **options)
        return choose(models, rows, need, **options)

    monkeypatch.setattr(recommend, "choose", noting)
    return known


def test_what_competes_is_what_row_weights_train(compared: Compared, asked: dict[str, Any]) -> None:
    found = answer(compared.store, compared.plan, compared.data, "costs")
    balanced = {"none", "analytic", "fitted"}
    assert [(str(each.policy), each.correction) for each in asked["models"] if not each.weighted] == [
        ("Unweighted()", "none"),
        ("Unweighted()", "fitted"),
    ]
    assert {each.correction for each in asked["models"] if each.weighted} == balanced
    assert asked["costs"].tolist() == [0, 1, 5, 0]
    assert found.notes == ("smote, which resamples",)
    assert found.recommendation is not None
    settings = found.recommendation.settings
    assert settings["n_estimators"] == 5
    assert found.recommendation.classifier == "lightgbm:LGBMClassifier"
    assert found.recommendation.pos_label == "bad"


def test_rows_of_a_group_and_of_all_repeats_are_one_unit(compared: Compared, asked: dict[str, Any]) -> None:
    answer(compared.store, compared.plan, compared.data, "decisions")
    rows = asked["rows"]
    assert len(rows.y) == REPEATS * M
    assert np.bincount(rows.unit).tolist() == [2 * REPEATS] * (M // 2)
    assert sorted(set(rows.fold)) == list(range(REPEATS * FOLDS))
    assert rows.y.sum() == REPEATS * (compared.data.dataset.y == "bad").sum()


def test_costs_of_a_row_are_those_of_its_line(tmp_path: Path, asked: dict[str, Any]) -> None:
    amount, lines, y = np.random.default_rng(1).permutation(M) + 1.0, np.arange(M), table()["y"].to_numpy()
    rows = table().append_column("amount", pa.array(amount))
    rows = rows.set_column(0, "y", pa.array(np.where(lines % 10, y, None)))  # these lines are left out
    priced = Compared(tmp_path, rows, positive="good", costs=("amount", 2.0))
    answer(priced.store, priced.plan, priced.data, "costs")
    tested = lines[lines % 10 > 0][asked["rows"].unit]
    assert (np.diff(tested) < 0).any()  # fold by fold
    assert (asked["rows"].y == (y[tested] == "good")).all()
    zeros = np.zeros(len(tested))
    np.testing.assert_array_equal(asked["costs"], [zeros, zeros + 2.0, amount[tested], zeros])


def test_in_time_maps_learn_from_earlier_folds(tmp_path: Path, asked: dict[str, Any]) -> None:
    in_time = Compared(tmp_path, table(), positive="bad", time="person")
    answer(in_time.store, in_time.plan, in_time.data, "probabilities")
    proba = {each.correction: each.proba for each in asked["models"] if not each.weighted}
    first = asked["rows"].fold == 0
    np.testing.assert_allclose(proba["fitted"][first], proba["none"][first], rtol=1e-12)
    assert not np.isclose(proba["fitted"][~first], proba["none"][~first]).any()


def test_weights_are_taken_out_fold_by_fold(compared: Compared, asked: dict[str, Any]) -> None:
    answer(compared.store, compared.plan, compared.data, "probabilities")
    proba = {each.correction: each.proba for each in asked["models"] if each.weighted}
    raw, honest = [], []
    for weights, predictions in compared.kept("balanced"):
        _, both = predictions.arrays()
        raw.append(both.astype(float))
        honest.append(bw.correct_proba(raw[-1], bw.Explicit(dict(enumerate(weights))).resolve([0, 1])))
    np.testing.assert_allclose(proba["none"], np.concatenate(raw)[:, 1], atol=1e-7)
    np.testing.assert_allclose(proba["analytic"], np.concatenate(honest)[:, 1], atol=1e-6)
    assert not np.allclose(proba["fitted"], proba["analytic"])


def test_a_fold_that_failed_takes_its_arm_out(tmp_path: Path) -> None:
    compared = Compared(tmp_path, table(), positive="bad")
    cell = next(cell for cell in compared.plan.cells if cell.arm == "balanced")
    compared.store.save(failure(cell.model_key, "error", "broken"))
    found = answer(compared.store, compared.plan, compared.data, "decisions")
    assert "balanced of lightgbm, which has no results of some folds" in found.notes
    assert found.recommendation is not None
    assert not any("balanced" in name for name in found.recommendation.baselines)


def test_few_rows_of_a_class_say_why(compared: Compared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boostweights.recommendation.options.FEWEST", M)
    found = answer(compared.store, compared.plan, compared.data, "decisions")
    assert found.recommendation is None
    assert f"needs at least {M} rows of each class" in found.as_plain()["reason"]


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("costs", bw.Costs(fn=5.0, fp=1.0, pos_label="bad")),
        ({"kind": "Explicit", "positive": 7.0}, bw.Explicit({"good": 1.0, "bad": 7.0})),
        ({"kind": "TargetPrior", "positive": 0.25}, bw.TargetPrior({"good": 0.75, "bad": 0.25})),
        ({"kind": "Balanced", "power": 0.5}, bw.Balanced(power=0.5)),
    ],
)
def test_a_policy_names_the_labels_of_its_user(kind: Any, made: Any) -> None:
    spec, counts = as_spec(kind), ClassCounts({0: 90, 1: 10})
    assert spec.policy(("good", "bad"), counts, Cost(fn=5.0)) == made
    values = spec.resolve(counts, Cost(fn=5.0)).class_weight
    own = made.resolve(ClassCounts({"good": 90, "bad": 10})).class_weight
    assert [values[0], values[1]] == [own["good"], own["bad"]]


def recommended(**changes: Any) -> Recommendation:
    given: dict[str, Any] = {
        "need": "decisions",
        "name": f"lightgbm, threshold tuned {ODD}",
        "library": "lightgbm",
        "classifier": "lightgbm:LGBMClassifier",
        "settings": {"n_estimators": 3},
        "policy": bw.Explicit({"no": 1.0, ODD: 2.0}),
        "correction": "none",
        "threshold": 0.25,
        "pos_label": ODD,
        "expected": (Figure(metric="f1", value=0.5, low=0.4, high=0.6),),
        "baselines": {},
        "compared_with": "",
        "sure": ODD,
        "skill": Skill(auc=0.8, standard_error=0.01, p_value=0.0),
        "statements": (ODD,),
    }
    return Recommendation(**given | changes)


@pytest.mark.parametrize("library", ["lightgbm", None])
def test_a_program_is_python_whatever_labels_and_names_are(compared: Compared, library: str | None) -> None:
    data = replace(compared.data, roles=Roles(target=ODD, positive=ODD))
    made = recommended(library=library)
    script = as_script(made, compared.plan.suite, data, (Path(f"{ODD}.csv"), Reading(sql=ODD)), NAME)
    strings = {each.value for each in ast.walk(ast.parse(script)) if isinstance(each, ast.Constant)}
    assert f"{made}\n" in strings
    assert (ODD in strings) == (library is not None)


@pytest.mark.parametrize(
    ("changes", "grouped"),
    [({}, False), ({"correction": "fitted"}, True), ({"threshold": Promised(recall=0.9)}, True)],
)
def test_groups_stay_together_where_a_fit_holds_rows_out(
    compared: Compared, changes: dict[str, Any], grouped: bool
) -> None:
    file = Path("d.csv"), Reading()
    script = as_script(recommended(**changes), compared.plan.suite, compared.data, file, NAME)
    assert ("classify__groups=groups" in script) == grouped


def test_the_program_of_an_earlier_call_goes_where_nothing_is_recommended(
    compared: Compared, tmp_path: Path
) -> None:
    suite, data = compared.plan.suite, compared.data
    program = tmp_path / NAME
    program.write_text(as_script(recommended(), suite, data, (Path("d.csv"), Reading()), NAME))
    keep(recommend.Answer(reason="few rows"), tmp_path)
    assert not program.exists()
    assert "few rows" in (tmp_path / "recommendation.json").read_text()
