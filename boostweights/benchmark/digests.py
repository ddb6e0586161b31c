"""The digests of a run's files: a figure that changed on a disk or in a copy is an error, never reported.

``SHA256SUMS`` in the run's folder lists them, in the format of ``sha256sum``, which checks them too.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from boostweights.errors import InvalidValueError, explained
from boostweights.files import write_atomically

DIGESTS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})(?: [ *])(\S+)")
_RULE = "a file of a run must be as it was written"
_REMEDY = "Run the suite, or its report, again, or copy the run again."


def write_files(directory: Path, files: Iterable[tuple[str, bytes | None]]) -> None:
    """Write files of a run and list their digests; other files keep theirs.

    Parameters
    ----------
    directory : Path
        The run's; made if it does not exist.
    files : iterable of (str, bytes or None)
        The name and the content of each file; a file without content is removed.

    Raises
    ------
    InvalidValueError
        If the list of digests is damaged.
    StoreError
        If there is no space left.
    """
    digests = _digests(directory)
    for name, content in files:
        digests.pop(name, None)
        if content is None:
            (directory / name).unlink(missing_ok=True)
            continue
        write_atomically(directory / name, content)
        digests[name] = _sha256(content)
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    write_atomically(directory / DIGESTS, lines.encode())


def read_file(directory: Path, name: str) -> bytes | None:
    """Return the content of a run's file; None if it was never written.

    Raises
    ------
    InvalidValueError
        If the file differs from its digest, has none, cannot be read, or is missing though it has one.
    """
    path, digest = directory / name, _digests(directory).get(name)
    if not path.is_file():
        if digest is None:
            return None
        raise InvalidValueError(_RULE, f"{path}, which is missing", _REMEDY)
    with explained((OSError,), _RULE, _REMEDY, str(path)):
        content = path.read_bytes()
    if digest is None:
        trusted = f"If you trust it, call in this folder: sha256sum {name} >> {DIGESTS}"
        raise InvalidValueError(_RULE, f"{path}, which {DIGESTS} does not list", f"{_REMEDY} {trusted}")
    if digest != _sha256(content):
        raise InvalidValueError(_RULE, f"{path}, which differs from its digest in {DIGESTS}", _REMEDY)
    return content


def _digests(directory: Path) -> dict[str, str]:
    """Return the digest of each file that is listed."""
    path = directory / DIGESTS
    if not path.is_file():
        return {}
    rule = "each line of a run's digests must be a SHA-256 and a file's name"
    mend = f"Delete it. {_REMEDY}"
    with explained((OSError, ValueError), rule, mend, str(path)):
        lines = path.read_text(encoding="utf-8").splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    if None in matches:
        raise InvalidValueError(rule, f"{path}, line {matches.index(None) + 1}", mend)
    return {match[2]: match[1] for match in matches if match is not None}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
