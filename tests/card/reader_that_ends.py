"""Functions that end the process that calls them, for tests of reading in a child process."""

import os
import signal
import sys
import time


def kill(path: str) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(path: str) -> None:
    print("a last word", file=sys.stderr)
    os._exit(3)


def sleep(path: str) -> None:
    time.sleep(60)


def grow(path: str) -> int:
    return len(bytearray(64 * 2**30))
