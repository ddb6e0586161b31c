from .report import EquivalenceReport as EquivalenceReport
from .report import FormRow as FormRow
from .verify import verify as verify
