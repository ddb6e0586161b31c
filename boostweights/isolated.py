"""Reading files that may end the process that reads them: in a child process, which answers in JSON."""

import json
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from boostweights import errors
from boostweights.errors import BoostweightsError, InvalidValueError, shown

SECONDS = 120.0
BYTES = 16 * 2**30
"""What a child may map at most; libraries alone map some of it."""

_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); import boostweights; sys.path.append(sys.path.pop(0)); "
    "from boostweights.isolated import answer; answer()"
)
"""The child runs this very package, wherever another one is installed; all else it finds as usual."""


def in_child(function: str, path: Path, **arguments: Any) -> Any:
    """Return what a function of ours makes of a file, called in another process within limits.

    Parameters
    ----------
    function : str
        ``"module:name"``; it takes the path as text, and returns a JSON value.
    path : Path
        The file.
    **arguments : object
        Its other arguments, as JSON values.

    Raises
    ------
    BoostweightsError
        What the function raises; or InvalidValueError, if the process ends otherwise.

    Examples
    --------
    >>> in_child("boostweights.card.model:text_in_file", Path("no-such-model"))
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a path must lead to a saved model; got ...
    """
    root = str(Path(__file__).parents[1])
    request = json.dumps([function, str(path), arguments])
    # not multiprocessing, which would run the caller's script again
    command = [sys.executable, "-I", "-c", _CODE, root]
    try:
        done = subprocess.run(
            command, input=request.encode(), capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise _ended(path, f"takes more than {SECONDS:.0f} s") from late
    if done.returncode < 0:
        raise _ended(path, f"ends the process by {signal.Signals(-done.returncode).name}")
    try:
        value, raised = json.loads(done.stdout.rpartition(b"\n")[2])
    except (ValueError, TypeError) as nothing:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        how = f"ends the process with exit code {done.returncode}: {' '.join(last.split())}"
        raise _ended(path, how) from nothing
    if raised is not None:
        kind, *parts = raised
        raise getattr(errors, kind)(*parts)
    return value


def answer() -> None:
    """Call what standard input asks for, and print its value or its error as the last line."""
    _limit()
    name, path, arguments = json.load(sys.stdin)
    module, _, attribute = name.partition(":")
    try:
        reply = [getattr(import_module(module), attribute)(path, **arguments), None]
    except BoostweightsError as error:
        kind = next(base.__name__ for base in type(error).__mro__ if hasattr(errors, base.__name__))
        reply = [None, [kind, error.rule, error.value, error.mend]]
    print(f"\n{json.dumps(reply)}", end="", flush=True)


def _limit() -> None:
    try:
        import resource
    except ModuleNotFoundError:  # on Windows, where the time limit holds alone
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = BYTES if hard == resource.RLIM_INFINITY else min(BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _ended(path: Path, how: str) -> InvalidValueError:
    rule = "a model file must be one that its library can read"
    return InvalidValueError(rule, f"{shown(str(path))}: reading it {how}", "Save it again.")
