"""Whose errors a weight trades: positives missed and others refused, by group and weight."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification

import boostweights as bw


def main(picture: Path) -> None:
    X, y = make_classification(3000, n_informative=6, weights=[0.9], class_sep=0.7, random_state=0)
    region = np.where(X[:, 0] > 0, "north", "south")
    lgbm = LGBMClassifier(n_estimators=40, num_leaves=7, n_jobs=1, verbose=-1)
    path = bw.weight_path(lgbm, X, y, ratios=[1, 2, 5, 10, 20], groups=region)
    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True, layout="constrained")
    for name, of_group in path.group_frame().groupby("group"):
        for ax, rate in zip(axes, ("fnr", "fpr"), strict=True):
            ax.plot(of_group["ratio"], of_group[rate], marker="o", label=name)
    for ax, title in zip(axes, ("positives missed", "others called"), strict=True):
        ax.set(xscale="log", xlabel="weight of the positives", title=title, ylim=(0, None))
    axes[0].legend()
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(Path("whose_errors.svg"))
