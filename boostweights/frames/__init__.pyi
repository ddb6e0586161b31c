from .weighing import count_classes as count_classes
from .weighing import with_weights as with_weights
