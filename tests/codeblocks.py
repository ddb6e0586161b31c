"""A page's code blocks as tests run them: in order, in one namespace, beside the output that follows."""

import contextlib
import doctest
import io
import json
import re
import shlex
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

OUTPUTS: Final = frozenset({"text", "toml", "json"})
"""What a block is called that says what the one right before it prints."""

_FLAGS: Final = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
_EXIT: Final = re.compile(r"\s+# exits with (\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One code block, and the output that the page says it has."""

    page: str
    line: int
    language: str
    code: str
    output: str | None = None

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.page}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether it is Python, or commands of ours and nothing else."""
        if self.language == "python":
            return True
        return self.language == "bash" and all(line.startswith("boostweights ") for line in commands(self))


def blocks(text: str, page: str) -> list[Block]:
    """Read every code block of a page, fenced or indented; outputs go with what makes them."""
    from markdown_it import MarkdownIt  # not at the top: blocks also run where a README's extras alone are

    found: list[Block] = []
    before = None  # the block that the next token would be the output of
    for token in MarkdownIt().parse(text):
        if token.type not in ("fence", "code_block"):
            before = None
            continue
        language = token.info.split()[0] if token.info.strip() else ""
        if before is not None and before.runs and language in OUTPUTS:
            found[-1] = Block(
                page=page, line=before.line, language=before.language, code=before.code, output=token.content
            )
            before = None
            continue
        assert token.map is not None
        before = Block(page=page, line=token.map[0] + 1, language=language, code=token.content)
        found.append(before)
    return found


def commands(block: Block) -> list[str]:
    """Return the lines of a shell block, continued lines joined."""
    joined = block.code.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def run(found: Collection[Block]) -> int:
    """Run a page's blocks in order and compare what they print; return how many outputs agreed.

    Space between words does not count, and ``...`` stands for anything, as in a doctest.
    """
    names: dict[str, Any] = {"__name__": "page"}
    agreed = 0
    for block in found:
        if block.language == "python" and ">>>" in block.code:
            agreed += _session(block, names)
            continue
        printed = _python(block, names) if block.language == "python" else _shell(block)
        if block.output is None:
            continue
        same = doctest.OutputChecker().check_output(block.output, printed, _FLAGS)
        assert same, f"{block.place} prints\n{printed}\nand not\n{block.output}"
        agreed += 1
    return agreed


def _python(block: Block, names: dict[str, Any]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile("\n" * block.line + block.code, block.page, "exec"), names)
    return out.getvalue()


def _session(block: Block, names: dict[str, Any]) -> int:
    test = doctest.DocTestParser().get_doctest(block.code, names, block.place, block.page, block.line)
    test.globs = names  # what a session defines, later blocks may use
    said = io.StringIO()
    result = doctest.DocTestRunner(optionflags=_FLAGS).run(test, out=said.write, clear_globs=False)
    assert result.failed == 0, said.getvalue()
    return int(result.attempted)


def _shell(block: Block) -> str:
    from typer.testing import CliRunner

    from boostweights.cli.app import app

    printed = ""
    for line, code in _exits(block):
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, f"{block.place}: {line}\nexits with {done.exit_code}\n{done.output}"
        printed += done.stdout
    return printed


def _exits(block: Block) -> Iterator[tuple[str, int]]:
    """Each command, with the exit code that its comment names; 0 without one."""
    for line in commands(block):
        named = _EXIT.search(line)
        yield _EXIT.sub("", line), int(named[1]) if named else 0


if __name__ == "__main__":  # blocks as JSON, for another interpreter
    run([Block(**each) for each in json.load(sys.stdin)])
