"""Writing a file so that nobody ever sees a part of it; folders for a while.

The package atomicwrites, which did this, is archived by its author, who points to `os.replace`.
"""

import os
import shutil
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from boostweights.errors import BoostweightsError


class StoreError(BoostweightsError, OSError):
    """A file that can be neither read nor written, and why; what was stored before stays."""


_TEMPORARY = ".boostweights-tmp"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name in the same folder and move it to its place in one step.

    A file that exists keeps its mode. A symbolic link stays, and the file that it points to is written. A
    device or a named pipe is not replaced by a file: the content is written into it.

    Parameters
    ----------
    path : Path
        Where; directories are made.
    content : bytes
        What.

    Raises
    ------
    StoreError
        If there is no space left, or the place may not be written to; what was there before stays.
    """
    try:
        _write(path, content)
    except OSError as failed:
        raise StoreError(
            "a file must find a place that has space and may be written to",
            f"{path}: {failed.strerror}",
            "Make room, or choose another place, and call the same command again.",
        ) from failed


def _write(path: Path, content: bytes) -> None:
    target = Path(os.path.realpath(path))
    if path.exists() and not target.is_file():  # a device, also by way of a link such as /dev/stdout
        with path.open("wb") as stream:
            stream.write(content)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(target.parent) as folder:
        partial = folder / target.name
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(partial, target)


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder that is removed at the end, and remove those beside it whose processes were killed.

    A process locks its folder, and loses the lock when it ends, however it does. Where there are no locks,
    on Windows and some network disks, what a killed process leaves stays.

    Parameters
    ----------
    parent : Path, optional
        Where; without it, where the system has its temporary files.
    """
    parent = Path(tempfile.gettempdir() if parent is None else parent)
    for left in parent.glob(f"*{_TEMPORARY}"):
        with suppress(OSError), _locked(left):
            shutil.rmtree(left)
    with ExitStack() as held:
        folder = _new_folder(parent, held)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def removed_at_sigterm(folder: Path) -> Iterator[None]:
    """Remove a folder if the process is asked to end meanwhile, and let it end.

    Only where nobody else handles the signal, and in the main thread, where Python handles it.
    """
    unhandled = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not unhandled or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _new_folder(parent: Path, held: ExitStack) -> Path:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=".", suffix=_TEMPORARY, dir=parent))
        try:
            held.enter_context(_locked(folder))
        except (FileNotFoundError, BlockingIOError):
            continue  # taken for one that was left, before it was locked
        except OSError:
            return folder  # no locks here
        if folder.exists():
            return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        import fcntl  # not on Windows, which opens no folder

        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
