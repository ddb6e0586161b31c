"""One thread a fit: HistGradientBoosting reads the number of threads from the environment."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
