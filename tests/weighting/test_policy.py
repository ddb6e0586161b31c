"""Policies: values like any other, and weights as the formulas say."""

import copy
import dataclasses
import itertools
import math
import pickle
from collections import OrderedDict
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

import boostweights.weighting as policy_module
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import (
    Balanced,
    EffectiveNumber,
    Explicit,
    TargetPrior,
    Unweighted,
)
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import as_policy

CLASSES = [
    kind
    for name in policy_module.__all__
    if isinstance(kind := getattr(policy_module, name), type)
    and issubclass(kind, Policy)
    and kind is not Policy
]
COUNTS = {0: 900, 1: 90, 2: 10}

# Each class: ways to make it, and the ratio of each class of COUNTS before power, cap and scale.
EXAMPLES: dict[type[Policy], list[tuple[Policy, dict[int, float]]]] = {
    Unweighted: [(Unweighted(), {0: 1, 1: 1, 2: 1})],
    Balanced: [(Balanced(), {0: 1000 / 2700, 1: 1000 / 270, 2: 1000 / 30})],
    Explicit: [
        (Explicit({0: 0.1, 1: 1, 2: 50}), {0: 0.1, 1: 1, 2: 50}),
        (Explicit({0: 7, 1: 2, 2: 3}), {0: 7, 1: 2, 2: 3}),
    ],
    EffectiveNumber: [
        (EffectiveNumber(), {k: 0.001 / (1 - 0.999**n) for k, n in COUNTS.items()}),
        (EffectiveNumber(beta=0.5), {k: 0.5 / (1 - 0.5**n) for k, n in COUNTS.items()}),
        (EffectiveNumber(beta=0.0), {0: 1, 1: 1, 2: 1}),
    ],
    TargetPrior: [
        (TargetPrior({0: 0.5, 1: 0.3, 2: 0.2}), {0: 0.5 / 0.9, 1: 0.3 / 0.09, 2: 0.2 / 0.01}),
        (TargetPrior({0: 0.9, 1: 0.09, 2: 0.01}), {0: 1, 1: 1, 2: 1}),
    ],
    Costs: [
        (Costs(matrix=[[1, 4, 3], [9, 0, 2], [20, 30, 5]]), {0: 5, 1: 11, 2: 40}),
        (Costs(matrix=[[0, 1, 1], [9, 0, 9], [5, 5, 0]], classes=[2, 1, 0]), {0: 10, 1: 18, 2: 2}),
    ],
}
VALUES = [policy for examples in EXAMPLES.values() for policy, _ in examples] + [
    Costs(fn=50, fp=1),
    Costs(fn=1, fp=2, pos_label="bad"),
    Costs(fn=1, fp=2, pos_label=np.int64(0)),
    Costs(matrix=[[0, 1], [2, 0]], classes=np.array(["a", "b"])),
    Explicit({"b": 1, "a": 2}),
    Explicit({np.str_("b"): np.float32(1), np.str_("a"): np.int8(2)}),
]
SHARED: list[dict[str, Any]] = [
    {"power": 0.5, "cap": 10.0, "scale": "majority", "rationale": 'A "why".', "owner": "risk"},
    {"scale": "none"},
    {"scale": "mean"},
    {"power": 0.0},
    {"cap": 1.0},
]
NAMES = {name: getattr(policy_module, name) for name in policy_module.__all__}


def test_every_class_has_examples() -> None:
    assert set(EXAMPLES) == set(CLASSES)


@pytest.fixture(params=VALUES, ids=repr)
def value(request: pytest.FixtureRequest) -> Policy:
    return request.param


