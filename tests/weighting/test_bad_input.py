"""Bad input: each line a mistake, and the rule, the value and the mend that its error names."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from boostweights.errors import BoostweightsError, InvalidTypeError, InvalidValueError, UnknownLabelError
from boostweights.probabilities.correct import correct_proba
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

VALUE = (InvalidValueError, ValueError)
TYPE = (InvalidTypeError, TypeError)
KEY = (UnknownLabelError, KeyError)

NAN = float("nan")
INF = float("inf")
TWO = ClassCounts({0: 9, 1: 1})
WEIGHTS = ClassWeights({0: 1.0, 1: 9.0}, counts=TWO)
MISSING = "Input y contains NaN: labels must not be missing"
DROP = "Drop these rows, or give them a class of their own."
CONTINUOUS = "Unknown label type: class labels must be discrete, and this looks continuous"
BIN = "Bin the target, or pass integers or strings."
ONE_D = "labels must be 1-d"
ONE_COLUMN = "Pass one column, such as frame['target'] or y.ravel()."
COLUMN = "labels must be a 1-d column"
LIST = "Pass a list, a numpy array or a column of a data frame."
KINDS = "labels must be bools, integers, strings or categories"
CONVERT = "Convert the column, for example with .astype(str)."
POSITIVE = "a weight must be positive and finite"
REMOVE = "To leave rows of a class out, remove them before training."
SINGLE = "a weight must lie within float32's normal range [1.18e-38, 3.4e+38]"
SUM = "a count, or the sum of sample_weight in a class, must be finite"
DIVIDE = "Divide sample_weight by one factor."
COUNTED = "Divide sample_weight, by which rows are counted, by one factor, or set a cap."
MONEY = "Give the costs in another unit of money, or set a cap."
FACTOR = "Scale all weights by one factor; their ratio is what matters most."
SQUARE = "a cost matrix must be square, one row and one column a class"
ROWS = "Rows are the truth, columns the prediction."
RIGHT = "being right must not cost more than being wrong"
TRANSPOSED = "Rows are the truth, columns the prediction: is the matrix transposed?"
TWO_CLASSES = "weighting needs at least two classes, and weights of rows that are not all zero"
TARGET = "Check the target column, or stratify the folds."
WEIGHT_RULE = "sample_weight must be finite and at least 0"
WEIGHT_KIND = "sample_weight must be numbers"


def many_digits(number: int) -> str:
    return str(number)[:119] + "…"


# id, what is done, the error's classes, its rule, value and mend (whole texts)
LABELS: list[tuple[str, Callable[[], Any], tuple[type, type], str, str, str]] = [
    *(
        (
            f"empty {name}",
            lambda y=y: count_labels(y),
            VALUE,
            "labels must not be empty",
            "0 rows",
            "Pass at least one row of each class.",
        )
        for name, y in {
            "list": [],
            "array": np.array([]),
            "pandas": pd.Series([], dtype="int64"),
            "pandas strings": pd.Series([], dtype="str"),
            "polars": pl.Series([], dtype=pl.String),
            "arrow": pa.array([], pa.string()),
        }.items()
    ),
    *(
        (f"missing in {name}", lambda y=y: count_labels(y), VALUE, MISSING, seen, DROP)
        for name, y, seen in [
            ("list", [0, None], "None"),
            ("strings", ["a", None], "None"),
            ("float list", [0.0, NAN], "NaN"),
            ("array", np.array([0.0, NAN]), "NaN"),
            ("half", np.array([0.0, NAN], "f2"), "NaN"),
            ("numpy scalars", [np.float64(NAN), np.float64(1)], "NaN"),
            ("NA list", [0, pd.NA], "<NA>"),
            ("NaT list", [pd.NaT, 1], "NaT"),
            ("pandas float", pd.Series([0, None]), "NaN"),
            ("pandas Int64", pd.Series([0, None, 1], dtype="Int64"), "1 of 3 missing"),
            ("pandas boolean", pd.Series([True, None], dtype="boolean"), "1 of 2 missing"),
            ("pandas str", pd.Series(["a", None, None]), "2 of 3 missing"),
            ("pandas category", pd.Series(["a", None], dtype="category"), "1 of 2 missing"),
            ("pandas object", pd.Series(["a", None], dtype=object), "None"),
            ("polars", pl.Series([0, None]), "1 of 2 missing"),
            ("polars float", pl.Series([0.0, NAN]), "NaN"),
            ("polars str", pl.Series(["a", None]), "1 of 2 missing"),
            ("polars categories", pl.Series(["a", None], dtype=pl.Categorical), "1 of 2 missing"),
            ("arrow", pa.array([0, None]), "1 of 2 missing"),
            ("arrow chunks", pa.chunked_array([["a"], [None]]), "1 of 2 missing"),
            ("StringDType", np.array(["a", None], np.dtypes.StringDType(na_object=None)), "None"),
        ]
    ),
    ("missing when encoded", lambda: encode([0, None], [0, 1]), VALUE, MISSING, "None", DROP),
    ("NaN when encoded", lambda: encode(np.array([0, NAN]), [0, 1]), VALUE, MISSING, "NaN", DROP),
    ("missing in a map", lambda: LabelMap({None: 1}), VALUE, MISSING, "None", DROP),
    ("NaN in a map", lambda: Explicit({NAN: 1.0, 0: 1.0}), VALUE, MISSING, "NaN", DROP),
    *(
        (f"2-d {name}", lambda y=y: count_labels(y), VALUE, ONE_D, seen, ONE_COLUMN)
        for name, y, seen in [
            ("list", [[0, 1], [1, 0]], "[0, 1]"),
            ("list of one", [[0]], "[0]"),
            ("column list", [[0], [1]], "[0]"),
            ("ragged list", [[0, 1], [1]], "[0, 1]"),
            ("list of arrays", [np.array([1, 2]), np.array([3])], "array([1, 2])"),
            ("array", np.zeros((3, 2)), "shape (3, 2)"),
            ("column", np.zeros((3, 1), int), "shape (3, 1)"),
            ("scalar", np.array(1), "shape ()"),
            ("pandas", pd.DataFrame({"y": [0, 1]}), "a data frame of shape (2, 1)"),
            ("polars", pl.DataFrame({"y": [0, 1]}), "a data frame of shape (2, 1)"),
            ("arrow", pa.table({"y": [0, 1]}), "a data frame of shape (2, 1)"),
        ]
    ),
    *(
        (f"continuous {name}", lambda y=y: count_labels(y), VALUE, CONTINUOUS, seen, BIN)
        for name, y, seen in [
            ("array", np.array([0.0, 0.5]), "0.5"),
            ("list", [1.0, 2.25], "2.25"),
            ("infinite", np.array([0.0, INF]), "inf"),
            ("pandas", pd.Series([0.5, 1]), "0.5"),
            ("polars", pl.Series([0.5, 1]), "0.5"),
            ("arrow", pa.array([0.5, 1]), "0.5"),
            ("category", pd.Series([0.5, 1], dtype="category"), "0.5"),
        ]
    ),
    ("continuous when encoded", lambda: encode(np.array([0, 0.5]), [0, 1]), VALUE, CONTINUOUS, "0.5", BIN),
    *(
        (f"no column: {name}", lambda y=y: count_labels(y), TYPE, COLUMN, seen, LIST)
        for name, y, seen in [
            ("None", None, "None"),
            ("str", "abc", "'abc'"),
            ("int", 3, "3"),
            ("set", {1}, "{1}"),
            ("dict", {0: 1}, "{0: 1}"),
        ]
    ),
    *(
        (f"dtype {name}", lambda y=y: count_labels(y), TYPE, KINDS, seen, CONVERT)
        for name, y, seen in [
            ("datetime", np.array(["2020-01-01"], "M8[D]"), "dtype datetime64[D]"),
            ("timedelta", np.array([1], "m8[s]"), "dtype timedelta64[s]"),
            ("pandas dates", pd.Series(np.array(["2020-01-01"], "M8[s]")), "dtype datetime64[s]"),
            ("record", np.zeros(2, [("a", int)]), "dtype [('a', '<i8')]"),
            ("long double", np.zeros(2, np.longdouble), f"dtype {np.dtype(np.longdouble)}"),
        ]
    ),
    (
        "complex",
        lambda: count_labels(np.array([1j])),
        VALUE,
        "Complex data not supported as labels",
        "dtype complex128",
        "Use .real.",
    ),
    (
        "mixed types",
        lambda: count_labels([1, "a"]),
        TYPE,
        "labels must be of types that can be sorted together",
        "[1, 'a'] (int, str)",
        "Convert all of them to one type.",
    ),
    (
        "mixed keys",
        lambda: Explicit({1: 1.0, "a": 2.0}),
        TYPE,
        "labels must be of types that can be sorted together",
        "[1, 'a'] (int, str)",
        "Convert all of them to one type.",
    ),
    (
        "bools among numbers",
        lambda: ClassCounts.of([True, 0, 1]),
        TYPE,
        "labels of one column must be of one kind",
        "[0, True] (bool, number)",
        "Convert all chunks to one type before counting.",
    ),
    (
        "chunks of other kinds",
        lambda: ClassCounts.of([True]) + ClassCounts.of([0]),
        TYPE,
        "labels of one column must be of one kind",
        "[0, True] (bool, number)",
        "Convert all chunks to one type before counting.",
    ),
    (
        "unhashable map",
        lambda: LabelMap([1, 2]),
        TYPE,
        "labels must map to values",
        "[1, 2]",
        "Write {0: 1.0, 1: 50.0}; to count labels: ClassCounts.of(y).",
    ),
    (
        "a label twice",
        lambda: LabelMap([(0, "a"), (1, "b"), (0, "c")]),
        VALUE,
        "a label may be named once",
        "[0, 1, 0]",
        "Remove all but one.",
    ),
    (
        "a label twice in numpy",
        lambda: Explicit({np.float64(1): 1.0, "1": 2.0}),
        TYPE,
        "labels must be of types that can be sorted together",
        "[1.0, '1'] (float, str)",
        "Convert all of them to one type.",
    ),
    (
        "unknown row label",
        lambda: WEIGHTS.sample_weight([0, 2]),
        KEY,
        "every label must be one of [0, 1]",
        "2 (int)",
        "Use one of: 0, 1.",
    ),
    (
        "unknown text label",
        lambda: WEIGHTS.sample_weight(["1", "0"]),
        KEY,
        "every label must be one of [0, 1]",
        "'0' (str)",
        "Did you mean 0?",
    ),
    (
        "first unknown of a frame",
        lambda: map_labels(pl.Series(["b", "z", "y"]), {"b": 1}, float),
        KEY,
        "every label must be one of ['b']",
        "'y' (str)",
        "Use one of: 'b'.",
    ),
    (
        "nothing known",
        lambda: map_labels([1], {}, float),
        KEY,
        "every label must be one of []",
        "1 (int)",
        "There is none to choose from.",
    ),
    (
        "no positive among three",
        lambda: positive_label([0, 1, 2]),
        VALUE,
        "a positive label exists only between two classes",
        "[0, 1, 2]",
        "Give a cost matrix instead.",
    ),
    (
        "unclear positive",
        lambda: Costs(fn=2, fp=1).resolve(["bad", "good"]),
        VALUE,
        "the positive label must be given unless labels are {0, 1}, {-1, 1} or bool",
        "['bad', 'good']",
        "Pass positive='bad' or positive='good'.",
    ),
    (
        "strange positive",
        lambda: Costs(fn=2, fp=1, positive="god").resolve(["bad", "good"]),
        VALUE,
        "positive must be one of the labels ['bad', 'good']",
        "'god'",
        "Did you mean 'good'?",
    ),
]

COUNTS: list[Any] = [
    *(
        (
            f"row weight {name}",
            lambda w=w: ClassCounts.of([0, 1], w),
            VALUE,
            WEIGHT_RULE,
            seen,
            "Use 0 to leave a row out.",
        )
        for name, w, seen in [
            ("negative", [1, -1], "-1.0 at row 1"),
            ("NaN", [NAN, 1], "nan at row 0"),
            ("infinite", [1, INF], "inf at row 1"),
            ("None", [1, None], "nan at row 1"),
            ("NA", pd.Series([1, None], dtype="Int64"), "nan at row 1"),
            ("null", pl.Series([1, None]), "nan at row 1"),
        ]
    ),
    *(
        (
            f"row weight {name}",
            lambda w=w: Balanced().resolve([0, 1], sample_weight=w),
            TYPE,
            WEIGHT_KIND,
            seen,
            "Pass one number a row.",
        )
        for name, w, seen in [
            ("text", ["a", "b"], "['a', 'b']"),
            ("text that is a number", ["1", "2"], "['1', '2']"),
            ("complex", np.array([1j, 1]), "array([0.+1.j, 1.+0.j])"),
            ("complex list", [1j, 1], "[1j, 1]"),
            ("ragged", [[1], [1, 2]], "[[1], [1, 2]]"),
            ("object", [object, 1], "[<class 'object'>, 1]"),
            (
                "dates",
                np.array(["2020-01-01"] * 2, "M8[D]"),
                "array(['2020-01-01', '2020-01-01'], dtype='datetime64[D]')",
            ),
        ]
    ),
    *(
        (
            f"row weights: {name}",
            lambda w=w: ClassCounts.of([0, 1], w),
            VALUE,
            "sample_weight must have shape (2,), one weight a row",
            seen,
            "Pass the weights of the same rows as the labels.",
        )
        for name, w, seen in [
            ("too few", [1], "shape (1,)"),
            ("too many", np.ones(3), "shape (3,)"),
            ("2-d", np.ones((2, 1)), "shape (2, 1)"),
            ("scalar", 1.0, "shape ()"),
        ]
    ),
    *(
        (
            f"count {name}",
            lambda n=n: ClassCounts({"a": n}),
            VALUE,
            "a count must be at least 0 and finite",
            f"{seen} for 'a'",
            "Leave the class out.",
        )
        for name, n, seen in [
            ("negative", -2, "-2"),
            ("NaN", NAN, "nan"),
        ]
    ),
    *(
        (
            f"count {name}",
            lambda n=n: ClassCounts({"a": n}),
            VALUE,
            SUM,
            f"{seen} for 'a'",
            DIVIDE,
        )
        for name, n, seen in [("infinite", INF, "inf"), ("too large", 10**400, many_digits(10**400))]
    ),
    *(
        (
            f"count {name}",
            lambda n=n: ClassCounts({"a": n}),
            TYPE,
            "a count must be a number",
            f"{seen} for 'a'",
            "Count the rows.",
        )
        for name, n, seen in [
            ("text", "5", "'5'"),
            ("None", None, "None"),
            ("bool", True, "True"),
            ("complex", 1j, "1j"),
        ]
    ),
    (
        "labels instead of counts",
        lambda: ClassCounts([0, 1, 1]),
        TYPE,
        "labels must map to values",
        "[0, 1, 1]",
        "Write {0: 1.0, 1: 50.0}; to count labels: ClassCounts.of(y).",
    ),
    (
        "nothing instead of counts",
        lambda: ClassCounts(5),
        TYPE,
        "labels must map to values",
        "5",
        "Write {0: 1.0, 1: 50.0}; to count labels: ClassCounts.of(y).",
    ),
    (
        "counts weighted again",
        lambda: Balanced().resolve(TWO, sample_weight=[1, 1]),
        TYPE,
        "counts are already weighted or not",
        "ClassCounts with sample_weight",
        "Pass the labels instead.",
    ),
    ("one class", lambda: Balanced().resolve(["a", "a"]), VALUE, TWO_CLASSES, "one class, 'a'", TARGET),
    (
        "no class of weight",
        lambda: Balanced().resolve([0, 1], sample_weight=[0, 0]),
        VALUE,
        TWO_CLASSES,
        "none",
        TARGET,
    ),
]

WEIGHT_VALUES: list[Any] = [
    *(
        (f"weight {name}", lambda w=w: Explicit({0: w, 1: 1}), VALUE, POSITIVE, f"{seen} for label 0", REMOVE)
        for name, w, seen in [
            ("zero", 0, "0"),
            ("negative", -1.5, "-1.5"),
            ("NaN", NAN, "nan"),
            ("infinite", INF, "inf"),
            ("minus infinite", -INF, "-inf"),
            ("too large", 10**400, many_digits(10**400)),
            ("numpy NaN", np.float32(NAN), "np.float32(nan)"),
        ]
    ),
    *(
        (
            f"weight {name}",
            lambda w=w: Explicit({"a": w, "b": 1}),
            VALUE,
            SINGLE,
            f"{seen} for label 'a'",
            FACTOR,
        )
        for name, w, seen in [
            ("overflows", 3.5e38, "3.5e+38"),
            ("just overflows", np.nextafter(2.0**128 - 2.0**104, INF), "np.float64(3.402823466385289e+38)"),
            ("vanishes", 1e-46, "1e-46"),
            ("is subnormal", 1e-40, "1e-40"),
            ("just vanishes", float(np.nextafter(2.0**-126, 0)), "1.1754943508222874e-38"),
        ]
    ),
    *(
        (
            f"weight {name}",
            lambda w=w: ClassWeights({0: w, 1: 1}, counts=TWO),
            TYPE,
            "a weight must be a number",
            f"{seen} for label 0",
            "Pass a float such as 10.0.",
        )
        for name, w, seen in [
            ("text", "5", "'5'"),
            ("None", None, "None"),
            ("bool", True, "True"),
            ("numpy bool", np.True_, "np.True_"),
            ("complex", 1j, "1j"),
            ("list", [1.0], "[1.0]"),
        ]
    ),
    (
        "resolved weight overflows",
        lambda: Balanced(scale="majority").resolve(ClassCounts({0: 1e50, 1: 1})),
        VALUE,
        SINGLE,
        "1e+50 for label 1 by Balanced(scale='majority')",
        COUNTED,
    ),
    (
        "resolved weight vanishes",
        lambda: Explicit({0: 1e-30, 1: 1e30}, scale="mean").resolve([0, 1]),
        VALUE,
        SINGLE,
        "2e-60 for label 0 by Explicit({0: 1e-30, 1: 1e+30}, scale='mean')",
        FACTOR,
    ),
    (
        "resolved ratio overflows",
        lambda: Balanced().resolve(ClassCounts({0: 0.5, 1: 1e-308})),
        VALUE,
        SINGLE,
        "2.5e+307 for label 1 by Balanced()",
        COUNTED,
    ),
    (
        "sum of row weights overflows",
        lambda: Balanced().resolve([0, 0, 1], [1e308, 1e308, 1.0]),
        VALUE,
        SUM,
        "inf for 0",
        DIVIDE,
    ),
    (
        "cost overflows",
        lambda: Costs(fn=1e308, fp=1).resolve([0, 0, 1]),
        VALUE,
        SINGLE,
        "1e+308 for label 1 by Costs(fn=1e+308, fp=1.0)",
        MONEY,
    ),
    (
        "ratio of costs overflows",
        lambda: Costs(fn=1e308, fp=1e-308, scale="majority").resolve([0, 0, 1]),
        VALUE,
        "the ratio of two weights must fit in a float",
        "Costs(scale='majority', fn=1e+308, fp=1e-308) with the counts ClassCounts({0: 2, 1: 1})",
        MONEY,
    ),
    (
        "resolved ratio beyond float",
        lambda: Balanced(scale="majority").resolve(ClassCounts({0: 2.5, 1: 1e-308})),
        VALUE,
        "the ratio of two weights must fit in a float",
        "Balanced(scale='majority') with the counts ClassCounts({0: 2.5, 1: 1e-308})",
        COUNTED,
    ),
    (
        "its root beyond float",
        lambda: Balanced(power=0.5).resolve(ClassCounts({0: 2.5, 1: 1e-308})),
        VALUE,
        "the ratio of two weights must fit in a float",
        "Balanced(power=0.5) with the counts ClassCounts({0: 2.5, 1: 1e-308})",
        COUNTED,
    ),
    (
        "weights no mapping",
        lambda: ClassWeights([1, 2], counts=TWO),
        TYPE,
        "weights must map labels to numbers",
        "[1, 2]",
        "Write {0: 1.0, 1: 50.0}.",
    ),
    (
        "class lacking",
        lambda: Explicit({0: 1.0}).resolve([0, 1]),
        VALUE,
        "weights must name every label present",
        "none for 1 (int)",
        "Add 1 to {0: 1.0}.",
    ),
    (
        "class absent",
        lambda: Explicit({0: 1, 1: 2, 7: 3}).resolve([0, 1]),
        VALUE,
        "weights must name only labels that are present: [0, 1]",
        "7 (int)",
        "Use one of: 0, 1.",
    ),
    (
        "text for a number",
        lambda: Explicit({"0": 1, "1": 2}).resolve([0, 1]),
        VALUE,
        "weights must name only labels that are present: [0, 1]",
        "'0' (str)",
        "Did you mean 0?",
    ),
    (
        "number for text",
        lambda: ClassWeights({0: 1, 1: 2}, counts=ClassCounts({"0": 1, "1": 1})),
        VALUE,
        "weights must name only labels that are present: ['0', '1']",
        "0 (int)",
        "Did you mean '0'?",
    ),
    (
        "misspelt class",
        lambda: Explicit({"bad": 1, "god": 2, "ok": 3}).resolve(["bad", "good", "ok"]),
        VALUE,
        "weights must name only labels that are present: ['bad', 'good', 'ok']",
        "'god' (str)",
        "Did you mean 'good'?",
    ),
    (
        "lacking class is suggested",
        lambda: Explicit({"aab": 1, "aaa": 2}).resolve(["aaa", "zzz"]),
        VALUE,
        "weights must name only labels that are present: ['aaa', 'zzz']",
        "'aab' (str)",
        "Use one of: 'zzz'.",
    ),
    (
        "int8 row weights",
        lambda: WEIGHTS.sample_weight([0, 1], dtype="int8"),
        TYPE,
        "weights are float32 or float64",
        "'int8'",
        "Pass dtype=np.float32.",
    ),
    (
        "half row weights",
        lambda: WEIGHTS.sample_weight([0, 1], dtype=np.float16),
        TYPE,
        "weights are float32 or float64",
        "'float16'",
        "Pass dtype=np.float32.",
    ),
]

POLICIES: list[Any] = [
    *(
        (
            f"power {seen}",
            lambda p=p: Balanced(power=p),
            VALUE,
            "power must lie in [0, 1]",
            seen,
            "0 weighs all classes alike, 0.5 takes the root.",
        )
        for p, seen in [
            (-0.01, "-0.01"),
            (1.01, "1.01"),
            (2, "2"),
            (INF, "inf"),
            (-(10**400), many_digits(-(10**400))),
        ]
    ),
    *(
        (
            f"power {seen}",
            lambda p=p: Unweighted(power=p),
            TYPE,
            "power must be a number",
            seen,
            "Write power=0.5, say.",
        )
        for p, seen in [("1", "'1'"), (None, "None"), (True, "True"), (NAN, "nan"), (1j, "1j")]
    ),
    *(
        (
            f"cap {seen}",
            lambda c=c: Balanced(cap=c),
            VALUE,
            "cap must be at least 1 and finite",
            seen,
            "Use cap=None for no cap, cap=10 for 10 to 1.",
        )
        for c, seen in [(0.99, "0.99"), (0, "0"), (-1, "-1"), (INF, "inf"), (10**400, many_digits(10**400))]
    ),
    *(
        (
            f"cap {seen}",
            lambda c=c: Balanced(cap=c),
            TYPE,
            "cap must be a number",
            seen,
            "Write cap=0.5, say.",
        )
        for c, seen in [("10", "'10'"), (True, "True"), (NAN, "nan")]
    ),
    (
        "scale misspelt",
        lambda: Balanced(scale="meen"),
        VALUE,
        "scale must be one of ('mean', 'majority', 'none')",
        "'meen'",
        "Did you mean 'mean'?",
    ),
    (
        "scale None",
        lambda: Balanced(scale=None),
        VALUE,
        "scale must be one of ('mean', 'majority', 'none')",
        "None",
        "Did you mean 'none'?",
    ),
    (
        "scale a number",
        lambda: Balanced(scale=1),
        VALUE,
        "scale must be one of ('mean', 'majority', 'none')",
        "1",
        "Use one of: 'mean', 'majority', 'none'.",
    ),
    (
        "rationale no text",
        lambda: Balanced(rationale=1),
        TYPE,
        "rationale must be a str",
        "1",
        'Write rationale="…".',
    ),
    (
        "owner no text",
        lambda: Explicit({0: 1}, owner=None),
        TYPE,
        "owner must be a str",
        "None",
        'Write owner="…".',
    ),
    *(
        (
            f"beta {seen}",
            lambda b=b: EffectiveNumber(beta=b),
            VALUE,
            "beta must lie in [0, 1)",
            seen,
            "Common values: 0.9 to 0.9999.",
        )
        for b, seen in [(-0.1, "-0.1"), (1, "1"), (1.0, "1.0"), (1.5, "1.5"), (INF, "inf")]
    ),
    (
        "beta text",
        lambda: EffectiveNumber(beta="0.9"),
        TYPE,
        "beta must be a number",
        "'0.9'",
        "Write beta=0.5, say.",
    ),
    (
        "prior sums to more",
        lambda: TargetPrior({0: 0.5, 1: 0.6}),
        VALUE,
        "a prior must sum to 1",
        "{0: 0.5, 1: 0.6}, which sums to 1.1",
        "Divide by the sum.",
    ),
    (
        "prior sums to less",
        lambda: TargetPrior({0: 0.5, 1: 0.49999999}),
        VALUE,
        "a prior must sum to 1",
        "{0: 0.5, 1: 0.49999999}, which sums to 0.99999999",
        "Divide by the sum.",
    ),
    ("prior of 0", lambda: TargetPrior({0: 1.0, 1: 0.0}), VALUE, POSITIVE, "0.0 for label 1", REMOVE),
    (
        "prior a list",
        lambda: TargetPrior([0.5, 0.5]),
        TYPE,
        "prior must map labels to numbers",
        "[0.5, 0.5]",
        "Write {0: 0.5, 1: 0.5}.",
    ),
    (
        "prior empty",
        lambda: TargetPrior({}),
        VALUE,
        "prior must not be empty",
        "{}",
        "Use Unweighted() for no weights.",
    ),
    (
        "prior of other labels",
        lambda: TargetPrior({0: 0.5, "1": 0.5}),
        TYPE,
        "labels must be of types that can be sorted together",
        "[0, '1'] (int, str)",
        "Convert all of them to one type.",
    ),
    (
        "prior lacks a class",
        lambda: TargetPrior({0: 0.5, 1: 0.5}).resolve([0, 1, 2]),
        VALUE,
        "the prior must name every label present",
        "none for 2 (int)",
        "Add 2 to {0: 0.5, 1: 0.5}.",
    ),
    (
        "prior names another",
        lambda: TargetPrior({"a": 0.5, "b": 0.5}).resolve(["a", "B"]),
        VALUE,
        "the prior must name only labels that are present: ['B', 'a']",
        "'b' (str)",
        "Did you mean 'B'?",
    ),
    (
        "weights a list",
        lambda: Explicit([1, 2]),
        TYPE,
        "weights must map labels to numbers",
        "[1, 2]",
        "Write {0: 1.0, 1: 50.0}.",
    ),
    (
        "weights empty",
        lambda: Explicit({}),
        VALUE,
        "weights must not be empty",
        "{}",
        "Use Unweighted() for no weights.",
    ),
    (
        "policy misspelt",
        lambda: as_policy("balenced"),
        VALUE,
        "a policy's name must be known",
        "'balenced'",
        "Did you mean 'balanced'?",
    ),
    (
        "policy unknown",
        lambda: as_policy("xyz"),
        VALUE,
        "a policy's name must be known",
        "'xyz'",
        "Use one of: 'balanced', 'sqrt_balanced', 'unweighted'.",
    ),
    (
        "policy a number",
        lambda: as_policy(5),
        TYPE,
        "weighting must be a policy, a name, a dict of label to weight, or None",
        "5",
        "To weigh label 1 by it write {0: 1, 1: 5}.",
    ),
    (
        "policy not called",
        lambda: as_policy(Balanced),
        TYPE,
        "weighting must be a policy, a name, a dict of label to weight, or None",
        "<class 'boostweights.weighting.policies.by_class.Balanced'>",
        "Call it: Balanced(…).",
    ),
]

EITHER = "costs are either fn and fp, or a matrix (with classes)"
WRITE_COSTS = "Write Costs(fn=50.0, fp=1.0) or Costs(matrix=[[0, 1], [50, 0]], classes=[0, 1])."
ALONE = "a cost matrix stands alone"
LEAVE = "Leave fn, fp and positive out."
ANY = [[0, 1], [2, 0]]
COSTS: list[Any] = [
    ("no costs", lambda: Costs(), VALUE, EITHER, "fn=None, fp=None, matrix=None, classes=None", WRITE_COSTS),
    ("fn alone", lambda: Costs(fn=2), VALUE, EITHER, "fn=2, fp=None, matrix=None, classes=None", WRITE_COSTS),
    ("fp alone", lambda: Costs(fp=2), VALUE, EITHER, "fn=None, fp=2, matrix=None, classes=None", WRITE_COSTS),
    (
        "classes with fn",
        lambda: Costs(fn=2, fp=1, classes=[0, 1]),
        VALUE,
        EITHER,
        "fn=2, fp=1, matrix=None, classes=(0, 1)",
        WRITE_COSTS,
    ),
    (
        "fn beside a matrix",
        lambda: Costs(fn=2, matrix=ANY),
        VALUE,
        ALONE,
        "fn=2, fp=None, positive=None beside it",
        LEAVE,
    ),
    (
        "fp beside a matrix",
        lambda: Costs(fp=2, matrix=ANY),
        VALUE,
        ALONE,
        "fn=None, fp=2, positive=None beside it",
        LEAVE,
    ),
    (
        "positive beside a matrix",
        lambda: Costs(positive=0, matrix=ANY),
        VALUE,
        ALONE,
        "fn=None, fp=None, positive=0 beside it",
        LEAVE,
    ),
    *(
        (
            f"fn {seen}",
            lambda c=c: Costs(fn=c, fp=1),
            VALUE,
            "the cost fn must be positive and finite",
            seen,
            "Give both costs in one unit.",
        )
        for c, seen in [(0, "0"), (-1, "-1"), (INF, "inf"), (10**400, many_digits(10**400))]
    ),
    (
        "fp zero",
        lambda: Costs(fn=1, fp=0.0),
        VALUE,
        "the cost fp must be positive and finite",
        "0.0",
        "Give both costs in one unit.",
    ),
    ("fp text", lambda: Costs(fn=1, fp="1"), TYPE, "fp must be a number", "'1'", "Write fp=0.5, say."),
    ("fn NaN", lambda: Costs(fn=NAN, fp=1), TYPE, "fn must be a number", "nan", "Write fn=0.5, say."),
    *(
        (f"matrix {seen}", lambda m=m: Costs(matrix=m), VALUE, SQUARE, seen, ROWS)
        for m, seen in [
            ([[0, 1]], "[[0, 1]]"),
            ([[0, 1], [1, 0], [1, 1]], "[[0, 1], [1, 0], [1, 1]]"),
            ([[0, 1, 1], [1, 0, 1]], "[[0, 1, 1], [1, 0, 1]]"),
            ([[0, 1], [1]], "[[0, 1], [1]]"),
            ([[0]], "[[0]]"),
            ([], "[]"),
            ([1, 2], "[1, 2]"),
            (5, "5"),
            ({0: 1}, "{0: 1}"),
        ]
    ),
    (
        "wrong gains more than right",
        lambda: Costs(matrix=[[0, 1], [-2, -1]]),
        VALUE,
        "being right must not cost more than being wrong",
        "row 1: -1.0 on the diagonal, -2.0 beside it",
        TRANSPOSED,
    ),
    (
        "infinite cost",
        lambda: Costs(matrix=[[0, INF], [1, 0]]),
        VALUE,
        "costs must be finite",
        "row 0: (0.0, inf)",
        "Give what must not happen a large cost.",
    ),
    (
        "NaN cost",
        lambda: Costs(matrix=[[0, NAN], [1, 0]]),
        TYPE,
        "a cost must be a number",
        "nan",
        "Write a cost=0.5, say.",
    ),
    (
        "text cost",
        lambda: Costs(matrix=[[0, "1"], [1, 0]]),
        TYPE,
        "a cost must be a number",
        "'1'",
        "Write a cost=0.5, say.",
    ),
    (
        "deep matrix",
        lambda: Costs(matrix=[[[0], [1]], [[1], [0]]]),
        VALUE,
        SQUARE,
        "[[[0], [1]], [[1], [0]]]",
        ROWS,
    ),
    (
        "diagonal above errors",
        lambda: Costs(matrix=[[0, 1], [2, 3]]),
        VALUE,
        RIGHT,
        "row 1: 3.0 on the diagonal, 2.0 beside it",
        TRANSPOSED,
    ),
    (
        "diagonal above an error",
        lambda: Costs(matrix=[[2, 1, 3], [1, 0, 1], [1, 1, 0]]),
        VALUE,
        RIGHT,
        "row 0: 2.0 on the diagonal, 1.0 beside it",
        TRANSPOSED,
    ),
    (
        "errors that cost nothing",
        lambda: Costs(matrix=[[0, 1], [2, 2]]),
        VALUE,
        "some error on each class must cost more than being right",
        "row 1: (2.0, 2.0)",
        "A class whose errors cost nothing would weigh 0: remove its rows instead.",
    ),
    (
        "classes too few",
        lambda: Costs(matrix=ANY, classes=[0]),
        VALUE,
        "classes must name the 2 rows of the matrix, each once",
        "[0]",
        "Give one label a row.",
    ),
    (
        "classes too many",
        lambda: Costs(matrix=ANY, classes=[0, 1, 2]),
        VALUE,
        "classes must name the 2 rows of the matrix, each once",
        "[0, 1, 2]",
        "Give one label a row.",
    ),
    (
        "classes twice",
        lambda: Costs(matrix=ANY, classes=["a", "a"]),
        VALUE,
        "classes must name the 2 rows of the matrix, each once",
        "['a', 'a']",
        "Give one label a row.",
    ),
    (
        "one class twice",
        lambda: Costs(matrix=ANY, classes=[0, 1, 1]),
        VALUE,
        "classes must name the 2 rows of the matrix, each once",
        "[0, 1, 1]",
        "Give one label a row.",
    ),
    (
        "classes a str",
        lambda: Costs(matrix=ANY, classes="ab"),
        TYPE,
        "classes must be a sequence of labels",
        "'ab'",
        "Write classes=[0, 1], say.",
    ),
    (
        "classes a number",
        lambda: Costs(matrix=ANY, classes=2),
        TYPE,
        "classes must be a sequence of labels",
        "2",
        "Write classes=[0, 1], say.",
    ),
    (
        "matrix of other size",
        lambda: Costs(matrix=ANY).resolve([0, 1, 2]),
        VALUE,
        "the matrix must have a row for each of the 3 classes [0, 1, 2]",
        "2 rows",
        "Pass classes= to say which labels its rows are.",
    ),
    (
        "matrix of other classes",
        lambda: Costs(matrix=ANY, classes=["a", "c"]).resolve(["a", "b"]),
        VALUE,
        "classes of the cost matrix must name only labels that are present: ['a', 'b']",
        "'c' (str)",
        "Use one of: 'b'.",
    ),
    (
        "matrix lacks a class",
        lambda: Costs(matrix=ANY, classes=["a", "b"]).resolve(["a", "b", "c"]),
        VALUE,
        "classes of the cost matrix must name every label present",
        "none for 'c' (str)",
        "Add 'c' to {'a': Fraction(1, 1), 'b': Fraction(2, 1)}.",
    ),
    (
        "fn and fp for three classes",
        lambda: Costs(fn=2, fp=1).resolve([0, 1, 2]),
        VALUE,
        "a positive label exists only between two classes",
        "[0, 1, 2]",
        "Give a cost matrix instead.",
    ),
]

SHAPE = "probabilities must have shape (n, 2), a column a class"
WHOLE = "Pass predict_proba's result whole."
DISTRIBUTION = "each row of probabilities must be at least 0 and sum to 1"
SCORES = "Pass predict_proba's result, not raw scores."
PROBA: list[Any] = [
    (
        "proba 1-d",
        lambda: correct_proba([0.5, 1.5], WEIGHTS),
        VALUE,
        "each probability must lie in [0, 1]",
        "1.5 in row 1",
        SCORES,
    ),
    ("proba 3-d", lambda: correct_proba(np.ones((1, 2, 1)), WEIGHTS), VALUE, SHAPE, "shape (1, 2, 1)", WHOLE),
    (
        "proba of 3 classes",
        lambda: correct_proba([[0.2, 0.3, 0.5]], WEIGHTS),
        VALUE,
        SHAPE,
        "shape (1, 3)",
        WHOLE,
    ),
    ("proba one column", lambda: correct_proba([[1.0]], WEIGHTS), VALUE, SHAPE, "shape (1, 1)", WHOLE),
    (
        "proba negative",
        lambda: correct_proba([[0.5, 0.5], [-0.5, 1.5]], WEIGHTS),
        VALUE,
        DISTRIBUTION,
        "[-0.5, 1.5] in row 1",
        SCORES,
    ),
    (
        "proba NaN",
        lambda: correct_proba([[NAN, 0.5]], WEIGHTS),
        VALUE,
        DISTRIBUTION,
        "[nan, 0.5] in row 0",
        SCORES,
    ),
    (
        "proba sums to 1.002",
        lambda: correct_proba([[0.5, 0.502]], WEIGHTS),
        VALUE,
        DISTRIBUTION,
        "[0.5, 0.502] in row 0",
        SCORES,
    ),
    (
        "proba sums to 0.998",
        lambda: correct_proba([[0.5, 0.498]], WEIGHTS),
        VALUE,
        DISTRIBUTION,
        "[0.5, 0.498] in row 0",
        SCORES,
    ),
    (
        "raw scores",
        lambda: correct_proba([[-2.0, 3.0]], WEIGHTS),
        VALUE,
        DISTRIBUTION,
        "[-2.0, 3.0] in row 0",
        SCORES,
    ),
]

BAD = [*LABELS, *COUNTS, *WEIGHT_VALUES, *POLICIES, *COSTS, *PROBA]


@pytest.mark.parametrize(
    ("make", "classes", "rule", "value", "mend"),
    [case[1:] for case in BAD],
    ids=[case[0].replace(" ", "-") for case in BAD],
)
def test_error(make: Callable[[], Any], classes: tuple[type, type], rule: str, value: str, mend: str) -> None:
    with pytest.raises(classes[0]) as caught:
        make()
    error = caught.value
    assert isinstance(error, BoostweightsError)
    assert isinstance(error, classes)
    assert isinstance(error, classes[1])
    assert (error.rule, error.value, error.mend) == (rule, value, mend)
    assert str(error) == f"{rule}; got {value}. {mend}"
    restored = pickle.loads(pickle.dumps(error))
    assert type(restored) is type(error)
    assert str(restored) == str(error)


def test_the_cases_are_distinct() -> None:
    assert len({case[0] for case in BAD}) == len(BAD)


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda: ClassCounts.of([0, 1], [[1], [1, 2]]), ValueError),
        (lambda: ClassCounts.of([0, 1], [object, 1]), TypeError),
        (lambda: ClassCounts([0, 1]), TypeError),
        (lambda: count_labels([[0, 1], [1]]), TypeError),
        (lambda: count_labels([1, "a"]), TypeError),
        (lambda: Balanced(scale="majority").resolve(ClassCounts({0: 2.5, 1: 1e-308})), OverflowError),
    ],
)
def test_the_cause_stays_with_the_error(make: Callable[[], Any], cause: type[Exception]) -> None:
    with pytest.raises(BoostweightsError) as caught:
        make()
    assert isinstance(caught.value.__cause__, cause)
