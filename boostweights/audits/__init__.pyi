from .advice.advise import advise as advise
from .advice.result import Advice as Advice
from .advice.result import AdviceRow as AdviceRow
from .audit import audit as audit
from .findings import Finding as Finding
from .findings import Findings as Findings
