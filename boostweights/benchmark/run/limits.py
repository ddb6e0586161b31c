"""Limits on a worker's process: memory, and time where nobody outside looks at the clock.

A limit of the operating system (RLIMIT_AS) counts address space, of which threads and allocators reserve far
more than they use. So a thread looks at the memory in use, and ends the process when it is too much.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psutil

TOO_LARGE: Final = 77
"""The exit code of a process that needs too much memory."""

TOO_LATE: Final = 78
"""The exit code of a process that needs too long."""

_SECONDS: Final = 0.05


@contextmanager
def limited(megabytes: int, seconds: float = float("inf")) -> Iterator[None]:
    """End this process if meanwhile it uses more megabytes (libraries and data included) or seconds."""
    done = threading.Event()
    end = time.monotonic() + seconds
    watcher = threading.Thread(target=_watch, args=(done, megabytes * 1_000_000, end), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(done: threading.Event, most: int, end: float) -> None:
    process = psutil.Process()
    while not done.wait(_SECONDS):
        if process.memory_info().rss > most:
            os._exit(TOO_LARGE)
        if time.monotonic() > end:
            os._exit(TOO_LATE)
