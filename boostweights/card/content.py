"""What a card holds: plain data, by which its parts are typed, and the digest of what is resolved."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from boostweights.card.digest import content_digest
from boostweights.card.policies import fields_of, kind_of
from boostweights.card.review import Review
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.policies.names import Weighting

SCHEMA: Final = 1
NATIVE: Final = ("library", "form", "guarantee", "reason", "params", "pins", "estimator")
"""The fields of a card that are of the library's own form."""
ERRORS: Final = ("fn", "fp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The fields of a `Card`, which says what they are and checks them."""

    policy: Weighting
    date: datetime.date
    weights: ClassWeights
    target: str = ""
    affected: Mapping[str, str] = field(default_factory=dict)
    labels: str = ""
    split: str = ""
    library: str = ""
    form: str = ""
    guarantee: str = ""
    reason: str = ""
    params: str = ""
    pins: str = ""
    estimator: str = ""
    correction: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    review: Review = field(default_factory=Review)

    @property
    def rationale(self) -> str:
        """Why these weights."""
        return self.policy.rationale

    @property
    def owner(self) -> str:
        """Who decided on them."""
        return self.policy.owner

    @property
    def digest(self) -> str:
        """SHA-256 of all that is resolved: all but rationale, owner, affected and review."""
        weights = self.weights
        classes = [[label, weights.counts[label], weight] for label, weight in weights.class_weight.items()]
        native = [*(getattr(self, name) for name in NATIVE), *([self.correction] if self.correction else [])]
        policy = [kind_of(self.policy), fields_of(self.policy), self.date.isoformat()]
        data = [self.target, self.labels, self.split, classes]
        return content_digest([SCHEMA, policy, data, native, dict(self.versions)])