class TestValue:
    @pytest.mark.parametrize("fields", [{}, *SHARED], ids=str)
    def test_repr_pickle_copy(self, value: Policy, fields: dict[str, Any]) -> None:
        policy = dataclasses.replace(value, **fields)
        for twin in (
            eval(repr(policy), dict(NAMES)),
            pickle.loads(pickle.dumps(policy)),
            copy.deepcopy(policy),
            dataclasses.replace(policy),
        ):
            assert twin == policy
            assert hash(twin) == hash(policy)
            assert (twin.rationale, twin.owner) == (policy.rationale, policy.owner)
            assert repr(twin) == repr(policy)
        unexplained = dataclasses.replace(policy, rationale="", owner="")  # neither is compared
        assert (unexplained, hash(unexplained)) == (policy, hash(policy))

    def test_frozen(self, value: Policy) -> None:
        for name in [field.name for field in dataclasses.fields(value)]:
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(value, name, None)
        with pytest.raises((AttributeError, TypeError)):
            value.other = 1  # type: ignore[attr-defined]

    def test_fields_beyond_the_first_are_named(self, value: Policy) -> None:
        positional = [field.name for field in dataclasses.fields(value) if not field.kw_only]
        assert positional == {Explicit: ["weights"], TargetPrior: ["prior"]}.get(type(value), [])

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (Balanced(power=1), Balanced(power=1.0)),
            (Balanced(cap=np.int64(5)), Balanced(cap=5.0)),
            (Balanced(power=np.float64(0.5)), Balanced(power=Fraction(1, 2))),
            (Explicit({0: 1, 1: 50}), Explicit({1: 50.0, 0: 1.0})),
            (Explicit({0: 1, 1: 50}), Explicit({0.0: 1, True: 50})),
            (Explicit({0: 1, 1: 50}), Explicit(OrderedDict({np.int64(1): np.float32(50), np.int8(0): 1}))),
            (TargetPrior({0: 0.5, 1: 0.5}), TargetPrior({1: 0.5, 0: 0.5})),
            (EffectiveNumber(beta=0), EffectiveNumber(beta=0.0)),
            (Costs(fn=50, fp=1), Costs(fn=50.0, fp=np.float32(1))),
            (Costs(matrix=[[0, 1], [2, 0]]), Costs(matrix=np.array([[0, 1], [2, 0]]))),
            (Costs(matrix=((0, 1), (2, 0))), Costs(matrix=pd.DataFrame([[0.0, 1.0], [2.0, 0.0]]))),
            (
                Costs(matrix=[[0, 1], [2, 0]], classes=["a", "b"]),
                Costs(matrix=[[0, 1], [2, 0]], classes=pd.Series(["a", "b"])),
            ),
        ],
        ids=lambda policy: repr(policy),
    )
    def test_equal_by_meaning(self, one: Policy, other: Policy) -> None:
        assert one == other
        assert hash(one) == hash(other)
        assert repr(one) == repr(other) or isinstance(one, Explicit)

    def test_different_values_differ(self) -> None:
        policies = [
            *VALUES[:-1],
            *(dataclasses.replace(Balanced(), **fields) for fields in SHARED if fields != {"scale": "mean"}),
            Balanced(scale="majority"),
            Balanced(cap=11),
        ]
        for one, other in itertools.combinations(policies, 2):
            assert one != other
        assert len(set(policies)) == len(policies)

    def test_reprs_are_short(self) -> None:
        assert repr(Balanced()) == "Balanced()"
        assert repr(Balanced(power=0.5, scale="none")) == "Balanced(power=0.5, scale='none')"
        assert repr(Explicit({1: 50, 0: 1}, cap=9)) == "Explicit({0: 1.0, 1: 50.0}, cap=9.0)"
        assert repr(Costs(fn=50, fp=1, pos_label=0)) == "Costs(fn=50.0, fp=1.0, pos_label=0)"

    def test_what_it_was_made_of_may_change(self) -> None:
        weights, matrix, classes = {0: 1.0, 1: 2.0}, np.array([[0.0, 1.0], [2.0, 0.0]]), ["a", "b"]
        explicit, costs = Explicit(weights), Costs(matrix=matrix, classes=classes)
        weights[0], matrix[0, 1], classes[0] = 9.0, 9.0, "z"
        assert explicit == Explicit({0: 1.0, 1: 2.0})
        assert costs == Costs(matrix=[[0, 1], [2, 0]], classes=["a", "b"])

    def test_defaults(self) -> None:
        scales = {kind: {field.name: field.default for field in dataclasses.fields(kind)} for kind in CLASSES}
        assert {kind: fields["scale"] for kind, fields in scales.items()} == {
            Unweighted: "none",
            Balanced: "mean",
            Explicit: "none",
            Costs: "none",
            EffectiveNumber: "mean",
            TargetPrior: "mean",
        }
        for fields in scales.values():
            common = [fields[name] for name in ("power", "cap", "rationale", "owner")]
            assert common == [1.0, None, "", ""]
        assert scales[EffectiveNumber]["beta"] == 0.999


CASES = [(policy, ratios) for examples in EXAMPLES.values() for policy, ratios in examples]


def by_definition(ratios: dict[int, float], power: float, cap: float | None, scale: str) -> dict[int, float]:
    """The module's documentation, in floats."""
    weights = {label: ratio**power for label, ratio in ratios.items()}
    if cap is not None:
        most = cap * min(weights.values())
        weights = {label: min(weight, most) for label, weight in weights.items()}
    unit = {
        "mean": sum(COUNTS[label] * weight for label, weight in weights.items()) / 1000,
        "majority": weights[0],
        "none": 1.0,
    }[scale]
    return {label: weight / unit for label, weight in weights.items()}


