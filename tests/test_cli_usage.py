"""How every command speaks: help, one line an error, exit codes, completion; and that it starts at once."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from commands import call, refused

import boostweights
from boostweights.cli.app import app

SCRIPT = Path(sys.executable).with_name("boostweights")


def commands(group: Any = None, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every command by the words that call it, groups among them."""
    group = typer.main.get_command(app) if group is None else group
    found = {}
    for name, command in group.commands.items():
        found[" ".join([*path, name])] = command
        if hasattr(command, "commands"):
            found |= commands(command, (*path, name))
    return found


NAMES = sorted(commands())
PLAIN = [name for name in NAMES if name != "card"]


def test_the_commands_are_those_of_the_design() -> None:
    assert set(PLAIN) == {
        *("forms", "advise", "audit", "verify", "card write", "card check", "card show", "card diff"),
        *("compare", "predict", "bench", "report", "promise", "check-export"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_help_is_whole_at_80_columns_and_says_what_each_option_does(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = call(*name.split(), "-h")
    assert (code, out) == (0, call(*name.split(), "--help")[1])
    assert max(map(len, out.splitlines())) <= 80
    options = set()
    for parameter in commands()[name].params:
        assert parameter.name == "help" or parameter.help, f"{name}: {parameter.name} has no help"
        options |= {option for option in parameter.opts if option[0] == "-"}
    assert options <= set(re.split(r"[\s│,]+", out))
    assert name == "card" or "--debug" in options
    assert "--json" in options or name in ("card", "card write")  # which writes a file


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_in_the_command_is_one_line_and_exit_code_2(name: str) -> None:
    refused(*name.split(), "--no-such-option", says=f"Try 'boostweights {name} --help'.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["frms"], "Did you mean 'forms'?"),
        (["advise", "d.csv"], "'--target'"),
        (["compare", "d.csv", "--target", "bad", "--folds", "one"], "--folds"),
        (["compare", "d.csv", "--target", "bad", "--folds", "1"], "--folds"),
        (["audit", "d.csv", "--fail-on", "grave"], "--fail-on"),
        (["bench", "tiny"], "tiny"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_usage_errors_name_what_is_wrong(arguments: list[str], says: str) -> None:
    refused(*arguments, says=says)


def test_without_arguments_the_help_is_shown() -> None:
    for arguments in ([], ["card"]):
        code, out, err = call(*arguments)
        assert code == 2
        assert "Usage: boostweights" in out + err
        assert arguments or "Exit codes: 0 all is well" in out + err
        assert "error" not in err


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_the_shell_is_offered_a_completion_that_completes() -> None:
    shown = run("bash", "-c", f"{SCRIPT} --show-completion; true")
    assert "complete -o default -F _boostweights_completion boostweights" in shown.stdout
    asked = {"forms li": {"lightgbm"}, "card ch": {"check"}, "advise --need ra": {"ranking"}}
    for line, offered in asked.items():
        words = f"boostweights {line}"
        answer = run(
            str(SCRIPT),
            _BOOSTWEIGHTS_COMPLETE="complete_bash",
            COMP_WORDS=words,
            COMP_CWORD=str(len(words.split()) - 1),
        )
        assert set(answer.stdout.split()) == offered, line


LIBRARIES = {"sklearn", "pandas", "pyarrow", "duckdb", "lightgbm", "xgboost", "catboost"}
"""What takes long to load."""


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (
            ["--help"],
            {*LIBRARIES, "scipy", "rich.progress", "boostweights.adapters", "boostweights.weighting"},
        ),
        (["compare", "--help"], {*LIBRARIES, "scipy", "rich.progress"}),
        (["forms"], {*LIBRARIES, "scipy.special", "rich.console"}),
    ],
)
def test_a_command_starts_without_what_it_does_not_need(words: list[str], absent: set[str]) -> None:
    code = (
        "import sys\nfrom boostweights.cli.main import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "print(*sorted(sys.modules))"
    )
    loaded = set(run(sys.executable, "-c", code, *words).stdout.splitlines()[-1].split())
    assert "typer" in loaded
    assert not loaded & absent


@pytest.mark.parametrize("name", PLAIN)
def test_help_ends_with_examples_that_the_command_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = commands()[name]
    assert command.examples
    out = call(*name.split(), "--help")[1]
    for line in command.examples:
        assert f"   {line}\n" in out.split("Examples:\n")[1]
    for example in "\n".join(command.examples).replace("\\\n", " ").splitlines():
        program, *words = shlex.split(example)
        assert (program, words[: len(name.split())]) == ("boostweights", name.split())
        command.make_context(name, words[len(name.split()) :])


def test_the_version_and_the_module() -> None:
    assert call("--version")[:2] == (0, f"boostweights {boostweights.__version__}\n")
    done = run(sys.executable, "-m", "boostweights", "--version")
    assert (done.returncode, done.stdout) == (0, f"boostweights {boostweights.__version__}\n")
