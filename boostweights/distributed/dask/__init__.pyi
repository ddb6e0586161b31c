from .classifier import DaskWeightedClassifier as DaskWeightedClassifier
from .counting import count_classes as count_classes
from .counting import sample_weight as sample_weight
