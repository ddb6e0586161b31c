"""How many rounds, with and without weights: the cells of `benchmarks.probabilities`, looked at by rounds.

python -m benchmarks.rounds.measure [--jobs N] [--minutes N] [--quick]
"""

from benchmarks.experiment.run import measured
from benchmarks.probabilities.measure import PLAN, measure
from benchmarks.rounds.page import write

if __name__ == "__main__":
    write(*measured(PLAN, measure, page="rounds", metrics=("rounds", "log_loss", "ap")))
