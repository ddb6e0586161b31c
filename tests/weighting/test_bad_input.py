"""Bad input, each branch of a check once: the class of its error, the value that it names, a key word."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from boostweights.errors import BoostweightsError, InvalidTypeError, InvalidValueError, UnknownLabelError
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.counting import count_labels, encode, map_labels
from boostweights.weighting.labels.rules import LabelMap, positive_label
from boostweights.weighting.policies.by_class import (
    Balanced,
    EffectiveNumber,
    Explicit,
    TargetPrior,
    Unweighted,
)
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import as_policy

V, T, K = InvalidValueError, InvalidTypeError, UnknownLabelError
NAN, INF, HUGE = float("nan"), float("inf"), 10**400
CUT = str(HUGE)[:119] + "…"
ABOVE, BELOW = np.nextafter(2.0**128 - 2.0**104, INF), float(np.nextafter(2.0**-126, 0))  # of float32
TWO = ClassCounts({0: 9, 1: 1})
WEIGHTS = ClassWeights({0: 1.0, 1: 9.0}, counts=TWO)
ANY = [[0, 1], [2, 0]]
FAR, TINY = ClassCounts({0: 1e50, 1: 1}), ClassCounts({0: 2.5, 1: 1e-308})
APART, PRICED = {0: 1e-30, 1: 1e30}, Costs(fn=1e308, fp=1e-308, scale="majority")
Case = tuple[Callable[[], Any], type[BoostweightsError], str, str]

# what comes in a column, the error's class, its value, a word of its rule or remedy
COLUMNS: list[tuple[Any, type[BoostweightsError], str, str]] = [
    ([], V, "0 rows", "empty"),
    (pd.Series([], dtype="str"), V, "0 rows", "empty"),
    (pl.Series([], dtype=pl.String), V, "0 rows", "empty"),
    (pa.array([], pa.string()), V, "0 rows", "empty"),
    ([0, None], V, "None", "missing"),
    ([0.0, NAN], V, "NaN", "missing"),
    ([0, pd.NA], V, "<NA>", "missing"),
    ([pd.NaT, 1], V, "NaT", "missing"),
    (np.array([0.0, NAN], "f2"), V, "NaN", "missing"),
    (np.array(["a", None], np.dtypes.StringDType(na_object=None)), V, "None", "missing"),
    (pd.Series([0, None, 1], dtype="Int64"), V, "1 of 3 missing", "Drop"),
    (pd.Series(["a", None], dtype="category"), V, "1 of 2 missing", "Drop"),
    (pd.Series(["a", None], dtype=object), V, "None", "missing"),
    (pl.Series(["a", None]), V, "1 of 2 missing", "Drop"),
    (pa.array([0, None]), V, "1 of 2 missing", "Drop"),
    ([[0, 1], [1, 0]], V, "[0, 1]", "1-d"),
    ([[0, 1], [1]], V, "[0, 1]", "1-d"),
    ([np.array([1, 2]), np.array([3])], V, "array([1, 2])", "1-d"),
    (np.zeros((3, 1), int), V, "shape (3, 1)", "ravel"),
    (np.array(1), V, "shape ()", "1-d"),
    (pd.DataFrame({"y": [0, 1]}), V, "a data frame of shape (2, 1)", "1-d"),
    (pa.table({"y": [0, 1]}), V, "a data frame of shape (2, 1)", "1-d"),
    (np.array([0.0, 0.5]), V, "0.5", "continuous"),
    ([1.0, 2.25], V, "2.25", "Bin"),
    (np.array([0.0, INF]), V, "inf", "continuous"),
    (pl.Series([0.5, 1]), V, "0.5", "continuous"),
    ("abc", T, "'abc'", "column"),
    (None, T, "None", "list"),
    (np.array(["2020-01-01"], "M8[D]"), T, "dtype datetime64[D]", "categories"),
    (np.zeros(2, [("a", int)]), T, "dtype [('a', '<i8')]", "astype"),
    (np.zeros(2, np.longdouble), T, f"dtype {np.dtype(np.longdouble)}", "integers"),
    (np.array([1j]), V, "dtype complex128", "Complex"),
    ([1, "a"], T, "[1, 'a'] (int, str)", "sorted"),
]
ROW_WEIGHTS: list[tuple[Any, type[BoostweightsError], str, str]] = [
    ([1, -1], V, "-1.0 at row 1", "at least 0"),
    ([NAN, 1], V, "nan at row 0", "finite"),
    ([1, INF], V, "inf at row 1", "finite"),
    (pd.Series([1, None], dtype="Int64"), V, "nan at row 1", "finite"),
    (["1", "2"], T, "['1', '2']", "numbers"),
    (np.array([1j, 1]), T, "array([0.+1.j, 1.+0.j])", "numbers"),
    ([[1], [1, 2]], T, "[[1], [1, 2]]", "numbers"),
    ([1], V, "shape (1,)", "shape (2,)"),
    (np.ones((2, 1)), V, "shape (2, 1)", "same rows"),
]
CASES: list[Case] = [
    *((lambda y=y: count_labels(y), *rest) for y, *rest in COLUMNS),
    *((lambda w=w: ClassCounts.of([0, 1], w), *rest) for w, *rest in ROW_WEIGHTS),
    (lambda: encode([0, None], [0, 1]), V, "None", "missing"),
    (lambda: LabelMap({None: 1}), V, "None", "missing"),
    (lambda: LabelMap([1, 2]), T, "[1, 2]", "map to values"),
    (lambda: LabelMap([(0, "a"), (1, "b"), (0, "c")]), V, "[0, 1, 0]", "once"),
    (lambda: Explicit({NAN: 1.0, 0: 1.0}), V, "NaN", "missing"),
    (lambda: Explicit({np.float64(1): 1.0, "1": 2.0}), T, "[1.0, '1'] (float, str)", "sorted"),
    (lambda: ClassCounts.of([True, 0, 1]), T, "[0, True] (bool, number)", "one kind"),
    (lambda: ClassCounts.of([True]) + ClassCounts.of([0]), T, "[0, True] (bool, number)", "one kind"),
    (lambda: WEIGHTS.sample_weight([0, 2]), K, "2 (int)", "Use one of: 0, 1."),
    (lambda: WEIGHTS.sample_weight(["1", "0"]), K, "'0' (str)", "Did you mean 0?"),
    (lambda: map_labels(pl.Series(["b", "z", "y"]), {"b": 1}, float), K, "'y' (str)", "['b']"),
    (lambda: map_labels([1], {}, float), K, "1 (int)", "none to choose"),
    (lambda: positive_label([0, 1, 2]), V, "[0, 1, 2]", "two classes"),
    (lambda: Costs(fn=2, fp=1).resolve(["bad", "good"]), V, "['bad', 'good']", "pos_label='bad'"),
    (lambda: Costs(fn=2, fp=1, pos_label="god").resolve(["bad", "good"]), V, "'god'", "'good'?"),
    (lambda: ClassCounts({"a": -2}), V, "-2 for 'a'", "at least 0"),
    (lambda: ClassCounts({"a": NAN}), V, "nan for 'a'", "at least 0"),
    (lambda: ClassCounts({"a": INF}), V, "inf for 'a'", "divide"),
    (lambda: ClassCounts({"a": HUGE}), V, f"{CUT} for 'a'", "finite"),
    (lambda: ClassCounts({"a": "5"}), T, "'5' for 'a'", "number"),
    (lambda: ClassCounts({"a": True}), T, "True for 'a'", "number"),
    (lambda: ClassCounts(5), T, "5", "ClassCounts.of"),
    (lambda: Balanced().resolve(TWO, sample_weight=[1, 1]), T, "ClassCounts with sample_weight", "weighted"),
    (lambda: Balanced().resolve(["a", "a"]), V, "one class, 'a'", "two classes"),
    (lambda: Balanced().resolve([0, 1], sample_weight=[0, 0]), V, "none", "not all zero"),
    (lambda: Balanced().resolve([0, 0, 1], [1e308, 1e308, 1.0]), V, "inf for 0", "sum of sample_weight"),
    (lambda: Explicit({0: 0, 1: 1}), V, "0 for label 0", "remove its rows"),
    (lambda: Explicit({0: -1.5, 1: 1}), V, "-1.5 for label 0", "positive"),
    (lambda: Explicit({0: NAN, 1: 1}), V, "nan for label 0", "finite"),
    (lambda: Explicit({0: HUGE, 1: 1}), V, f"{CUT} for label 0", "finite"),
    (lambda: Explicit({0: ABOVE, 1: 1}), V, "np.float64(3.402823466385289e+38) for label 0", "float32"),
    (lambda: Explicit({0: BELOW, 1: 1}), V, "1.1754943508222874e-38 for label 0", "Scale all weights"),
    (lambda: ClassWeights({0: "5", 1: 1}, counts=TWO), T, "'5' for label 0", "number"),
    (lambda: ClassWeights({0: np.True_, 1: 1}, counts=TWO), T, "np.True_ for label 0", "number"),
    (lambda: ClassWeights({0: 1j, 1: 1}, counts=TWO), T, "1j for label 0", "number"),
    (lambda: ClassWeights([1, 2], counts=TWO), T, "[1, 2]", "map labels"),
    (lambda: Explicit({0: 1.0}).resolve([0, 1]), V, "none for 1 (int)", "Add 1 to {0: 1.0}"),
    (lambda: Explicit({0: 1, 1: 2, 7: 3}).resolve([0, 1]), V, "7 (int)", "only labels that are present"),
    (lambda: Explicit({"0": 1, "1": 2}).resolve([0, 1]), V, "'0' (str)", "Did you mean 0?"),
    (lambda: Explicit({"aab": 1, "aaa": 2}).resolve(["aaa", "zzz"]), V, "'aab' (str)", "'zzz'"),
    (lambda: WEIGHTS.sample_weight([0, 1], dtype=np.float16), T, "'float16'", "float32"),
    (lambda: Balanced(scale="majority").resolve(FAR), V, "1e+50 for label 1 by Balanced(", "sample_weight"),
    (lambda: Explicit(APART, scale="mean").resolve(TWO), V, "1e-59 for label 0 by Explicit(", "one factor"),
    (lambda: Costs(fn=1e308, fp=1).resolve(TWO), V, "1e+308 for label 1 by Costs(fn=", "unit of money"),
    (lambda: PRICED.resolve(TWO), V, f"{PRICED} with the counts {TWO}", "ratio of two weights"),
    (lambda: Balanced(power=0.5).resolve(TINY), V, f"Balanced(power=0.5) with the counts {TINY}", "a cap"),
    (lambda: Balanced(power=-0.01), V, "-0.01", "[0, 1]"),
    (lambda: Balanced(power=1.01), V, "1.01", "[0, 1]"),
    (lambda: Unweighted(power="1"), T, "'1'", "power=0.5"),
    (lambda: Unweighted(power=True), T, "True", "number"),
    (lambda: Unweighted(power=NAN), T, "nan", "number"),
    (lambda: Balanced(cap=0.99), V, "0.99", "cap=None"),
    (lambda: Balanced(cap=INF), V, "inf", "finite"),
    (lambda: Balanced(cap="10"), T, "'10'", "cap must be a number"),
    (lambda: Balanced(scale="meen"), V, "'meen'", "Did you mean 'mean'?"),
    (lambda: Balanced(rationale=1), T, "1", "rationale"),
    (lambda: Explicit({0: 1}, owner=None), T, "None", "owner"),
    (lambda: EffectiveNumber(beta=-0.1), V, "-0.1", "[0, 1)"),
    (lambda: EffectiveNumber(beta=1), V, "1", "0.9 to 0.9999"),
    (lambda: EffectiveNumber(beta="0.9"), T, "'0.9'", "beta"),
    (lambda: TargetPrior({0: 0.5, 1: 0.6}), V, "{0: 0.5, 1: 0.6}, which sums to 1.1", "sum to 1"),
    (lambda: TargetPrior({0: 0.5, 1: 0.49999999}), V, "{0: 0.5, 1: 0.49999999}, which sums to 0.999", "sum"),
    (lambda: TargetPrior([0.5, 0.5]), T, "[0.5, 0.5]", "{0: 0.5, 1: 0.5}"),
    (lambda: TargetPrior({}), V, "{}", "prior must not be empty"),
    (lambda: TargetPrior({0: 0.5, 1: 0.5}).resolve([0, 1, 2]), V, "none for 2 (int)", "the prior"),
    (lambda: Explicit([1, 2]), T, "[1, 2]", "{0: 1.0, 1: 50.0}"),
    (lambda: Explicit({}), V, "{}", "Unweighted()"),
    (lambda: as_policy("xyz"), V, "'xyz'", "'balanced', 'sqrt_balanced', 'unweighted'"),
    (lambda: as_policy(5), T, "5", "{0: 1, 1: 5}"),
    (lambda: as_policy(Balanced), T, "<class 'boostweights.weighting.", "Balanced(…)"),
    (lambda: Costs(fn=2), V, "fn", "either"),
    (lambda: Costs(fp=2), V, "fp", "either"),
    (lambda: Costs(fn=2, fp=1, classes=[0, 1]), V, "classes and fn and fp", "either"),
    (lambda: Costs(fn=2, matrix=ANY), V, "fn and matrix", "either"),
    (lambda: Costs(fp=2, matrix=ANY), V, "fp and matrix", "either"),
    (lambda: Costs(pos_label=0, matrix=ANY), V, "matrix and pos_label", "Write"),
    (lambda: Costs(fn=0, fp=1), V, "0", "cost fn must be positive"),
    (lambda: Costs(fn=1, fp=INF), V, "inf", "cost fp"),
    (lambda: Costs(fn=1, fp="1"), T, "'1'", "fp must be a number"),
    (lambda: Costs(matrix=[[0, 1]]), V, "[[0, 1]]", "square"),
    (lambda: Costs(matrix=[[0, 1], [1, 0], [1, 1]]), V, "[[0, 1], [1, 0], [1, 1]]", "square"),
    (lambda: Costs(matrix=[[0, 1], [1]]), V, "[[0, 1], [1]]", "square"),
    (lambda: Costs(matrix=[[0]]), V, "[[0]]", "truth"),
    (lambda: Costs(matrix=5), V, "5", "square"),
    (lambda: Costs(matrix=[[[0], [1]], [[1], [0]]]), V, "[[[0], [1]], [[1], [0]]]", "square"),
    (lambda: Costs(matrix=[[0, INF], [1, 0]]), V, "row 0: (0.0, inf)", "large cost"),
    (lambda: Costs(matrix=[[0, NAN], [1, 0]]), T, "nan", "number"),
    (lambda: Costs(matrix=[[0, "1"], [1, 0]]), T, "'1'", "number"),
    (lambda: Costs(matrix=[[0, 1], [2, 3]]), V, "row 1: 3.0 on the diagonal, 2.0 beside it", "transposed"),
    (lambda: Costs(matrix=[[0, 1], [2, 2]]), V, "row 1: (2.0, 2.0)", "would weigh 0"),
    (lambda: Costs(matrix=ANY, classes=[0]), V, "[0]", "each once"),
    (lambda: Costs(matrix=ANY, classes=["a", "a"]), V, "['a', 'a']", "each once"),
    (lambda: Costs(matrix=ANY, classes="ab"), T, "'ab'", "sequence"),
    (lambda: Costs(matrix=ANY, classes=2), T, "2", "sequence"),
    (lambda: Costs(matrix=ANY).resolve([0, 1, 2]), V, "2 rows", "3 classes [0, 1, 2]"),
    (
        lambda: Costs(matrix=ANY, classes=["a", "c"]).resolve(["a", "b"]),
        V,
        "rows of ['a', 'c']",
        "['a', 'b']",
    ),
]


@pytest.mark.parametrize(("make", "kind", "value", "word"), CASES)
def test_error(make: Callable[[], Any], kind: type[BoostweightsError], value: str, word: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    error = caught.value
    assert type(error) is kind
    assert error.value.startswith(value)
    assert word in f"{error.rule} {error.mend}"


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda: ClassCounts.of([0, 1], [[1], [1, 2]]), ValueError),
        (lambda: ClassCounts.of([0, 1], [object, 1]), TypeError),
        (lambda: ClassCounts([0, 1]), TypeError),
        (lambda: count_labels([[0, 1], [1]]), TypeError),
        (lambda: count_labels([1, "a"]), TypeError),
        (lambda: Balanced(scale="majority").resolve(TINY), OverflowError),
    ],
)
def test_the_cause_stays_with_the_error(make: Callable[[], Any], cause: type[Exception]) -> None:
    with pytest.raises(BoostweightsError) as caught:
        make()
    assert isinstance(caught.value.__cause__, cause)
