"""A card from text: nothing in it is run, nothing is imported by its names, and errors name the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from boostweights.adapters.form import Guarantee
from boostweights.card.lines import STEP, line_of, place
from boostweights.card.nesting import too_deep
from boostweights.card.policies import check_kind, code_of, policy_from, stated
from boostweights.card.review import Review
from boostweights.card.text import NATIVE, SCHEMA
from boostweights.errors import (
    BoostweightsError,
    InvalidTypeError,
    InvalidValueError,
    did_you_mean,
    shown,
)
from boostweights.lazy import needs
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.names import Weighting

if TYPE_CHECKING:
    from boostweights.card.schema import CardFile, Fields, PolicyTable

__all__ = ["MOST_BYTES", "as_fields", "located", "text_of"]

MOST_BYTES: Final = 1 << 20
_CONFLICT: Final = re.compile(r"^(<<<<<<<|>>>>>>>)")
_FIELD: Final = re.compile(r"unknown field `(.*)`")
_MISSING: Final = re.compile(r"missing required field `(.*)`")
_PATH: Final = re.compile(r"^(.*?)(?: - at `\$?\.?(.*)`)?$", re.DOTALL)


def text_of(path: str | PathLike[str]) -> str:
    """Return the text of a card's file, or raise.

    Raises
    ------
    InvalidValueError
        If there is no such file, it is too large, or not UTF-8.
    """
    file = Path(path)
    if not file.is_file():
        raise InvalidValueError("a path must lead to a card", shown(str(file)), "Check the path.")
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise _too_large(str(file), size)
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = broken.object[: broken.start].count(b"\n") + 1
        raise InvalidValueError(
            f"a card must be UTF-8 ({place(str(file), line)})",
            f"the byte {broken.object[broken.start]:#04x}",
            "Save it as UTF-8.",
        ) from broken


def as_fields(text: str, source: str) -> dict[str, Any]:
    """Return the arguments of `Card` that a text states, and its digest under ``"digest"``.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        What errors call the text: a path.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no card: the line, the rule, the value and the mend.
    MissingLibraryError
        If msgspec is not installed.
    """
    document = _parsed(text, source)
    _check_schema(document, text, source)
    file = _validated(document, text, source)
    with located(text, source, "policy.kind"):
        check_kind(file.policy.kind)
    with located(text, source, "policy.fields"):
        policy = _policy(file.policy, file.why.rationale, file.why.owner)
    if file.policy.code != code_of(policy):
        raise InvalidValueError(
            f"code must say what kind and fields say ({place(source, line_of(text, 'policy.code'))})",
            f"{shown(file.policy.code)} for {code_of(policy)}",
            "Change the policy and write the card again; people write only [why] and [review].",
        )
    with located(text, source, "data.classes"):
        weights = _weights(file, policy)
    with located(text, source, "review.state"):
        review = Review(state=file.review.state, reviewer=file.review.reviewer, date=file.review.date)
    native = file.native
    return {
        "policy": policy,
        "date": file.policy.date,
        "target": file.data.target,
        "affected": file.why.affected,
        "weights": weights,
        "labels": file.data.labels,
        "split": file.data.split,
        "versions": file.versions,
        "review": review,
        "digest": file.digest,
        **({} if native is None else _native(native, text, source)),
    }


def _parsed(text: str, source: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise InvalidTypeError("a card's text must be a str", shown(text), "Of a file, use Card.read.")
    if len(text) > MOST_BYTES:
        raise _too_large(source, len(text))
    for number, row in enumerate(text.split("\n"), start=1):
        if _CONFLICT.match(row):
            raise InvalidValueError(
                f"a card must be merged before it is read ({place(source, number)})",
                f"the conflict marker {shown(row[:40])}",
                "Choose one side, take the markers out, and write the card again if policies differ.",
            )
    deep = too_deep(text)
    if deep is not None:
        raise InvalidValueError(
            f"a card has no keys or values that nest so deep ({place(source, deep)})",
            "more than 32 levels",
            "Write it with Card.write.",
        )
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as broken:  # of numbers too long to read, a plain ValueError
        found = re.search(r"line (\d+)", str(broken))
        raise InvalidValueError(
            f"a card must be TOML ({place(source, int(found[1]) if found else None)})",
            shown(str(broken)),
            "Mend the line, or write the card again.",
        ) from broken


def _check_schema(document: Mapping[str, Any], text: str, source: str) -> None:
    schema = document.get("schema")
    where = place(source, line_of(text, "schema"))
    if schema is None:
        raise InvalidValueError(
            f"a card must say its schema ({source})",
            "no schema",
            f"Is it a card? Its first key is schema = {SCHEMA}.",
        )
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise InvalidTypeError(
            f"schema must be a number from 1 ({where})", shown(schema), "Write schema = 1."
        )
    if schema > SCHEMA:
        raise InvalidValueError(
            f"a card's schema must be known, up to {SCHEMA} ({where})",
            f"schema = {shown(schema)}, of a newer boostweights",
            "Upgrade: pip install --upgrade boostweights.",
        )


def _validated(document: Mapping[str, Any], text: str, source: str) -> CardFile:
    needs(["msgspec"], "reading a card", "card")
    import msgspec

    from boostweights.card.schema import validated

    try:
        return validated(document)
    except msgspec.ValidationError as broken:
        raise _invalid(str(broken), document, text, source) from broken


def _invalid(message: str, document: Mapping[str, Any], text: str, source: str) -> InvalidValueError:
    """Return msgspec's error with the line, the value and the mend."""
    parts = _PATH.match(message)
    rule, path = (parts[1], parts[2] or "") if parts else (message, "")
    unknown, missing = _FIELD.search(rule), _MISSING.search(rule)
    if unknown:
        key = unknown[1]
        where = place(source, line_of(text, f"{path}.{key}".lstrip(".")))
        return InvalidValueError(
            f"[{path}] of a card has no other keys than its own ({where})"
            if path
            else f"a card has no other keys than its own ({where})",
            shown(key),
            did_you_mean(key, _keys_at(path)),
        )
    where = place(source, line_of(text, path))
    if missing:
        return InvalidValueError(
            f"a card must say {missing[1]}{f' in [{path}]' if path else ''} ({where})",
            f"no {missing[1]}",
            "Add it, or write the card again.",
        )
    return InvalidValueError(
        f"{path or 'a card'} must be as a card has it: {rule[:1].lower()}{rule[1:]} ({where})",
        shown(_value_at(document, path)),
        "Mend the value, or write the card again.",
    )


