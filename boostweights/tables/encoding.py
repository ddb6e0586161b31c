"""The encoding of a text file: by its byte order mark, else UTF-8, else cp1252; or as its user says."""

import codecs
from contextlib import suppress
from encodings.aliases import aliases
from pathlib import Path
from typing import Final

from boostweights.errors import InvalidValueError, check_that, did_you_mean, shown

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN: Final = "cp1252"
_LOST: Final = "\N{REPLACEMENT CHARACTER}"


def decoded(content: bytes, path: Path, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file and the encoding that it was read by.

    Parameters
    ----------
    content : bytes
        The file's.
    path : Path
        Its name, for errors.
    encoding : str, optional
        As its user says; without it a byte order mark says it, or else it is UTF-8 where all of it is that,
        or else cp1252, which holds Latin-1's letters.

    Raises
    ------
    InvalidValueError
        If it is no text, or most of its letters are those of another encoding; the option that settles it is
        named.

    Examples
    --------
    >>> decoded("naïve".encode("latin-1"), Path("a.csv"))
    ('naïve', 'cp1252')
    >>> decoded("naïve".encode("utf-16"), Path("a.csv"))
    ('naïve', 'utf-16')
    """
    name = encoding or next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if name is None:
        try:
            content.decode("utf-8")
            name = "utf-8"
        except UnicodeDecodeError as broken:
            _check_not_damaged(content, path, _line(content, broken))
            name = _WESTERN
    try:
        text = content.decode(_known(name))
    except UnicodeError as broken:
        another = "Name another --encoding, or save it as UTF-8."
        raise InvalidValueError(
            f"a text file must be text in its encoding, here {name}",
            f"{path}: another byte in line {_line(content, broken)}",
            "Add --encoding latin-1, or what it is." if name == _WESTERN else another,
        ) from broken
    if "\0" in text:
        half = len(content) // 4  # zero bytes of UTF-16 are at every second place
        wide = [end for end, at in (("le", 1), ("be", 0)) if content[at::2].count(0) > half]
        raise InvalidValueError(
            "a text file must hold no zero bytes",
            f"{path}: a zero byte in line {text.count(chr(10), 0, text.index(chr(0))) + 1}",
            f"Add --encoding utf-16-{wide[0]}." if wide else "Correct that line, or save it as UTF-8.",
        )
    return text, _known(name)


def _line(content: bytes, broken: UnicodeError) -> int:
    """Return the line of the first byte that is no text, counted from 1."""
    return content.count(b"\n", 0, getattr(broken, "start", 0)) + 1


def _known(name: str) -> str:
    """Return the usual name of an encoding of text."""
    with suppress(LookupError, ValueError):
        codec = codecs.lookup(name)
        if codec._is_text_encoding:
            return codec.name
    near = did_you_mean(name, [*aliases, *aliases.values()])
    raise InvalidValueError("--encoding must name an encoding", shown(name), near)


def _check_not_damaged(content: bytes, path: Path, line: int) -> None:
    """Raise where the text is UTF-8 but for some bytes: read as cp1252, its letters would be others."""
    text = content.decode("utf-8", errors="replace")
    lost = text.count(_LOST)
    letters = len(text) - len(text.encode("ascii", errors="ignore")) - lost
    check_that(
        letters <= lost,
        "a text file must be in one encoding",
        f"{path}, UTF-8 but for {lost} bytes, the first in line {line}",
        f"Correct that line, or add --encoding {_WESTERN} to read every letter as that.",
    )
