"""Whether a UBJSON document is whole: XGBoost reads beyond the end of one that is cut short."""

from __future__ import annotations

from typing import Final

_SIZES: Final = {
    **dict.fromkeys(b"ZNTF", 0),
    **dict.fromkeys(b"iUC", 1),
    **dict.fromkeys(b"I", 2),
    **dict.fromkeys(b"ld", 4),
    **dict.fromkeys(b"LD", 8),
}
"""Type → bytes of a value (UBJSON draft 12)."""
_INTEGERS: Final = b"iUIlL"
_OBJECT, _OBJECT_END, _ARRAY, _ARRAY_END = b"{}[]"
_TYPE, _COUNT, _STRING, _NUMBER = b"$#SH"


def is_whole(data: bytes) -> bool:
    """Whether a document ends with the last byte and not before, nor after.

    Examples
    --------
    >>> document = b"{i\\x01a[$d#i\\x01\\x00\\x00\\x00\\x00}"
    >>> is_whole(document), is_whole(document[:-3]), is_whole(document + b"}")
    (True, False, False)
    """
    try:
        return _end(data) == len(data)
    except (IndexError, ValueError):
        return False


def _end(data: bytes) -> int:
    """Return where the document ends; containers are kept on a list, so depth costs no recursion."""
    containers: list[tuple[int, int | None]] = []
    position = _start(data, 0, containers)
    while containers:
        marker, left = containers.pop()
        if left == 0:
            continue
        if left is None and data[position] == (_OBJECT_END if marker == _OBJECT else _ARRAY_END):
            position += 1
            continue
        containers.append((marker, None if left is None else left - 1))
        if marker == _OBJECT:
            position = _after_text(data, position)
        position = _start(data, position, containers)
    return position


def _start(data: bytes, position: int, containers: list[tuple[int, int | None]]) -> int:
    """Return the position behind a value, or behind the opening of a container.

    A container is put on the list, with the number of its values where it says that instead of an end.
    """
    marker = data[position]
    position += 1
    if marker in (_STRING, _NUMBER):
        return _after_text(data, position)
    if marker in _SIZES:
        return _within(data, position + _SIZES[marker])
    if marker not in (_OBJECT, _ARRAY):
        raise ValueError(f"no type of UBJSON: {marker}")
    if data[position] == _COUNT:
        count, position = _integer(data, position + 1)
        containers.append((marker, count))
        return position
    if data[position] != _TYPE:
        containers.append((marker, None))
        return position
    if marker == _OBJECT or data[position + 2] != _COUNT:
        raise ValueError("a container that XGBoost does not write")
    count, begin = _integer(data, position + 3)
    return _within(data, begin + count * _SIZES.get(data[position + 1], len(data)))


def _after_text(data: bytes, position: int) -> int:
    length, begin = _integer(data, position)
    return _within(data, begin + length)


def _integer(data: bytes, position: int) -> tuple[int, int]:
    """Return a length and the position behind it."""
    marker = data[position]
    if marker not in _INTEGERS:
        raise ValueError(f"no integer of UBJSON: {marker}")
    end = _within(data, position + 1 + _SIZES[marker])
    value = int.from_bytes(data[position + 1 : end], "big", signed=marker != _INTEGERS[1])
    if value < 0:
        raise ValueError("a length below 0")
    return value, end


def _within(data: bytes, position: int) -> int:
    if position > len(data):
        raise IndexError("beyond the end")
    return position
