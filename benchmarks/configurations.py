"""Draw the configurations that a search tries: boostweights/benchmark/plan/configurations.toml.

python benchmarks/configurations.py

Drawn once, before any run, from the ranges below; the first configuration of each library, its defaults, is
not in the file. The same seed draws the same file.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from boostweights.benchmark.regimes import MOST_CONFIGURATIONS

FILE = Path(__file__).parents[1] / "boostweights" / "benchmark" / "plan" / "configurations.toml"
SEED = 17
HEAD = """# Settings that the regime "tuned" tries, beside each library's defaults, which come first.
# Drawn once with seed {seed} by `python benchmarks/configurations.py`, from the ranges that stand there.
[drawn]
"""

Draw = Callable[[np.random.Generator], float | int]


def log(low: float, high: float) -> Draw:
    """Evenly on the scale of logarithms, to three digits."""
    return lambda rng: float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.3g}")


def whole(low: int, high: int) -> Draw:
    """Whole numbers, evenly on the scale of logarithms."""
    return lambda rng: round(np.exp(rng.uniform(np.log(low), np.log(high))))


def share(low: float, high: float) -> Draw:
    """Evenly, to two digits."""
    return lambda rng: round(rng.uniform(low, high), 2)


RANGES: dict[str, dict[str, Draw]] = {
    "xgboost": {
        "n_estimators": whole(50, 500),
        "learning_rate": log(0.02, 0.3),
        "max_depth": whole(2, 10),
        "min_child_weight": log(0.1, 30),
        "subsample": share(0.5, 1),
        "colsample_bytree": share(0.5, 1),
        "reg_lambda": log(0.1, 30),
    },
    "lightgbm": {
        "n_estimators": whole(50, 500),
        "learning_rate": log(0.02, 0.3),
        "num_leaves": whole(4, 128),
        "min_child_samples": whole(5, 100),
        "subsample": share(0.5, 1),
        "subsample_freq": lambda rng: 1,
        "colsample_bytree": share(0.5, 1),
        "reg_lambda": log(0.01, 30),
    },
    "catboost": {
        "iterations": whole(100, 1000),
        "learning_rate": log(0.02, 0.3),
        "depth": whole(2, 8),
        "l2_leaf_reg": log(1, 30),
        "random_strength": log(0.1, 10),
        "bagging_temperature": share(0, 1),
    },
    "sklearn": {
        "max_iter": whole(50, 500),
        "learning_rate": log(0.02, 0.3),
        "max_leaf_nodes": whole(4, 128),
        "min_samples_leaf": whole(5, 100),
        "max_features": share(0.5, 1),
        "l2_regularization": log(0.01, 30),
    },
    "linear": {"C": log(0.001, 100)},
}


def drawn() -> str:
    """Return the file."""
    text = HEAD.format(seed=SEED)
    for number, (library, ranges) in enumerate(RANGES.items()):
        rng = np.random.default_rng([SEED, number])
        lines = [
            ", ".join(f"{name} = {draw(rng)}" for name, draw in ranges.items())
            for _ in range(MOST_CONFIGURATIONS - 1)
        ]
        text += f"{library} = [\n{''.join(f'    {{{line}}},{chr(10)}' for line in lines)}]\n"
    return text


if __name__ == "__main__":
    FILE.write_text(drawn())
