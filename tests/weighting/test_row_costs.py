"""RowCosts: labels and costs of each row in, one weight a row out."""

import copy
import dataclasses
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import ADAPTERS
from sklearn.linear_model import LogisticRegression

import boostweights as bw
from boostweights.weighting.policies.names import class_policy
from boostweights.weighting.row_weights import RowWeights

V, T, K = bw.errors.InvalidValueError, bw.errors.InvalidTypeError, bw.errors.UnknownLabelError
Y = [1, 0, 0, 1]
FOUR = np.array(
    [[0.0, 5.0, 900.0, 5.0], [1.0, 7.0, 40.0, 5.0], [0.0, 9.0, 10.0, 5.0], [0.0, 5.0, 60.0, 20.0]]
)
TWO = FOUR[:, [2, 1]]  # (fn, fp)
VALUES = [
    bw.RowCosts(),
    bw.RowCosts(pos_label="bad", scale="mean"),
    bw.RowCosts(pos_label=np.int64(0), rationale='A "why".', owner="risk"),
]


def by_hand(y: list[Any], costs: Any, positive: Any) -> list[float]:
    """The issue's formula, row by row."""
    weights = []
    for label, row in zip(y, np.asarray(costs).tolist(), strict=True):
        tn, fp, fn, tp = row if len(row) == 4 else (0.0, row[1], row[0], 0.0)
        weights.append(abs(fn - tp) if label == positive else abs(fp - tn))
    return weights


