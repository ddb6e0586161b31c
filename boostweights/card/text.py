"""A card as text, written and read: TOML, of which nothing is run or imported; errors name the line."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from boostweights.card.content import ERRORS, LEARNED, NATIVE, SCHEMA, Content, without_none
from boostweights.card.policies import (
    RecordedPolicy,
    code_of,
    fields_of,
    kind_of,
    policy_recorded,
    stated,
)
from boostweights.errors import InvalidValueError, check_that, check_type, explained, placed, shown
from boostweights.lazy import needs
from boostweights.toml import converted, line_of, parsed, place, too_deep
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Policy, all_notes
from boostweights.weighting.policies.names import Policies, Weighting, kinds_with

MOST_BYTES = 1 << 20
_HEAD = f"""\
# boostweights card, schema {SCHEMA}: which class weights a model is trained with, and why.
# People write [why] and [review]. The rest is written by boostweights and guarded by the digest:
# to change it, change the policy and write the card again.

"""
_CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>).*", re.MULTILINE)
_ONE_LINE = re.compile(r"\r|^<<<<<<<|^>>>>>>>", re.MULTILINE)
"""Texts that stay on one line: tomli-w drops carriage returns; reading refuses git's markers."""
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that a reader of a diff would not see, or that reorder the text; tomli-w keeps them."""


def to_text(card: Content) -> str:
    """Return a card as TOML, in a fixed order of keys, so that a diff shows what changed."""
    needs(["tomli_w"], "writing a card", "card")
    import tomli_w

    classes = card.weights.classes
    why = {"rationale": card.rationale, "owner": card.owner}
    affected = dict(card.affected or dict.fromkeys(ERRORS if len(classes) == 2 else map(str, classes), ""))
    several_lines = not any(map(_ONE_LINE.search, [*why.values(), *affected.values()]))
    native = {
        name: getattr(card, name) for name in (*NATIVE, *LEARNED) if name in NATIVE or getattr(card, name)
    }
    weights = card.weights.class_weight
    counted = [
        {"label": label, "count": card.weights.counts[label], "weight": weights[label]} for label in weights
    ]
    others = {
        "policy": {
            "code": code_of(card.policy),
            "kind": kind_of(card.policy),
            "date": card.date,
            "fields": {name: _tables(value) for name, value in fields_of(card.policy).items()},
        },
        "data": {"target": card.target, "labels": card.labels, "split": card.split, "classes": counted},
        **({"native": native} if card.library else {}),
        **({"promise": without_none(asdict(card.promise))} if card.promise is not None else {}),
        "versions": dict(card.versions),
        "review": without_none(asdict(card.review)),
    }
    first = {"schema": SCHEMA, "digest": card.digest, "why": why}
    blocks = [
        tomli_w.dumps(first, multiline_strings=several_lines),
        "\n# who is affected by each kind of error\n",
        tomli_w.dumps({"why": {"affected": affected}}, multiline_strings=several_lines),
        "\n",
        tomli_w.dumps(others),
    ]
    text = _HEAD + _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", "".join(blocks))
    with explained((UnicodeEncodeError,), "a card must be text that UTF-8 can hold", "Remove surrogates."):
        text.encode()
    return text


def _tables(value: Any) -> Any:
    """Return a field of a policy, with its pairs of label and value as tables."""
    if isinstance(value, list) and all(isinstance(pair, tuple) for pair in value):
        return [dict(zip(("label", "value"), pair, strict=True)) for pair in value]
    return value


def as_fields(text: str, source: str, policies: Policies = ()) -> dict[str, Any]:
    """Return the arguments of `Card` that a text states, and its digest under ``"digest"``.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        The name of the text in errors: a path.
    policies : sequence of type
        The reader's own classes.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no card: the line, the rule, the value and the remedy.
    MissingLibraryError
        If msgspec is not installed.
    """
    document = _parsed(text, source)
    needs(["msgspec"], "reading a card", "card")
    from msgspec.structs import asdict

    from boostweights.card.schema import CardFile

    file = converted(document, CardFile, "a card", text=text, source=source)
    data = asdict(file.data)
    rows = data.pop("classes")
    table = file.policy
    policy_fields = {name: _pairs(value) for name, value in table.fields.items()}
    policy: Weighting
    with placed(f"in {source}"):
        if table.kind in kinds_with(policies):
            policy = policy_recorded(table.kind, policy_fields, policies)
        else:
            policy = RecordedPolicy(kind=table.kind, code=table.code, fields=policy_fields)
        policy = stated(policy, file.why.rationale, file.why.owner)
        check_that(
            table.code == code_of(policy),
            "code must say what kind and fields say",
            f"{shown(table.code)} for {code_of(policy)}",
            "Change the policy and write the card again; people write only [why] and [review].",
        )
        counts = ClassCounts({row.label: row.count for row in rows})
        check_that(len(counts) == len(rows), "classes must name a label once", counts, "Remove one.")
        weights = ClassWeights(
            {row.label: row.weight for row in rows},
            counts=counts,
            notes=all_notes(policy, counts) if isinstance(policy, Policy) else (),
            exact=bool(getattr(policy, "exact", False)),
        )
    return {
        **data,
        **({} if file.native is None else asdict(file.native)),
        "policy": policy,
        "date": table.date,
        "affected": file.why.affected,
        "weights": weights,
        "versions": file.versions,
        "review": file.review,
        "digest": file.digest,
        "promise": file.promise,
    }


def _parsed(text: str, source: str) -> dict[str, Any]:
    check_type(text, str, "a card's text must be a str", "Of a file, use Card.read.")
    rule = f"a card must be smaller than {MOST_BYTES} bytes"
    check_that(len(text) <= MOST_BYTES, rule, f"{len(text)} in {shown(source)}", "Is it a card?")
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = text.count("\n", 0, conflict.start()) + 1
        rule, remedy = f"a card must be merged before it is read ({place(source, line)})", "Choose one side."
        raise InvalidValueError(rule, f"the conflict marker {conflict[0]!r}", remedy)
    deep = too_deep(text)
    rule = f"a card has no keys that nest so deep ({place(source, deep)})"
    check_that(deep is None, rule, "more than 1000 parts", "Write it with Card.write.")
    document = parsed(text, "a card", source)
    schema = document.get("schema")
    rule = f"a card must have schema = {SCHEMA} ({place(source, line_of(text, 'schema'))})"
    remedy = "Is it a card? Of a newer boostweights: pip install --upgrade boostweights."
    check_that(schema == SCHEMA, rule, f"schema = {shown(schema)}", remedy)
    return document


def _pairs(value: Any) -> Any:
    """Return a list of tables of label and value as pairs, as `fields_of` has a mapping."""
    is_mapping = isinstance(value, list) and all(
        isinstance(row, dict) and row.keys() == {"label", "value"} for row in value
    )
    return [(row["label"], row["value"]) for row in value] if is_mapping and value else value
