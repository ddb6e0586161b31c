"""A SQLite file that changes in whole transactions, written by one process at a time."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from boostweights.errors import InvalidValueError
from boostweights.files import StoreError

_READABLE: Final = "a store must be readable and writable"
_ANOTHER_NAME: Final = "Give the run another name, or move the file away."
_MENDS: Final = {
    sqlite3.SQLITE_FULL: "Free some space and call the same command again: what was trained is stored.",
    sqlite3.SQLITE_CORRUPT: _ANOTHER_NAME,
    sqlite3.SQLITE_NOTADB: _ANOTHER_NAME,
    sqlite3.SQLITE_IOERR: "Check the disk, and call the same command again: what was trained is stored.",
    sqlite3.SQLITE_READONLY: "Give the run a place where you may write.",
    sqlite3.SQLITE_CANTOPEN: "Give the run a place where you may write.",
    sqlite3.SQLITE_BUSY: "Wait until the other process has ended.",
}
"""What goes wrong outside this program, by SQLite's primary result code."""


class Journal:
    """One SQLite file.

    Every change is one transaction: a process that dies leaves all or nothing of it.

    Parameters
    ----------
    path : Path
        The file; made if it does not exist.
    schema : sequence of str
        The statements that make what a file lacks of it.
    version : int
        The schema's.

    Raises
    ------
    InvalidValueError
        If the file is no SQLite file, or one of another schema.
    StoreError
        If it can be neither read nor written.
    """

    def __init__(self, path: Path, schema: Sequence[str], version: int) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as refused:
            raise StoreError(_READABLE, f"{path}: {refused}", _MENDS[sqlite3.SQLITE_CANTOPEN]) from refused
        with _explained(path):
            self.sql = sqlite3.connect(path, isolation_level=None, timeout=60.0)
        self._writer: sqlite3.Connection | None = None
        try:
            with _explained(path):
                self.sql.execute("PRAGMA journal_mode = WAL")
                self.sql.execute("PRAGMA foreign_keys = ON")
            self._open_schema(schema, version)
        except BaseException:
            self.sql.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was saved stays."""
        self.sql.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def claim(self) -> None:
        """Become the one process that runs on this file, until it is closed or the process ends, however.

        The lock is SQLite's own on a second file, so that reading goes on and a dead process leaves none.

        Raises
        ------
        StoreError
            If another process has claimed it, or the file is damaged.
        """
        if self._writer is None:
            writer = sqlite3.connect(self.path.with_name(f"{self.path.name}.lock"), timeout=0.0)
            try:
                writer.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as busy:
                writer.close()
                raise StoreError(
                    "one run at a time may work on a store",
                    f"{self.path}, on which another one works",
                    "Wait for it, or give this run another name.",
                ) from busy
            self._writer = writer
        self.check()

    def check(self) -> None:
        """Raise StoreError if the file is damaged."""
        with _explained(self.path):
            (found,) = self.sql.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise self.damaged(found)

    def damaged(self, how: str) -> StoreError:
        """Return the error of a file that is not as it was written."""
        return StoreError("a store must be undamaged", f"{self.path}: {how}", _ANOTHER_NAME)

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.table(query, values)[1]

    def table(self, query: str, values: Iterable[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the column names and rows of a query."""
        with _explained(self.path):
            cursor = self.sql.execute(query, tuple(values))
            return [column[0] for column in cursor.description or ()], cursor.fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done inside."""
        with _explained(self.path):
            self.sql.execute("BEGIN IMMEDIATE")
            try:
                yield self.sql
                self.sql.execute("COMMIT")
            except BaseException:
                if self.sql.in_transaction:  # SQLite itself rolls back on a full disk
                    self.sql.execute("ROLLBACK")
                raise

    def _open_schema(self, schema: Sequence[str], version: int) -> None:
        # looked at and made in one transaction: two processes may open a new store at the same time
        with self.transaction() as sql:
            (found,) = sql.execute("PRAGMA user_version").fetchone()
            (tables,) = sql.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if found != version and (found or tables):
                raise InvalidValueError(
                    f"{self.path} must be a store of schema {version}", f"schema {found}", _ANOTHER_NAME
                )
            for statement in schema:
                sql.execute(statement)
            if found != version:
                sql.execute(f"PRAGMA user_version = {version}")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong outside this program into one line; its own mistakes stay as they are."""
    try:
        yield
    except UnicodeDecodeError as broken:  # of a name in a message of SQLite's
        raise StoreError(_READABLE, f"{path}: {broken}", _ANOTHER_NAME) from broken
    except sqlite3.DatabaseError as broken:
        # text that is not UTF-8 is an error of the sqlite3 module, which has no code
        undecodable = isinstance(broken, sqlite3.OperationalError) and not hasattr(broken, "sqlite_errorcode")
        code = sqlite3.SQLITE_CORRUPT if undecodable else getattr(broken, "sqlite_errorcode", 0) & 0xFF
        if code not in _MENDS:
            raise
        reason = "no space left on the disk" if code == sqlite3.SQLITE_FULL else str(broken)
        opens = code != sqlite3.SQLITE_NOTADB
        rule = _READABLE if opens else "a store must be a SQLite file that opens"
        error = StoreError if opens else InvalidValueError
        raise error(rule, f"{path}: {reason}", _MENDS[code]) from broken
