"""What decisions are worth: net benefit at every threshold, beside calling all and calling nobody."""

from pathlib import Path

from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

import boostweights as bw


def main(picture: Path) -> None:
    X, y = make_classification(4000, n_informative=6, weights=[0.9], class_sep=0.7, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    lgbm = LGBMClassifier(n_estimators=40, num_leaves=7, n_jobs=1, verbose=-1)
    clf = bw.WeightedClassifier(lgbm, "unweighted", correct_proba="fitted").fit(X_train, y_train)
    costs = [bw.Costs(fn=4, fp=1), bw.Costs(fn=19, fp=1)]
    display = bw.plots.NetBenefitDisplay.from_estimator(clf, X_test, y_test, costs=costs)
    display.figure_.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(Path("net_benefit.svg"))
