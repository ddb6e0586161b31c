from .result import WeightPath as WeightPath
from .weight_path import weight_path as weight_path
