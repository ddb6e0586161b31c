"""An immutable map from labels to values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.rules import Label, check_labels, scalar, sorted_labels

V_co = TypeVar("V_co", covariant=True)


class LabelMap(Mapping[Label, V_co], Generic[V_co]):
    """An immutable map from label to value, in sorted label order.

    Compares equal to any mapping with the same items; hashable; its repr is that of a dict.

    Parameters
    ----------
    items : mapping or iterable of (label, value) pairs

    Raises
    ------
    InvalidTypeError
        If the labels cannot be sorted, or the items are no pairs.
    InvalidValueError
        If a label occurs twice or is missing (None, NaN).

    Examples
    --------
    >>> LabelMap({1: 9.0, 0: 1.0})
    {0: 1.0, 1: 9.0}
    >>> LabelMap({1: 9.0, 0: 1.0}) == {0: 1.0, 1: 9.0}
    True
    """

    __slots__ = ("_items",)
    _items: dict[Label, V_co]

    def __init__(self, items: Mapping[Label, V_co] | Iterable[tuple[Label, V_co]]) -> None:
        pairs = [(scalar(label), value) for label, value in _pairs(items)]
        check_labels(label for label, _ in pairs)
        by_label = dict(pairs)
        if len(by_label) < len(pairs):
            raise InvalidValueError(
                "a label may be named once", shown([label for label, _ in pairs]), "Remove all but one."
            )
        self._items = {label: by_label[label] for label in sorted_labels(by_label)}

    def __getitem__(self, label: Label) -> V_co:
        return self._items[label]

    def __iter__(self) -> Iterator[Label]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._items,)


def _pairs(items: Any) -> list[tuple[Label, Any]]:
    try:
        return [(label, value) for label, value in (items.items() if isinstance(items, Mapping) else items)]
    except (TypeError, ValueError) as broken:
        raise InvalidTypeError(
            "labels must map to values",
            shown(items),
            "Write {0: 1.0, 1: 50.0}; to count labels: ClassCounts.of(y).",
        ) from broken
