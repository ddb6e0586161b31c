from .files import read_table as read_table
from .linear import LinearClassifier as LinearClassifier
from .preparation import TablePreparation as TablePreparation
