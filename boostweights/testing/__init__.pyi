from .check import Check as Check
from .check import check_adapter as check_adapter
