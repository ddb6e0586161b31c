"""The weight as a knob: what each catches and costs, beside the unweighted model at other thresholds."""

from pathlib import Path

from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification

import boostweights as bw


def main(picture: Path) -> None:
    X, y = make_classification(3000, n_informative=6, weights=[0.95], class_sep=0.7, random_state=0)
    lgbm = LGBMClassifier(n_estimators=40, num_leaves=7, n_jobs=1, verbose=-1)
    costs = bw.Costs(fn=20, fp=1)
    display = bw.plots.WeightPathDisplay.from_estimator(lgbm, X, y, ratios=[1, 2, 5, 10, 20, 40], costs=costs)
    display.figure_.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(Path("weight_path.svg"))