class TestShape:
    @pytest.mark.parametrize("scale", ["mean", "majority", "none"])
    @pytest.mark.parametrize("cap", [None, 1.0, 2.5, 1e6])
    @pytest.mark.parametrize("power", [0.0, 0.3, 0.5, 1.0])
    @pytest.mark.parametrize(("policy", "ratios"), CASES, ids=lambda part: repr(part)[:40])
    def test_power_cap_scale(
        self, policy: Policy, ratios: dict[int, float], power: float, cap: float | None, scale: Any
    ) -> None:
        weights = dataclasses.replace(policy, power=power, cap=cap, scale=scale).resolve(ClassCounts(COUNTS))
        assert weights.class_weight == pytest.approx(by_definition(ratios, power, cap, scale), rel=1e-12)
        assert weights.counts == COUNTS

    def test_majority_of_equals_is_the_first(self) -> None:
        weights = Explicit({"a": 2, "b": 6, "c": 8}, scale="majority").resolve(["c", "b", "a", "b", "a"])
        assert weights.class_weight == {"a": 1.0, "b": 3.0, "c": 4.0}

    def test_explicit_weights_stay_to_the_bit(self) -> None:
        given = {0: 0.1, 1: 0.7, 2: 1e-7}
        assert Explicit(given).resolve([0, 1, 2]).class_weight == given

    def test_resolve_takes_labels_counts_and_weights(self) -> None:
        y = ["b", "a", "b", "c"]
        by_labels = Balanced().resolve(y)
        assert by_labels == Balanced().resolve(ClassCounts({"a": 1, "b": 2, "c": 1}))
        weighted = Balanced().resolve(y, sample_weight=[1, 3, 1, 0])
        assert weighted.class_weight == {**Balanced().resolve(["a"] * 3 + ["b"] * 2).class_weight, "c": 1.0}
        assert isinstance(by_labels, ClassWeights)


