"""What a fitted correction costs: five folds beside the plain fit, its prediction beside the analytic one.

    python benchmarks/speed/fitted.py [--rows 1e5 1e6] [--repeats 3]

Each of five folds trains on four fifths of the rows and predicts a fifth; with the fit of all rows that is
five plain fits. One thread; seconds are of the processor, so that what others do counts little.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # HistGradientBoostingClassifier has no other setting; before any import

import statistics
from collections.abc import Callable
from typing import Any

from measure import Options, whole, write
from sweep import seconds
from wrapper import REAL, SETTINGS, data

import boostweights as bw

AT_MOST = 5.5


def measured(library: str, rows: int, repeats: int) -> dict[str, Any]:
    X, y = data(rows)

    def classifier(correct: Any) -> bw.WeightedClassifier:
        return bw.WeightedClassifier(REAL[library](**SETTINGS[library]), correct_proba=correct)

    plain, fitted = classifier(True).fit(X, y), classifier("fitted").fit(X, y)
    result = {
        "library": library,
        "rows": rows,
        "fit": ratio_of(lambda: classifier("fitted").fit(X, y), lambda: classifier(True).fit(X, y), repeats),
        "predict": ratio_of(lambda: fitted.predict_proba(X), lambda: plain.predict_proba(X), 3 * repeats),
    }
    print(result, flush=True)
    return result


def ratio_of(above: Callable[[], object], below: Callable[[], object], repeats: int) -> dict[str, float]:
    """Of the processor's seconds, both timed in turn: the median, its extremes, and both sides."""
    pairs = [(seconds(above), seconds(below)) for _ in range(repeats)]
    ratios = sorted(one / other for one, other in pairs)
    return {
        "median": statistics.median(ratios),
        "min": ratios[0],
        "max": ratios[-1],
        "seconds": statistics.median(one for one, _ in pairs),
        "peer_seconds": statistics.median(other for _, other in pairs),
    }


def main() -> None:
    parser = Options(__doc__, rows=[5_000], repeats=1)
    parser.add_argument("--rows", type=whole, nargs="+", default=[100_000, 500_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.read()
    found = [measured(library, rows, options.repeats) for rows in options.rows for library in REAL]
    write(
        "fitted",
        options,
        ("boostweights", "lightgbm", "catboost", "scikit-learn"),
        ratios=found,
        at_most=AT_MOST,
    )


if __name__ == "__main__":
    main()
