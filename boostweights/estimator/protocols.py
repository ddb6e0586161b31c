"""What scikit-learn asks of a classifier around another: parameters, clones, routing, tags, display."""

import dataclasses
from contextlib import suppress
from typing import Any, Literal, Self

from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from boostweights.adapters.form import EvalWeighting, FormName
from boostweights.adapters.registry import adapter_of
from boostweights.errors import BoostweightsError, check_that
from boostweights.weighting.policies.names import Weighting, as_policy

_PREFIX = "weighting__"


class Wrapping(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier with an `estimator` inside and a `weighting`, whose fields are parameters too."""

    estimator: Any
    weighting: Any
    form: FormName
    eval_weighting: EvalWeighting
    correct_proba: bool | Literal["fitted"]
    threshold: Any
    pos_label: Any
    calibration_cv: Any
    n_rounds: Literal["cv"] | None
    validation_fraction: float | None
    count_rows: bool
    n_jobs: int | None
    to_host: bool

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return parameters; with `deep` also the estimator's and the policy's fields."""
        params: dict[str, Any] = super().get_params(deep)
        if deep:
            with suppress(BoostweightsError):  # fit says what is wrong; get_params must not
                policy = as_policy(self.weighting)
                params |= {f"{_PREFIX}{name}": getattr(policy, name) for name in _fields(policy)}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters: plain ones first, then fields of the policy, which is replaced, never changed."""
        changes = {name.removeprefix(_PREFIX): params[name] for name in params if name.startswith(_PREFIX)}
        super().set_params(**{name: value for name, value in params.items() if not name.startswith(_PREFIX)})
        if not changes:
            return self
        policy = as_policy(self.weighting)
        for name in changes:
            rule = f"weighting__… must name a field of {policy!r}"
            remedy = f"Its fields: {', '.join(_fields(policy))}."
            check_that(name in _fields(policy), rule, _PREFIX + name, remedy)
        self.weighting = dataclasses.replace(policy, **changes)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata reach this classifier and the one inside."""
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(estimator=self.estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit"))
        )

    def __sklearn_clone__(self) -> Self:
        params = {name: clone(value, safe=False) for name, value in self._own_params().items()}
        copied = type(self)(self._unfitted(), **params)
        if hasattr(self, "_metadata_request"):
            copied._metadata_request = clone(self._metadata_request, safe=False)
        return copied

    def _unfitted(self) -> Any:
        return adapter_of(self.estimator).unfitted(self.estimator)

    def _own_params(self) -> dict[str, Any]:
        return {name: value for name, value in self.get_params(deep=False).items() if name != "estimator"}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = self.threshold is None
        try:
            inner = get_tags(self.estimator)
        except AttributeError:  # its class does not derive from BaseEstimator, and so says nothing
            return tags
        tags.input_tags = inner.input_tags
        if inner.classifier_tags is not None:
            both = inner.classifier_tags.multi_class and tags.classifier_tags.multi_class
            tags.classifier_tags = dataclasses.replace(
                inner.classifier_tags, multi_label=False, multi_class=both
            )
        tags.non_deterministic = inner.non_deterministic
        tags.no_validation = inner.no_validation
        return tags

    def _html_repr(self) -> str:
        from sklearn.utils import estimator_html_repr

        diagram = str(estimator_html_repr(self))
        return diagram + self.summary()._repr_html_() if hasattr(self, "native_") else diagram

    def _repr_html_inner(self) -> str:
        return self._html_repr()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle = {"text/plain": repr(self)}
        return {**bundle, "text/html": self._html_repr()} if get_config()["display"] == "diagram" else bundle


def _fields(policy: Weighting) -> list[str]:
    return [field.name for field in dataclasses.fields(policy)]
