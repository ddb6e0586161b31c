"""The encoding of a text file: by its byte order mark, else UTF-8, else cp1252; or as its user says."""

import codecs
from encodings.aliases import aliases
from pathlib import Path
from typing import Final

from boostweights.errors import InvalidValueError, did_you_mean, shown

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
    if name is not None:
        return _checked(_by(content, path, name), path, content), _known(name)
    try:
        return _checked(content.decode("utf-8"), path, content), "utf-8"
    except UnicodeDecodeError as other:
        line = content.count(b"\n", 0, other.start) + 1
    _check_not_damaged(content, path, line)
    return _checked(_by(content, path, _WESTERN), path, content), _WESTERN


def _by(content: bytes, path: Path, name: str) -> str:
    try:
        return content.decode(_known(name))
    except UnicodeError as broken:
        start = getattr(broken, "start", 0)
        line = content.count(b"\n", 0, start) + 1
        another = "Name another --encoding, or save it as UTF-8."
        mend = "Add --encoding latin-1, or what it is." if name == _WESTERN else another
        raise InvalidValueError(
            f"a text file must be text in its encoding, here {name}",
            f"{path}: another byte in line {line}",
            mend,
        ) from broken


def _known(name: str) -> str:
    """Return the usual name of an encoding of text."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        found = None
    if found is None or not found._is_text_encoding:
        raise InvalidValueError(
            "--encoding must name an encoding", shown(name), did_you_mean(name, [*aliases, *aliases.values()])
        )
    return found.name


def _check_not_damaged(content: bytes, path: Path, line: int) -> None:
    """Raise where the text is UTF-8 but for some bytes: read as cp1252, its letters would be others."""
    text = content.decode("utf-8", errors="replace")
    lost = text.count(_LOST)
    letters = len(text) - len(text.encode("ascii", errors="ignore")) - lost
    if letters > lost:
        raise InvalidValueError(
            "a text file must be in one encoding",
            f"{path}, UTF-8 but for {lost} bytes, the first in line {line}",
            f"Correct that line, or add --encoding {_WESTERN} to read every letter as that.",
        )


def _checked(text: str, path: Path, content: bytes) -> str:
    if "\0" not in text:
        return text
    line = text.count("\n", 0, text.index("\0")) + 1
    half = len(content) // 4  # zero bytes of UTF-16 are at every second place
    wide = next(
        (f"utf-16-{end}" for end, at in (("le", 1), ("be", 0)) if content[at::2].count(0) > half), None
    )
    raise InvalidValueError(
        "a text file must hold no zero bytes",
        f"{path}: a zero byte in line {line}",
        f"Add --encoding {wide}." if wide else "Correct that line, or save it as UTF-8.",
    )