class TestPolicy:
    @pytest.mark.parametrize("policy", VALUES, ids=repr)
    def test_a_frozen_value_whose_repr_makes_it(self, policy: bw.RowCosts) -> None:
        for twin in (
            eval(repr(policy), {"RowCosts": bw.RowCosts}),
            pickle.loads(pickle.dumps(policy)),
            copy.deepcopy(policy),
            dataclasses.replace(policy),
        ):
            assert (twin, hash(twin), repr(twin)) == (policy, hash(policy), repr(policy))
            assert (twin.rationale, twin.owner) == (policy.rationale, policy.owner)
        for field in dataclasses.fields(policy):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(policy, field.name, None)
        assert bw.as_policy(policy) is policy

    def test_what_is_compared(self) -> None:
        assert bw.RowCosts() == bw.RowCosts(rationale="why", owner="who")
        assert len({bw.RowCosts(), bw.RowCosts(scale="mean"), bw.RowCosts(pos_label=0)}) == 3
        assert bw.RowCosts() != bw.Unweighted()

    @pytest.mark.parametrize(
        ("fields", "error", "message"),
        [
            ({"scale": "majority"}, ValueError, r"one of \('none', 'mean'\)"),
            ({"scale": "meen"}, ValueError, "Did you mean 'mean'"),
            ({"owner": 1}, TypeError, "owner must be a str"),
            ({"power": 0.5}, TypeError, "power"),
            ({"cap": 5}, TypeError, "cap"),
        ],
        ids=str,
    )
    def test_bad_fields(self, fields: dict[str, Any], error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            bw.RowCosts(**fields)


class TestResolve:
    @given(
        st.lists(
            st.tuples(st.booleans(), *[st.floats(0, 1e6).map(lambda cost: round(cost, 3))] * 2),
            min_size=2,
            max_size=30,
        ).filter(lambda rows: {row[0] for row in rows} == {True, False})
    )
    def test_two_columns_are_the_cost_of_an_error(self, rows: list[tuple[bool, float, float]]) -> None:
        y, costs = [row[0] for row in rows], [list(row[1:]) for row in rows]
        expected = by_hand(y, costs, True)
        sums = {k: sum(w for w, label in zip(expected, y, strict=True) if label is k) for k in (False, True)}
        if not all(sums.values()):
            with pytest.raises(V, match="each class needs rows whose errors cost"):
                bw.RowCosts().resolve(y, row_costs=costs)
            return
        weights = bw.RowCosts().resolve(y, row_costs=costs)
        assert weights.values.tolist() == expected
        assert dict(weights.sums) == pytest.approx(sums, rel=1e-12)
        assert weights.mean == pytest.approx(np.mean(expected), rel=1e-12)
        mean = bw.RowCosts(scale="mean").resolve(y, row_costs=costs)
        assert mean.values.mean() == pytest.approx(1.0, rel=1e-12)
        assert mean.mean == pytest.approx(1.0, rel=1e-12)
        np.testing.assert_allclose(mean.values * mean.unit, expected, rtol=1e-12)

    @pytest.mark.parametrize("positive", [0, 1])
    def test_four_columns_are_right_and_wrong(self, positive: int) -> None:
        weights = bw.RowCosts(pos_label=positive).resolve(Y, row_costs=FOUR)
        assert weights.values.tolist() == by_hand(Y, FOUR, positive)
        assert (weights.pos_label, weights.classes, len(weights)) == (positive, (0, 1), 4)

    @pytest.mark.parametrize(
        "make",
        [np.array, np.ndarray.tolist, pd.DataFrame, lambda costs: pl.DataFrame(costs, schema=["fn", "fp"])],
    )
    @pytest.mark.parametrize(
        ("labels", "positive"),
        [([1, 0], None), ([1, -1], None), ([True, False], None), (["bad", "good"], "bad"), (["b", "a"], "a")],
        ids=str,
    )
    def test_costs_and_labels_of_any_kind(self, make: Any, labels: list[Any], positive: Any) -> None:
        y = [labels[1 - code] for code in Y]
        policy = bw.RowCosts(pos_label=positive)
        given_costs = make(TWO)
        weights = policy.resolve(pd.Series(y, index=[9, 8, 7, 6]), row_costs=given_costs)
        assert weights.values.tolist() == by_hand(y, TWO, labels[0] if positive is None else positive)

    def test_the_callers_weights_count_and_average(self) -> None:
        own = [2.0, 1.0, 0.0, 0.5]
        weights = bw.RowCosts(scale="mean").resolve(Y, own, row_costs=TWO)
        raw = np.array(by_hand(Y, TWO, 1))
        assert weights.unit == pytest.approx(np.average(raw, weights=own))
        np.testing.assert_allclose(weights.values, raw / np.average(raw, weights=own))
        assert dict(weights.counts) == {0: 1, 1: 2.5}
        assert weights.mean == pytest.approx(1.0)
        assert dict(weights.sums) == pytest.approx(
            {0: 7 / weights.unit, 1: (2 * 900 + 0.5 * 60) / weights.unit}
        )

    def test_notes_name_rows_that_weigh_nothing_or_are_dearer_right(self) -> None:
        costs = FOUR.copy()
        costs[0, 3] = 1000.0  # tp dearer than fn
        costs[1, :2] = 3.0  # tn as dear as fp
        weights = bw.RowCosts().resolve(Y, row_costs=costs)
        assert weights.values.tolist() == [100.0, 0.0, 9.0, 40.0]
        assert weights.notes[0].startswith("1 of 4 rows weigh 0")
        assert weights.notes[1].startswith("on 1 of 4 rows being right costs more")
        assert bw.RowCosts().resolve(Y, row_costs=FOUR).notes == ()
        assert weights.notes[0] in bw.to_native(weights, "lightgbm").reason

    def test_nothing_of_the_callers_is_modified_or_kept(self) -> None:
        costs, own = FOUR.copy(), np.ones(4)
        for array in (costs, own):
            array.setflags(write=False)
        weights = bw.RowCosts(scale="mean").resolve(Y, own, row_costs=costs)
        assert not np.shares_memory(weights.values, costs)


BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "none": ({"row_costs": None}, T, r"RowCosts\(\) needs the costs.*row_costs="),
    "counts": ({"y": bw.ClassCounts({0: 2, 1: 2})}, T, "1-d column; got ClassCounts"),
    "infinite": ({"row_costs": [[1, np.inf], *TWO[1:]]}, V, "row 0"),
    "three classes": ({"y": [0, 1, 2, 1]}, V, r"two classes; got \[0, 1, 2\]"),
    "one class": ({"y": [1, 1, 1, 1]}, V, r"two classes; got \[1\]"),
    "unclear positive": ({"y": list("abba")}, V, "positive label must be given"),
    "unknown positive": ({"policy": bw.RowCosts(pos_label=2)}, V, "one of the labels"),
    "class of nothing": ({"row_costs": TWO * [1, 0]}, V, "errors cost.*rows of 0 weigh 0"),
    "too small": ({"row_costs": TWO * 1e-45}, V, "float32's normal range.*row 0"),
    "too large": ({"row_costs": TWO * 1e300}, V, "float32's normal range.*row 0"),
    "too large, scaled": (
        {"policy": bw.RowCosts(scale="mean"), "row_costs": TWO * 1e300},
        V,
        "float32's normal range.*row 0",
    ),
    "lost by scale": (
        {"policy": bw.RowCosts(scale="mean"), "row_costs": [[1e30, 1], [1, 1e-30], [1, 1], [1e30, 1]]},
        V,
        "float32's normal range.*row 1",
    ),
    "row weights": ({"sample_weight": [-1, 1, 1, 1]}, V, "at least 0"),
    "row weights' length": ({"sample_weight": [1, 1]}, V, r"\(4,\)"),
    "no row weight": ({"sample_weight": [0, 0, 0, 0]}, V, "cost more.*rows of 0 weigh 0"),
    "weights overflow": ({"sample_weight": [1e308, 1, 1, 1]}, V, "inf together"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    changes, error, message = BAD[case]
    arguments = {"y": Y, "row_costs": TWO, **changes}
    policy = arguments.pop("policy", bw.RowCosts())
    with pytest.raises(error, match=message):
        policy.resolve(arguments.pop("y"), **arguments)


class TestRowWeights:
    weights = bw.RowCosts(pos_label="b", scale="mean").resolve(list("baab"), row_costs=TWO)

    def test_immutable(self) -> None:
        with pytest.raises(AttributeError, match="cannot assign"):
            self.weights.unit = 2.0
        with pytest.raises(ValueError, match="read-only"):
            self.weights.values[0] = 1.0
        mine = np.ones(2)
        kept = RowWeights(mine, counts=bw.ClassCounts({0: 1, 1: 1}), sums={0: 1, 1: 1})
        mine[0] = 7.0
        assert kept.values.tolist() == [1.0, 1.0]
        kept.sample_weight(dtype="float64")[0] = 7.0
        assert kept.values.tolist() == [1.0, 1.0]

    def test_equal_by_value(self) -> None:
        again = bw.RowCosts(pos_label="b", scale="mean").resolve(list("baab"), row_costs=TWO)
        other = bw.RowCosts(pos_label="b").resolve(list("baab"), row_costs=TWO)
        assert (again, hash(again)) == (self.weights, hash(self.weights))
        assert other != self.weights
        assert self.weights != 1
        for twin in (pickle.loads(pickle.dumps(self.weights)), copy.deepcopy(self.weights)):
            assert (twin, repr(twin), twin.notes) == (self.weights, repr(self.weights), self.weights.notes)
            assert not twin.values.flags.writeable

    def test_encoded(self) -> None:
        encoded = self.weights.encoded()
        assert (encoded.classes, encoded.pos_label, encoded.unit) == ((0, 1), 1, self.weights.unit)
        assert list(encoded.sums.values()) == list(self.weights.sums.values())
        assert encoded.values is self.weights.values  # shared: it is as long as the data

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_sample_weight(self, dtype: Any) -> None:
        weight = self.weights.sample_weight(list("baab"), dtype)
        np.testing.assert_array_equal(weight, self.weights.values.astype(dtype))
        assert weight.dtype == dtype
        with pytest.raises(V, match="4 rows.*3 labels"):
            self.weights.sample_weight(list("baa"), dtype)
        with pytest.raises(T, match="float32 or float64"):
            self.weights.sample_weight(list("baab"), "int64")

    def test_weigh_other_rows_by_the_same_unit(self) -> None:
        weighed = self.weights.weigh(["a", "b", "b"], [[1, 6], [90, 6], [0, 3]])
        np.testing.assert_allclose(weighed, np.array([6.0, 90.0, 0.0]) / self.weights.unit)
        assert self.weights.weigh(["a"], [[1, 6]]).shape == (1,)
        first = bw.RowCosts(pos_label="a").resolve(list("baab"), row_costs=TWO)
        assert first.weigh(["a", "b"], [[1, 6], [90, 7]]).tolist() == [1.0, 7.0]
        with pytest.raises(K, match="'c'"):
            self.weights.weigh(["c"], [[1, 6]])
        with pytest.raises(V, match=r"\(2, 2\)"):
            self.weights.weigh(["a", "b"], [[1, 6]])
        with pytest.raises(V, match="some row must weigh more"):
            self.weights.weigh(["a"], [[1, 0]])

    @pytest.mark.parametrize(
        ("values", "changes", "message"),
        [
            ([-1.0, 1.0], {}, "row 0"),
            ([1.0, np.nan], {}, "nan in row 1"),
            ([1.0, 1e-40], {}, "1e-40 in row 1"),
            ([[1.0, 1.0]], {}, "1-d"),
            ([1.0, 1.0], {"sums": {0: 1.0}}, "none for 1"),
            ([1.0, 1.0], {"sums": {0: 1.0, 1: 0.0}}, "weigh 0.0 together"),
        ],
        ids=str,
    )
    def test_bad_values(self, values: Any, changes: dict[str, Any], message: str) -> None:
        fields = {"counts": bw.ClassCounts({0: 1, 1: 1}), "sums": {0: 1.0, 1: 1.0}, **changes}
        with pytest.raises(V, match=message):
            RowWeights(values, **fields)


# --- native form ---------------------------------------------------------------------------------

FORMS = [(library, form) for library, adapter in ADAPTERS.items() for form in adapter.forms]


@pytest.mark.parametrize(("library", "form"), FORMS)
def test_only_row_weights_say_them(library: str, form: str) -> None:
    weights = bw.RowCosts(scale="mean").resolve(Y, row_costs=TWO)
    if form != "sample_weight":
        with pytest.raises(V, match=f"form={form!r}.*form='auto'"):
            bw.to_native(weights, library, form=form)
        return
    native = bw.to_native(weights, library, form=form)
    assert (native.params, native.pins, native.guarantee) == ({}, {}, bw.adapters.Guarantee.IDENTICAL)
    assert native.weights is weights
    raw = np.array(by_hand(Y, TWO, 1))
    expected = (raw / raw.mean()).astype(ADAPTERS[library].dtype)
    np.testing.assert_array_equal(native.fit_kwargs(Y)["sample_weight"], expected)
    own = np.array([0.3, 1.0, 0.0, 2.0])
    product = native.fit_kwargs(Y, own)["sample_weight"]
    np.testing.assert_array_equal(product, expected * own.astype(expected.dtype))
    assert product.dtype == ADAPTERS[library].dtype
    with pytest.raises(V, match="4 rows"):
        native.fit_kwargs(Y[:3])


def test_evaluation_rows_weigh_by_their_own_costs() -> None:
    native = bw.to_native(bw.RowCosts().resolve(Y, row_costs=TWO), "xgboost")
    row_weight = native.weights.weigh([0, 1], [[1.0, 6.0], [70.0, 1.0]])
    assert native.eval_weight([0, 1], None, "same", row_weight=row_weight).tolist() == [6.0, 70.0]
    assert native.eval_weight([0, 1], [2.0, 0.5], "same", row_weight=row_weight).tolist() == [12.0, 35.0]
    assert native.eval_weight([0, 1], [2.0, 0.5]).tolist() == [2.0, 0.5]
    assert native.eval_weight([0, 1]) is None
    with pytest.raises(T, match="their own costs"):
        native.eval_weight([0, 1], weighting="same")


@pytest.mark.parametrize("own", [1e-20, 1e20])
def test_no_product_is_lost_in_float32(own: float) -> None:
    weights = bw.RowCosts().resolve([0, 1], row_costs=[[1.0, own**1.5], [1.0, 1.0]])
    native = bw.to_native(weights, "catboost")
    with pytest.raises(V, match="float32.*row 0"):
        native.fit_kwargs([0, 1], [own, 1.0])
    assert bw.to_native(weights, "sklearn").fit_kwargs([0, 1], [own, 1.0])["sample_weight"][0] > 0


def test_an_objective_that_ignores_weights_is_refused() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    weights = bw.RowCosts().resolve(Y, row_costs=TWO)
    with pytest.raises(bw.errors.IgnoredParameterError, match="takes weights"):
        bw.to_native(weights, lightgbm.LGBMClassifier(objective=lambda y, score: (score - y, y * 0 + 1)))
    with pytest.raises(V, match="in one place.*scale_pos_weight"):
        bw.to_native(weights, lightgbm.LGBMClassifier(scale_pos_weight=9.0))


@pytest.mark.parametrize(
    "use",
    [
        lambda policy: bw.to_native(policy, "xgboost", y=Y),
        lambda policy: bw.fpreproc(policy, "xgboost"),
        class_policy,
        lambda policy: bw.verify(LogisticRegression(), policy, np.ones((4, 1)), Y),
    ],
    ids=["to_native", "fpreproc", "class_policy", "verify"],
)
def test_where_weights_by_class_are_needed(use: Any) -> None:
    with pytest.raises(T, match=r"row by row.*RowCosts\(\)"):
        use(bw.RowCosts())
