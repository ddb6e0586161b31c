"""Reading claims from TOML; a key that no claim has is an error that names the nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.claims.judge import TESTS
from boostweights.errors import InvalidValueError, check_known, shown
from boostweights.toml import converted, parsed, read_text

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "signed_rank": ("b", "expect"),
    "not_always_best": ("others",),
    "spread_by_positives": ("b", "cuts"),
    "start_policy": ("others", "cuts"),
}


def load_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """Return the claims that come with the package, or those in a TOML file.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the file is unreadable or does not say what a claim must say.

    Examples
    --------
    >>> load_claims()[0].sentence
    'Balanced weights raise recall.'
    """
    if path is None:
        shipped = resources.files("boostweights.benchmark.claims") / "claims.toml"
        return parse_claims(shipped.read_text(encoding="utf-8"), source="claims.toml")
    return parse_claims(read_text(path, "a file of claims"), source=str(path))


def parse_claims(text: str, *, source: str = "claims") -> tuple[Claim, ...]:
    """Return the claims of a TOML text: tables ``[[claim]]``.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no TOML, a key is unknown, absent or of another type, or an id is there twice.
    """
    what = "a file of claims"
    found = converted(parsed(text, what, source), _File, what, text=text, source=source)
    for claim in found.claim:
        _check(claim, f"claim {claim.id} of {source}")
    ids = [claim.id for claim in found.claim]
    if again := [name for name in ids if ids.count(name) > 1]:
        rule = f"ids in {source} must differ"
        raise InvalidValueError(rule, shown(again[0]), "Give each claim an id of its own.")
    return found.claim


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    claim: Annotated[tuple[Claim, ...], Meta(min_length=1)]


def _check(claim: Claim, where: str) -> None:
    check_known(claim.test, TESTS, f"test of {where} must be known")
    for key in _NEEDED[claim.test]:
        if not getattr(claim, key):
            rule = f"{where} must say {', '.join(_NEEDED[claim.test])}"
            raise InvalidValueError(rule, f"no {key}", f"Add `{key} = …`.")
    if claim.absolute and claim.expect != "same":
        rule = f"{where} can only expect sizes of differences to stay the same"
        raise InvalidValueError(rule, shown(claim.expect), 'Write expect = "same".')
