"""Queries that settle what a column leaves open, as the option to be added."""


def reading_dates(name: str, ways: str) -> str:
    """Return the option that reads dates in the first of several ways, as `as_times` names them.

    Examples
    --------
    >>> print(reading_dates("on", "%d/%m/%Y or %m/%d/%Y"))
    --sql "SELECT * REPLACE (strptime(\\"on\\", '%d/%m/%Y') AS \\"on\\") FROM data"
    """
    column, way = _quoted(name), ways.partition(" or ")[0]
    return f"--sql \"SELECT * REPLACE (strptime({column}, '{way}') AS {column}) FROM data\""


def leaving_out_missing(name: str) -> str:
    """Return the option that leaves out rows without a value.

    Examples
    --------
    >>> print(leaving_out_missing("on"))
    --sql "SELECT * FROM data WHERE \\"on\\" IS NOT NULL"
    """
    return f'--sql "SELECT * FROM data WHERE {_quoted(name)} IS NOT NULL"'


def _quoted(name: str) -> str:
    """Return a name as SQL quotes it, within the double quotes of a shell."""
    return '\\"' + name.replace('"', '\\"\\"') + '\\"'
