"""How the reading of damaged model files ends: make damaged.

    python -m benchmarks.damaged.measure [--files 3000] [--seed 0]

Each library's small models of two and three classes, with their cards, are saved in every format, and
damaged. Every damaged file is read in a process of its own by each of the three functions that
`boostweights.isolated.in_child` calls: a fork of one process that has imported the libraries, which spares
the start of an interpreter. A file whose reading ends by a signal, a time limit or an error that is not ours,
and one in two hundred of the others, is then given to the commands themselves: ``boostweights audit FILE``,
`Card.from_model` and `from_native`. Writes ``benchmarks/results/damaged.md``.
"""

import argparse
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

import boostweights as bw
from benchmarks.damaged.formats import saved_files
from benchmarks.damaged.mutation import damaged
from benchmarks.experiment.tables import markdown
from boostweights import isolated
from boostweights.adapters.record import named_class, record_of
from boostweights.adapters.registry import adapters_that_can
from boostweights.adapters.translation import reading_of_file
from boostweights.card.model import text_in_file
from boostweights.cli.objects import audited_file
from boostweights.testing.case import hard_data

OUT: Final = Path(__file__).parents[1] / "results" / "damaged.md"
SECONDS: Final = 60
EVERY: Final = 200
"""One file of so many is given to the commands, however its reading ended."""
LOADED: Final = ("pandas", "skops.io", "sklearn.linear_model", "boostweights.audits.audit")
NO_TABLE: Final[dict[str, Any]] = {
    "data": None,
    "target": None,
    "reading": {},
    "drop_missing_target": False,
}


READ: Final = "read"
REFUSED: Final = "refused"
IN_ONE_LINE: Final = "refused in one line"
PAGE: Final = """# Damaged model files

`{command}`, with {packages}.

Small models of two and three classes in each format that is read: bits flipped, cut short, a stretch left
out or repeated, or another number written. Each file is read by what `boostweights audit`, `Card.from_model`
and `from_native` have a child process do, in a fork: a signal's name means that the library would have ended
a process which reads the file itself.

{ends}

Every file whose reading ended otherwise than read or refused in one line, and one in two hundred of the
others, then went through the commands themselves: `boostweights audit FILE` must exit with 2 (or read it:
0 or 1) and write no more than one line to standard error; the other two must return or raise an error of
ours in one line.

{said}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A library's format, and whole files of it."""

    library: str
    ending: str
    files: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """How tables call it."""
        return f"{self.library} {self.ending}"


def models(folder: Path) -> list[Path]:
    """Save small models with cards in every format that is read, each in a folder of its library's name."""
    from sklearn.linear_model import LogisticRegression
    from skops.io import dump

    saved: list[Path] = []
    for classes in (2, 3):
        X, y = hard_data()
        X = np.nan_to_num(X)
        y = (y + (X[:, 0] > np.median(X[:, 0])).astype(int)) if classes == 3 else y
        for adapter in adapters_that_can("files"):
            record = record_of(adapter)
            spelled, settings = next(iter(record.estimators.items()))
            here = folder / str(classes) / adapter.name
            here.mkdir(parents=True)
            clf = bw.WeightedClassifier(named_class(spelled)(**settings)).fit(X, y)
            bw.Card.of(clf, y, target="default").attach(clf)
            files = saved_files(record, clf.estimator_, here)
            if not files:  # its own estimators need trust: of a linear one all types are trusted
                dump(LogisticRegression().fit(X, y), here / "linear.skops")
                files = [here / "linear.skops"]
            saved += files
    return saved


def formats() -> list[Format]:
    """Return whole files by format; another process trains, so that no thread of a library is forked."""
    with tempfile.TemporaryDirectory() as place:
        code = "import sys; from pathlib import Path; from benchmarks.damaged.measure import models; "
        subprocess.run([sys.executable, "-c", f"{code} models(Path(sys.argv[1]))", place], check=True)
        found: dict[tuple[str, str], list[bytes]] = {}
        for path in sorted(Path(place).glob("*/*/*")):
            found.setdefault((path.parent.name, path.suffix), []).append(path.read_bytes())
    return [Format(library=lib, ending=end, files=tuple(files)) for (lib, end), files in found.items()]


def readings(path: str, library: str) -> Mapping[str, Callable[[], Any]]:
    """Return what the three doors have a child process do."""
    return {
        "Card.from_model": lambda: text_in_file(path),
        "from_native": lambda: reading_of_file(path, library),
        "audit": lambda: audited_file(path, **NO_TABLE),
    }


