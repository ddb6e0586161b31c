from .precision import PrecisionPromise as PrecisionPromise
from .precision import promise_precision as promise_precision