def _keys_at(path: str) -> tuple[str, ...]:
    from boostweights.card.schema import tables

    return tables().get(re.sub(r"\[.*?\]", "", path), ())


def _value_at(document: Any, path: str) -> Any:
    for key, index in STEP.findall(path):
        if isinstance(document, Mapping) and key in document:
            document = document[key]
        elif isinstance(document, list) and index.isdigit() and int(index) < len(document):
            document = document[int(index)]
    return document


def _policy(table: PolicyTable, rationale: str, owner: str) -> Weighting:
    return stated(policy_from(table.kind, _set_fields(table.fields)), rationale, owner)


def _set_fields(fields: Fields) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = {}
    for name in fields.__struct_fields__:
        value = getattr(fields, name)
        if value is msgspec.UNSET:
            continue
        if name in ("weights", "prior"):
            value = _by_label([(each.label, each.value) for each in value], name)
        found[name] = value
    return found


def _weights(file: CardFile, policy: Weighting) -> ClassWeights:
    rows = file.data.classes
    counts = ClassCounts(_by_label([(row.label, row.count) for row in rows], "classes"))
    weights = {row.label: row.weight for row in rows}
    notes = policy.notes(counts) if isinstance(policy, Policy) else ()
    return ClassWeights(weights, counts=counts, notes=notes)


def _by_label(pairs: list[tuple[Any, Any]], name: str) -> dict[Any, Any]:
    by_label: dict[Any, Any] = {}
    for label, value in pairs:
        if label in by_label:
            raise InvalidValueError(f"{name} must name a label once", f"{label!r} twice", "Remove one.")
        by_label[label] = value
    return by_label


def _native(native: Any, text: str, source: str) -> dict[str, Any]:
    guarantees = [each.value for each in Guarantee]
    if native.guarantee not in guarantees:
        raise InvalidValueError(
            f"guarantee must be one of {guarantees} ({place(source, line_of(text, 'native.guarantee'))})",
            shown(native.guarantee),
            did_you_mean(native.guarantee, guarantees),
        )
    return {name: getattr(native, name) for name in NATIVE}


@contextmanager
def located(text: str, source: str, path: str | None = None) -> Iterator[None]:
    """Say where it is in errors of a card that is made of a text, or of the values at a path."""
    try:
        yield
    except BoostweightsError as broken:
        if path is None:
            path = "why.affected" if broken.rule.startswith("affected") else "native.library"
        else:
            path = f"{path}.{broken.rule.partition(' ')[0]}"
        where = place(source, line_of(text, path))
        raise type(broken)(f"{broken.rule} ({where})", broken.value, broken.mend) from broken


def _too_large(source: str, size: int) -> InvalidValueError:
    return InvalidValueError(
        f"a card must be smaller than {MOST_BYTES} bytes", f"{size} in {shown(source)}", "Is it a card?"
    )
