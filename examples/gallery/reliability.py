"""Honest probabilities: reliability of a balanced model as it is and with the fitted correction."""

from pathlib import Path

from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

import boostweights as bw


def main(picture: Path) -> None:
    X, y = make_classification(6000, n_informative=6, weights=[0.9], class_sep=0.7, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    lgbm = LGBMClassifier(n_estimators=100, num_leaves=7, n_jobs=1, verbose=-1)
    clf = bw.WeightedClassifier(lgbm, "balanced", correct_proba="fitted").fit(X_train, y_train)
    raw = clf.estimator_.predict_proba(X_test)
    display = bw.plots.CalibrationShiftDisplay.from_predictions(y_test, raw, clf.calibration_)
    display.figure_.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(Path("reliability.svg"))
