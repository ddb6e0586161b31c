"""A card from text: nothing in it is run, nothing is imported by its names, and errors name the line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from boostweights.adapters.form import Guarantee
from boostweights.card.content import LEARNED, NATIVE, SCHEMA
from boostweights.card.policies import RecordedPolicy, code_of, policy_recorded, stated
from boostweights.card.promised import promise_from
from boostweights.card.review import Review
from boostweights.errors import (
    BoostweightsError,
    InvalidTypeError,
    InvalidValueError,
    check_known,
    check_that,
    check_type,
    shown,
)
from boostweights.lazy import needs
from boostweights.toml import converted, line_of, parsed, place, too_deep
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Policy, all_notes
from boostweights.weighting.policies.names import KINDS, Policies, Weighting, kinds_with

if TYPE_CHECKING:
    from boostweights.card.schema import CardFile


MOST_BYTES: Final = 1 << 20
_CONFLICT: Final = re.compile(r"^(<<<<<<<|>>>>>>>)")


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
        rule, mend = f"a card must be UTF-8 ({place(str(file), line)})", "Save it as UTF-8."
        raise InvalidValueError(rule, f"the byte {broken.object[broken.start]:#04x}", mend) from broken


def as_fields(text: str, source: str, policies: Policies = ()) -> dict[str, Any]:
    """Return the arguments of `Card` that a text states, and its digest under ``"digest"``.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        What errors call the text: a path.
    policies : sequence of type
        The reader's own classes.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no card: the line, the rule, the value and the mend.
    MissingLibraryError
        If msgspec is not installed.
    """
    document = _parsed(text, source)
    _check_schema(document, text, source)
    needs(["msgspec"], "reading a card", "card")
    from boostweights.card.schema import CardFile

    file = converted(document, CardFile, "a card", text=text, source=source)
    policy = _policy(file, policies, text, source)
    with located(text, source, "data.classes"):
        weights = _weights(file, policy)
    with located(text, source, "review.state"):
        review = Review(state=file.review.state, reviewer=file.review.reviewer, date=file.review.date)
    native = file.native
    return {
        "policy": policy,
        "date": file.policy.date,
        **{name: getattr(file.data, name) for name in ("target", "labels", "split")},
        "affected": file.why.affected,
        "weights": weights,
        "versions": file.versions,
        "review": review,
        "digest": file.digest,
        "promise": None if file.promise is None else promise_from(file.promise),
        **({} if native is None else _native(native, text, source)),
    }


def check_recorded(policy: Weighting, policies: Policies, text: str, source: str) -> None:
    """Raise where a card that was changed by hand has a kind that nobody's class has, or a mistyped one."""
    known = kinds_with(policies)
    if isinstance(policy, RecordedPolicy) and (
        not policy.kind.isidentifier() or get_close_matches(policy.kind, known, n=1)
    ):
        with located(text, source, "policy.kind"):
            check_known(policy.kind, known, "the kind of a policy must be known")


def _parsed(text: str, source: str) -> dict[str, Any]:
    check_type(text, str, "a card's text must be a str", "Of a file, use Card.read.")
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
        rule = f"a card has no keys or values that nest so deep ({place(source, deep)})"
        raise InvalidValueError(rule, "more than 32 levels", "Write it with Card.write.")
    return parsed(text, "a card", source)


def _check_schema(document: Mapping[str, Any], text: str, source: str) -> None:
    schema = document.get("schema")
    where = place(source, line_of(text, "schema"))
    if schema is None:
        rule = f"a card must say its schema ({source})"
        raise InvalidValueError(rule, "no schema", f"Is it a card? Its first key is schema = {SCHEMA}.")
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


def _policy(file: CardFile, policies: Policies, text: str, source: str) -> Weighting:
    """Return the policy, or what is recorded of one whose class is not at hand."""
    from boostweights.card.schema import Fields

    table = file.policy
    known = kinds_with(policies)
    fields = {name: _pairs(value) for name, value in table.fields.items()}
    policy: Weighting
    with located(text, source, "policy.fields"):
        if table.kind in KINDS:
            converted(table.fields, Fields, "a card", text=text, source=source, at="policy.fields")
        if table.kind in known:
            policy = policy_recorded(table.kind, fields, policies)
        else:
            policy = RecordedPolicy(kind=table.kind, code=table.code, fields=fields)
    policy = stated(policy, file.why.rationale, file.why.owner)
    check_that(
        table.code == code_of(policy),
        f"code must say what kind and fields say ({place(source, line_of(text, 'policy.code'))})",
        f"{shown(table.code)} for {code_of(policy)}",
        "Change the policy and write the card again; people write only [why] and [review].",
    )
    return policy


def _pairs(value: Any) -> Any:
    """Return a list of tables of label and value as pairs, as `fields_of` has a mapping."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return [(each.get("label"), each.get("value")) for each in value]
    return value


def _weights(file: CardFile, policy: Weighting) -> ClassWeights:
    rows = file.data.classes
    counts = ClassCounts(_by_label([(row.label, row.count) for row in rows], "classes"))
    weights = {row.label: row.weight for row in rows}
    notes = all_notes(policy, counts) if isinstance(policy, Policy) else ()
    exact = bool(getattr(policy, "exact", False))
    return ClassWeights(weights, counts=counts, notes=notes, exact=exact)


def _by_label(pairs: list[tuple[Any, Any]], name: str) -> dict[Any, Any]:
    by_label: dict[Any, Any] = {}
    for label, value in pairs:
        if label in by_label:
            raise InvalidValueError(f"{name} must name a label once", f"{label!r} twice", "Remove one.")
        by_label[label] = value
    return by_label


def _native(native: Any, text: str, source: str) -> dict[str, Any]:
    guarantees = [each.value for each in Guarantee]
    where = place(source, line_of(text, "native.guarantee"))
    check_known(native.guarantee, guarantees, f"guarantee must be one of {guarantees} ({where})")
    return {name: getattr(native, name) for name in (*NATIVE, *LEARNED)}


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
