"""FLAML's model of a table, in an environment of its own: `make .venv-flaml/installed`.

    .venv-flaml/bin/python benchmarks/answer/flaml_rival.py FOLDER SECONDS SEED

Its seconds are of the processor, as FLAML's clock is replaced: other work of the machine costs it nothing.
The best configuration is then trained without each fold, for thresholds; this is not part of the seconds.
"""

import sys
import time
from pathlib import Path

import pandas as pd


def main(folder: Path, seconds: float, seed: int) -> None:
    """Write probabilities of the new rows, and of the shown ones by models trained without their fold."""
    began = time.time()
    time.time = lambda: began + time.process_time()

    from flaml import AutoML  # type: ignore[import-not-found]  # it takes the clock when it is imported

    shown, new = (pd.read_parquet(folder / f"{name}.parquet") for name in ("shown", "new"))
    fold, y = shown.pop("the fold"), shown.pop("the target")
    usual = {"task": "classification", "metric": "log_loss", "n_jobs": 1, "seed": seed, "verbose": 0}

    automl = AutoML()
    automl.fit(shown, y, time_budget=seconds, **usual)
    pd.DataFrame({"proba": automl.predict_proba(new)[:, 1]}).to_parquet(folder / "new_proba.parquet")

    left_out = pd.Series(0.0, index=shown.index)
    again = {"estimator_list": [automl.best_estimator], "max_iter": 1, "eval_method": "holdout"}
    starts = {automl.best_estimator: automl.best_config}
    for number in sorted(fold.unique()):
        test = fold == number
        model = AutoML()
        model.fit(shown[~test], y[~test], time_budget=-1, starting_points=starts, **again, **usual)
        left_out[test] = model.predict_proba(shown[test])[:, 1]
    pd.DataFrame({"proba": left_out}).to_parquet(folder / "shown_proba.parquet")
    print(automl.best_estimator, automl.best_config)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
