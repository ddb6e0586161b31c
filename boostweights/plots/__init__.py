"""Pictures of results: displays after scikit-learn's conventions, and a page to move the weight in.

They take results; results know nothing of them. Matplotlib, and Altair for the page, load on first use.
"""

from boostweights.plots.calibration import CalibrationShiftDisplay
from boostweights.plots.confusion import ConfusionPathDisplay
from boostweights.plots.page import weight_path_page, write_weight_path_page
from boostweights.plots.precision_recall import PrecisionRecallPathDisplay
from boostweights.plots.weight import WeightPathDisplay

__all__ = [
    "CalibrationShiftDisplay",
    "ConfusionPathDisplay",
    "PrecisionRecallPathDisplay",
    "WeightPathDisplay",
    "weight_path_page",
    "write_weight_path_page",
]
