from .calibration import CalibrationShiftDisplay as CalibrationShiftDisplay
from .confusion import ConfusionPathDisplay as ConfusionPathDisplay
from .net_benefit import NetBenefitDisplay as NetBenefitDisplay
from .page import weight_path_page as weight_path_page
from .page import write_weight_path_page as write_weight_path_page
from .precision_recall import PrecisionRecallPathDisplay as PrecisionRecallPathDisplay
from .threshold import ThresholdDisplay as ThresholdDisplay
from .weight import WeightPathDisplay as WeightPathDisplay
