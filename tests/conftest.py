"""What holds in all tests: one thread a fit, and no time that hypothesis would fail an example for.

HistGradientBoosting reads the number of threads from the environment.
"""

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