class TestBalanced:
    @pytest.mark.parametrize("classes", [2, 3, 7, 40])
    @pytest.mark.parametrize("seed", range(5))
    def test_scikit_learn_to_the_bit(self, classes: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        y = np.concatenate([np.arange(classes), rng.geometric(0.2, 3000) % classes])
        labels = np.unique(y)
        expected = compute_class_weight("balanced", classes=labels, y=y)
        weights = Balanced().resolve(y)
        assert weights.values == tuple(expected.tolist())
        assert np.array_equal(weights.sample_weight(y, "float64"), compute_sample_weight("balanced", y))

    def test_scikit_learn_weighted(self) -> None:
        rng = np.random.default_rng(0)
        y, rows = rng.integers(0, 3, 500), rng.integers(0, 4, 500).astype(float)
        expected = compute_class_weight("balanced", classes=np.arange(3), y=y, sample_weight=rows)
        assert Balanced().resolve(y, sample_weight=rows).values == tuple(expected.tolist())

    def test_majority_is_what_boosters_do(self) -> None:
        """n_max / n_k: CatBoost's Balanced, LightGBM's is_unbalance; its root: SqrtBalanced."""
        counts = ClassCounts({"a": 700, "b": 33, "c": 121})
        assert Balanced(scale="majority").resolve(counts).values == (1.0, 700 / 33, 700 / 121)
        roots = Balanced(power=0.5, scale="majority").resolve(counts).values
        assert roots == (1.0, math.sqrt(700 / 33), math.sqrt(700 / 121))

    def test_towards_one_it_is_balanced(self) -> None:
        counts = ClassCounts({0: 90, 1: 10})
        near = EffectiveNumber(beta=1 - 1e-12).resolve(counts).values
        assert near == pytest.approx(Balanced().resolve(counts).values, rel=1e-9)

    @pytest.mark.parametrize("off", [0.0, 9e-10, -9e-10])
    def test_sums_to_one_nearly(self, off: float) -> None:
        TargetPrior({0: 0.1, 1: 0.2, 2: 0.7 + off})


class TestCosts:
    @pytest.mark.parametrize(("fn", "fp"), [(50, 1), (1, 3), (2.5, 2.5)])
    def test_elkan_threshold(self, fn: float, fp: float) -> None:
        """Weighted odds reach 1 at p = fp / (fp + fn), the cost-optimal threshold (Elkan 2001)."""
        weights = Costs(fn=fn, fp=fp).resolve([0, 0, 1]).class_weight
        p = fp / (fp + fn)
        assert p * weights[1] == pytest.approx((1 - p) * weights[0], rel=1e-15)
        assert weights == {0: fp, 1: fn}

    @pytest.mark.parametrize(
        ("classes", "positive", "expected"),
        [
            ([-1, 1], None, {-1: 1.0, 1: 5.0}),
            ([False, True], None, {False: 1.0, True: 5.0}),
            ([0, 1], 0, {0: 5.0, 1: 1.0}),
            (["bad", "good"], "bad", {"bad": 5.0, "good": 1.0}),
            ([1, 2], 2, {1: 1.0, 2: 5.0}),
            ([1, 2], np.int64(2), {1: 1.0, 2: 5.0}),
        ],
    )
    def test_positive(self, classes: list[Any], positive: Any, expected: dict[Any, float]) -> None:
        weights = Costs(fn=5, fp=1, pos_label=positive).resolve(classes)
        assert weights.class_weight == expected
        assert weights.notes == ()

    def test_differences_are_exact(self) -> None:
        weights = Costs(matrix=[[0.1, 0.3, 0.7], [1, 0, 1], [1, 1, 0]]).resolve([0, 1, 2])
        exact = Fraction(0.3) + Fraction(0.7) - 2 * Fraction(0.1)
        assert weights.class_weight[0] == float(exact)

    @pytest.mark.parametrize(
        ("matrix", "consistent"),
        [
            ([[0, 1, 1], [5, 0, 5], [9, 9, 0]], True),
            ([[1, 2, 2], [5, 0, 5], [9, 9, 0]], True),
            ([[0, 1, 2], [1, 0, 2], [2, 2, 0]], False),
            ([[0, 1, 1], [5, 0, 4], [9, 9, 0]], False),
            ([[0, 1, 1], [5, 0, 5], [9, 8, 0]], False),
            ([[0, 2, 1], [5, 0, 5], [9, 9, 0]], False),
            # weights 1, 2, 3, 4 times a symmetric matrix whose rows sum alike
            ([[0, 1, 2, 3], [2, 0, 6, 4], [6, 9, 0, 3], [12, 8, 4, 0]], True),
            ([[0, 1, 2, 3], [2, 0, 6, 4], [6, 9, 0, 3], [12, 8, 5, 0]], False),
        ],
    )
    def test_zhou_and_liu_consistency(self, matrix: list[list[float]], consistent: bool) -> None:
        """Weights w with w_i / w_j = C_ij / C_ji for all i, j make the weighted problem exact."""
        weights = Costs(matrix=matrix).resolve(list(range(len(matrix))))
        cost = np.array(matrix, float) - np.diag(np.array(matrix, float))[:, None]
        w = np.array(weights.values)
        assert np.allclose(w[:, None] * cost.T, w[None, :] * cost) is consistent
        assert bool(weights.notes) is not consistent
        for note in weights.notes:
            assert note == (
                f"one weight a class only approximates this cost matrix of {len(matrix)} classes: "
                "its errors on one class cost differently (Zhou & Liu 2010)"
            )

    def test_errors_that_cost_nothing(self) -> None:
        """Some may, as long as one error on each class costs."""
        assert Costs(matrix=[[0, 0, 1], [2, 0, 0], [0, 3, 0]]).resolve([0, 1, 2]).values == (1.0, 2.0, 3.0)


class TestAsPolicy:
    @pytest.mark.parametrize(
        ("shorthand", "policy"),
        [
            ("balanced", Balanced()),
            ("sqrt_balanced", Balanced(power=0.5)),
            ("unweighted", Unweighted()),
            (None, Unweighted()),
            ({1: 50, 0: 1}, Explicit({0: 1.0, 1: 50.0})),
        ],
    )
    def test_shorthands(self, shorthand: Any, policy: Policy) -> None:
        assert as_policy(shorthand) == policy
        assert repr(as_policy(shorthand)) == repr(policy)

    def test_a_policy_is_itself(self, value: Policy) -> None:
        assert as_policy(value) is value


def test_a_policy_of_ones_own() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True, slots=True, repr=False)
    class Square(Policy):
        def ratios(self, counts: ClassCounts) -> Any:
            return {label: Fraction(int(count)) ** 2 for label, count in counts.items()}

    weights = Square().resolve([0, 0, 1])
    assert weights.class_weight == {0: 4.0, 1: 1.0}
    assert weights.notes == ()
    with pytest.raises(TypeError):
        Policy()  # type: ignore[abstract]


def test_a_policy_of_ones_own_may_be_made_in_its_own_way() -> None:
    class Tenfold(Policy):
        def __init__(self, label: Any) -> None:
            super().__init__()
            object.__setattr__(self, "label", label)

        def ratios(self, counts: ClassCounts) -> Any:
            return {label: Fraction(10 if label == self.label else 1) for label in counts}  # type: ignore[attr-defined]

    weights = Tenfold("bad").resolve(["bad", "good"]).class_weight
    assert weights["bad"] == 10 * weights["good"]
