"""A card as text: TOML in a fixed order of keys, a class a line, so that a diff shows what changed."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from boostweights.card.content import ERRORS, LEARNED, NATIVE, SCHEMA, Content
from boostweights.card.policies import code_of, fields_of, kind_of

_HEAD: Final = f"""\
# boostweights card, schema {SCHEMA}: which class weights a model is trained with, and why.
# People write [why] and [review]. The rest is written by boostweights and guarded by the digest:
# to change it, change the policy and write the card again.
"""
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_CONFLICT: Final = re.compile(r"^(<<<<<<<|>>>>>>>)", re.MULTILINE)
_UNSEEN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters and those that reorder text: what a reader of a diff would not see."""


def to_text(card: Content) -> str:
    """Return a card as TOML."""
    return "\n".join([_HEAD, *_lines(card)])


def _lines(card: Content) -> Iterator[str]:
    yield from _keys({"schema": SCHEMA, "digest": card.digest})
    yield from _table("why", {"rationale": card.rationale, "owner": card.owner})
    yield "# who is affected by each kind of error"
    errors = ERRORS if len(card.weights.classes) == 2 else map(str, card.weights.classes)
    yield from _table("why.affected", card.affected or dict.fromkeys(errors, ""))
    policy = {"code": code_of(card.policy), "kind": kind_of(card.policy), "date": card.date}
    yield from _table("policy", policy)
    yield from _table("policy.fields", fields_of(card.policy))
    classes = [
        {"label": label, "count": card.weights.counts[label], "weight": weight}
        for label, weight in card.weights.class_weight.items()
    ]
    data = {name: getattr(card, name) for name in ("target", "labels", "split")}
    yield from _table("data", {**data, "classes": classes})
    if card.library:
        learned = {name: text for name in LEARNED if (text := getattr(card, name))}
        yield from _table("native", {name: getattr(card, name) for name in NATIVE} | learned)
    if card.promise is not None:
        yield from _table("promise", card.promise_table())
    yield from _table("versions", card.versions)
    review = {"state": card.review.state, "reviewer": card.review.reviewer, "date": card.review.date}
    yield from _table("review", {name: value for name, value in review.items() if value is not None})


def _table(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{name}]"
    yield from _keys(values)


def _keys(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, list):
            yield from _list(key, value)
        elif isinstance(value, str) and "\n" in value and not _CONFLICT.search(value):
            yield f"{_key(key)} = {_paragraph(value)}"
        else:
            yield f"{_key(key)} = {_value(value)}"
    yield ""


def _list(key: str, values: list[Any]) -> Iterator[str]:
    """A list: tables, (label, value) and rows of a matrix a line each, others on one line."""
    if values and isinstance(values[0], (dict, tuple, list)):
        yield f"{key} = ["
        yield from (f"    {_value(row)}," for row in values)
        yield "]"
    else:
        yield f"{key} = {_value(values)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple):
        value = dict(zip(("label", "value"), value, strict=True))
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return repr(value)


def _quoted(text: str) -> str:
    """A string on one line; JSON's escapes are TOML's, characters beyond ASCII stay readable."""
    return _escaped(json.dumps(text, ensure_ascii=False))


def _paragraph(text: str) -> str:
    """A string of several lines as several lines."""
    inner = "\n".join(json.dumps(line, ensure_ascii=False)[1:-1] for line in text.split("\n"))
    if '"""' not in text and not text.endswith('"'):
        inner = inner.replace('\\"', '"')
    return f'"""\n{_escaped(inner)}"""'


def _escaped(text: str) -> str:
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
