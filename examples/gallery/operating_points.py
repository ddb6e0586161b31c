"""Along the curve: a weight moves the operating point where a threshold moves it as well."""

from pathlib import Path

from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification

import boostweights as bw


def main(picture: Path) -> None:
    X, y = make_classification(1500, n_informative=6, weights=[0.9], class_sep=0.7, random_state=0)
    lgbm = LGBMClassifier(n_estimators=40, num_leaves=7, n_jobs=1, verbose=-1)
    display = bw.plots.PrecisionRecallPathDisplay.from_estimator(lgbm, X, y, ratios=[1, 3, 9], cv=3)
    display.figure_.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(Path("operating_points.svg"))
