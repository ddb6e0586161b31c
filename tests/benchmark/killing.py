"""Runs a plan again and again, each time in a process that kills itself with SIGKILL at a chosen moment.

A program, not a module of tests: python killing.py DATA SUITE_PICKLE STORE, kills as JSON on the standard
input, what happened as JSON lines on the standard output. Processes are forked, so that libraries are
imported once.

A kill is one of
    {"where": "commit", "write": n, "torn": true}   in the n-th write to the disk that COMMIT makes; a torn
                                                    one has written half of its bytes
    {"where": "training", "model": n}               while the n-th model is trained
    {"where": "reported", "model": n}               after the n-th result was stored and told of
    {"where": "nowhere"}                            not at all
"""

import _sqlite3
import ctypes
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from boostweights.benchmark.plan.plan import Model, make_plan
from boostweights.benchmark.run import pools
from boostweights.benchmark.run import run as run_module
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import attempt

_FIELDS = (
    "xOpen xDelete xAccess xFullPathname xDlOpen xDlError xDlSym xDlClose xRandomness xSleep xCurrentTime "
)
_FIELDS += "xGetLastError xCurrentTimeInt64 xSetSystemCall xGetSystemCall xNextSystemCall"


class Vfs(ctypes.Structure):
    """SQLite's sqlite3_vfs, whose system calls may be replaced for tests like this one."""

    _fields_ = [
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("zName", ctypes.c_char_p),
        ("pAppData", ctypes.c_void_p),
        *((name, ctypes.c_void_p) for name in _FIELDS.split()),
    ]


def replace_writes(on_write: Callable[[int, int, int, int | None], int]) -> list[Any]:
    """Have SQLite write through a function (file, address, bytes, offset) → bytes written.

    What is returned must be kept as long as SQLite is used.
    """
    sqlite = ctypes.CDLL(_sqlite3.__file__)
    sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
    vfs = sqlite.sqlite3_vfs_find(None)
    setter = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    getter = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
    replace, find = setter(vfs.contents.xSetSystemCall), getter(vfs.contents.xGetSystemCall)
    number = ctypes.c_ssize_t
    at = ctypes.CFUNCTYPE(number, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64)
    plain = ctypes.CFUNCTYPE(number, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
    kept: list[Any] = []
    for name in (b"pwrite", b"pwrite64", b"write"):
        if find(vfs, name):
            kept.append(plain(lambda f, p, n: on_write(f, p, n, None)) if name == b"write" else at(on_write))
            replace(vfs, name, ctypes.cast(kept[-1], ctypes.c_void_p))
    assert kept, "this SQLite lets no system call be replaced"
    return kept


def write(file: int, address: int, size: int, offset: int | None) -> int:
    data = ctypes.string_at(address, size)
    return os.write(file, data) if offset is None else os.pwrite(file, data, offset)


def say(**facts: Any) -> None:
    os.write(1, (json.dumps(facts) + "\n").encode())


def die(kill: dict[str, Any]) -> None:
    say(killed=kill)
    os.kill(os.getpid(), signal.SIGKILL)


class Saboteur:
    """Counts what happens in a run, and ends the process at the chosen moment."""

    def __init__(self, kill: dict[str, Any], store: Store) -> None:
        self.kill, self.writes, self.trained, self.told = kill, 0, 0, 0
        self.statement = ""
        store.sql.set_trace_callback(self.note)
        self.kept = replace_writes(self.on_write)

    def note(self, statement: str) -> None:
        self.statement = statement

    def on_write(self, file: int, address: int, size: int, offset: int | None) -> int:
        if self.statement == "COMMIT":
            self.writes += 1
            if self.kill == {"where": "commit", "write": self.writes, "torn": self.kill.get("torn")}:
                write(file, address, size // 2 if self.kill["torn"] else size, offset)
                die(self.kill)
        return write(file, address, size, offset)

    def local(self, models: list[Model], *_: object) -> Iterator[Result]:
        for model in models:
            self.trained += 1
            if self.kill == {"where": "training", "model": self.trained}:
                die(self.kill)
            yield attempt(model)

    def on_result(self, result: Result) -> None:
        self.told += 1
        say(told=result.model_key)
        if self.kill == {"where": "reported", "model": self.told}:
            die(self.kill)


def disturbed_run(data: Path, suite: Any, path: Path, kill: dict[str, Any]) -> None:
    with Store(path) as store:
        say(known=sorted(store.known()), damage=store.rows("PRAGMA integrity_check")[0][0])
        saboteur = Saboteur(kill, store)
        pools.local = saboteur.local
        run_module.run(make_plan(suite, {"toy": data}), store, on_result=saboteur.on_result)
        say(finished=True)


def main(data: str, suite: str, path: str) -> None:
    chosen = pickle.loads(Path(suite).read_bytes())
    for kill in json.loads(sys.stdin.read()):
        child = os.fork()
        if child == 0:
            disturbed_run(Path(data), chosen, Path(path), kill)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
