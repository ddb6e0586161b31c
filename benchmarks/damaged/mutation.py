"""Damage as disks, networks and editors do it to a model file."""

import re

import numpy as np

_NUMBER = re.compile(rb"(?<=[ =,:\[])-?\d+(?=[ ,\n\]}])")


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Flip bits, cut, leave out or repeat a stretch, or write another number where one stands."""
    at = sorted(int(place) for place in rng.integers(1, len(data), 2))
    kind = rng.integers(5)
    if kind == 0:
        changed = bytearray(data)
        for place in rng.integers(0, len(data), 8):
            changed[place] ^= 1 << int(rng.integers(8))
        return bytes(changed)
    if kind == 1:
        return data[: at[0]]
    if kind == 2:
        return data[: at[0]] + data[at[1] :]
    if kind == 3:
        return data[: at[1]] + data[at[0] :]
    numbers = list(_NUMBER.finditer(data))
    if not numbers:
        return data[: at[0]]
    one = numbers[int(rng.integers(len(numbers)))]
    return data[: one.start()] + str(int(rng.choice([-1, -9, 7, 99999999]))).encode() + data[one.end() :]
