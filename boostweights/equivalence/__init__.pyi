from .verify import EquivalenceReport as EquivalenceReport
from .verify import FormRow as FormRow
from .verify import verify as verify
