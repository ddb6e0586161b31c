"""How long the rest of a run will take, by what its models cost so far."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from boostweights.benchmark.plan.plan import Model

_SECONDS_PER_WORK = 1e-7
"""A guess for libraries of which no model has ended yet; the first one corrects it."""


class Forecast:
    """The seconds that are left, learned library by library.

    Parameters
    ----------
    models : iterable of Model
        All of a plan.
    seconds : mapping of str to float
        How long those took that are done, by key; 0 for those that failed.

    Examples
    --------
    >>> Forecast([], {}).seconds_left(jobs=2), Forecast([], {}).share
    (0.0, 1.0)
    """

    def __init__(self, models: Iterable[Model], seconds: Mapping[str, float]) -> None:
        self._left = {model.key: model for model in models}
        self._work: dict[str, float] = defaultdict(float)
        self._seconds: dict[str, float] = defaultdict(float)
        self.total = sum(model.work for model in self._left.values())
        for key in list(self._left):
            if key in seconds:
                self.done(key, seconds[key])

    def done(self, key: str, seconds: float) -> None:
        """Note that a model has ended, and how long it took."""
        if model := self._left.pop(key, None):
            self._work[model.library] += model.work * (seconds > 0)
            self._seconds[model.library] += seconds

    @property
    def share(self) -> float:
        """The share of the work that is done, from 0 to 1."""
        left = sum(model.work for model in self._left.values())
        return 1.0 if self.total == 0 else 1.0 - left / self.total

    @property
    def unknown(self) -> set[str]:
        """The libraries of models that are left, of which none has ended yet."""
        return {model.library for model in self._left.values()} - self._work.keys()

    def seconds_left(self, jobs: int) -> float:
        """Return the seconds left with so many models at a time."""
        return sum(model.work * self._rate(model.library) for model in self._left.values()) / jobs

    def _rate(self, library: str) -> float:
        libraries = [library] if self._work.get(library) else [*self._work]
        work = sum(self._work[name] for name in libraries)
        return sum(self._seconds[name] for name in libraries) / work if work else _SECONDS_PER_WORK