def forked(path: Path, library: str) -> str:
    """Read a file in a fork of this process, and return how that ended."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        _read_and_leave(path, library, writes)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        ended = os.WTERMSIG(status)
        return "time limit" if ended == signal.SIGALRM else signal.Signals(ended).name
    return said or f"exit code {os.waitstatus_to_exitcode(status)}"


def _read_and_leave(path: Path, library: str, pipe: int) -> None:
    """Write "read" where one of the three doors does, "refused" where none does, or another error's name."""
    for stream in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    signal.alarm(SECONDS)
    isolated._limit()
    said = REFUSED
    for read in readings(str(path), library).values():
        try:
            json.dumps(read())
            said = READ if said == REFUSED else said
        except bw.BoostweightsError as error:
            said = said if len(str(error).splitlines()) == 1 else "more than one line"
        except BaseException as error:
            said = type(error).__name__
    os.write(pipe, said.encode())
    os._exit(0)


def by_commands(path: Path, library: str) -> str:
    """Give a file to the commands themselves, and return the worst of what they say."""
    command = [sys.executable, "-m", "boostweights", "audit", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = len(done.stderr.splitlines())
    if done.returncode not in (0, 1, 2) or lines > 1:
        return f"audit: exit code {done.returncode}, {lines} lines"
    refused = done.returncode == 2
    for read in (lambda: bw.Card.from_model(path), lambda: bw.from_native(library, path, classes=(0, 1))):
        try:
            read()
        except bw.BoostweightsError as error:
            refused = True
            if "\n" in str(error):
                return "an error of more than one line"
    return IN_ONE_LINE if refused else READ


def measured(
    kinds: Sequence[Format], files: int, seed: int, *, whole: bool = False
) -> Iterator[tuple[Format, str, str]]:
    """Damage files (or read them `whole`), format after format; yield how reading and commands ended."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as place:
        for number in range(files):
            kind = kinds[number % len(kinds)]
            turn = number // len(kinds)
            path = Path(place) / f"model{kind.ending}"
            content = kind.files[turn % len(kind.files)]
            path.write_bytes(content if whole else damaged(content, rng))
            ended = forked(path, kind.library)
            asked = not whole and (ended not in (READ, REFUSED) or turn % EVERY == 0)
            yield kind, ended, by_commands(path, kind.library) if asked else ""


def page(ends: Mapping[str, Counter[str]], commands: Mapping[str, Counter[str]], command: str) -> str:
    """Return the tables as Markdown."""

    def table(counts: Mapping[str, Counter[str]], columns: list[str]) -> str:
        rows = [[name, of.total(), *(of[column] for column in columns)] for name, of in counts.items()]
        return markdown(["format", "files", *columns], rows).rstrip()

    columns = sorted({end for of in ends.values() for end in of}, key=[READ, REFUSED].count)[::-1]
    answers = sorted({answer for of in commands.values() for answer in of})
    packages = ", ".join(f"{name} {version(name)}" for name in distributions())
    return PAGE.format(
        command=command, packages=packages, ends=table(ends, columns), said=table(commands, answers)
    )


def distributions() -> list[str]:
    """Return the packages whose formats are read, as far as they are installed."""
    named = (name for adapter in adapters_that_can("files") for name in record_of(adapter).distributions)
    installed = {each.metadata["Name"] for each in importlib.metadata.distributions()}
    return [name for name in (*named, "skops") if name in installed]


def main() -> None:
    """Damage files, read each in a process of its own, and write how that ended."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for name in LOADED:
        import_module(name)
    for adapter in adapters_that_can("files"):
        named_class(next(iter(record_of(adapter).estimators)))
    kinds = formats()
    for kind, ended, _ in measured(kinds, len(kinds) * 2, asked.seed, whole=True):
        if ended != READ:
            raise SystemExit(f"a whole {kind.name} file: {ended}")
    ends: dict[str, Counter[str]] = {kind.name: Counter() for kind in kinds}
    said: dict[str, Counter[str]] = {kind.name: Counter() for kind in kinds}
    for kind, ended, answer in measured(kinds, asked.files, asked.seed):
        ends[kind.name][ended] += 1
        if answer:
            said[kind.name][answer] += 1
            print(f"{kind.name}: {ended}; the commands: {answer}", flush=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    command = f"python -m benchmarks.damaged.measure --files {asked.files} --seed {asked.seed}"
    OUT.write_text(page(ends, said, command))
    if unheard := {answer for counts in said.values() for answer in counts} - {READ, IN_ONE_LINE}:
        raise SystemExit(f"commands that ended otherwise: {unheard}")


if __name__ == "__main__":
    main()
