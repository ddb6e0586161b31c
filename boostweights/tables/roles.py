"""What the columns of a user's table are, and how its file is read so that they are."""

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from boostweights.errors import Problems, check_keys, check_known, check_that
from boostweights.tables.features import named
from boostweights.tables.reading import Dates, Reading

Cost = float | str
"""A number, or the name of a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which columns are not plain features, by name.

    Attributes
    ----------
    target : str
        The labels.
    positive : str or None
        The label that recall and precision are about; by default 1 or true, or else the rarer one.
    group : str or None
        Rows equal in it are kept together. It is no feature.
    time : str or None
        Models learn from rows that are earlier in it than those they are tested on. It is no feature.
    costs : (fn, fp) or None
        What a missed positive and a false alarm cost, where one of them is the name of a column: each row
        then has its own costs, and is decided by them. Such a column is a feature, too, unless it is dropped:
        a decision needs its value, so that it is known when one predicts.
    drop : tuple of str
        Left out; a text that is no name may be several, with commas between.
    key : tuple of str
        Left out, since they name rows; as `drop`.
    categorical : tuple of str
        Categories, whatever their type; as `drop`.
    dates : {"features", "drop", "refuse"}
        What becomes of columns of dates, as `TablePreparation` has it.
    many_classes : bool
        Whether the target may have more than 20 classes, or more than 10 that are whole numbers.
    drop_missing_target : bool
        Whether rows without a label are left out although `strict` holds.
    strict : bool
        Whether nothing is guessed: without it, the rarer of two labels is the positive one, columns that look
        like identifiers are left out, and rows without a label as well.
    """

    target: str
    positive: str | None = None
    group: str | None = None
    time: str | None = None
    costs: tuple[Cost, Cost] | None = None
    drop: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    dates: Dates = "features"
    many_classes: bool = False
    drop_missing_target: bool = False
    strict: bool = False


def kept_as_text(reading: Reading, roles: Roles) -> Reading:
    """Return how to read a file so that labels and categories stay the texts that they are."""
    parts = [part.strip() for name in roles.categorical for part in name.split(",")]
    return replace(reading, as_text=(roles.target, *roles.categorical, *parts))


def checked_roles(rows: pa.Table, roles: Roles, problems: Problems) -> Roles:
    """Return the roles with names apart; collect those that are absent or have another role, without them."""
    present = rows.column_names
    repeated = [f"{name!r} more than once" for name in present if present.count(name) > 1]
    rule = "every column must have a name of its own"
    check_that(not repeated, rule, "".join(repeated[:1]), "Rename one of them.")
    check_that(rows.num_rows > 0, "a table must have rows", "a header alone", "Check its source.")
    costs = None
    with problems:
        prices = [cost for cost in roles.costs or () if isinstance(cost, str)]
        others = [column for column in present if column != roles.target]
        check_keys(prices, others, "--fn and --fp must be numbers, or name columns of numbers")
        costs = roles.costs
    options = {roles.target: "--target"}
    valid: dict[str, Any] = {"costs": costs}
    for role in ("group", "time", "drop", "key", "categorical"):
        asked = getattr(roles, role)
        names = [asked] if isinstance(asked, str) else named(asked or (), present)
        kept = []
        for name in names:
            with problems:
                check_known(name, present, f"--{role} must name a column")
                both = f"{name!r} as {options.get(name)} and --{role}"
                check_that(name not in options, "a column must have one role", both, "Remove one.")
                options[name] = f"--{role}"
                kept.append(name)
        valid[role] = next(iter(kept), None) if role in ("group", "time") else tuple(kept)
    return replace(roles, **valid)
