"""`make newest` where its interpreter is missing: a message, and a failure in CI."""

import os
import subprocess
from pathlib import Path

import pytest


@pytest.mark.parametrize("ci", ["", "1"])
def test_a_missing_interpreter_is_a_message_and_an_error_in_ci(ci: str) -> None:
    done = subprocess.run(
        ["make", "--silent", "newest", "PYTHON_NEWEST=no-such-python"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "make newest is skipped: no-such-python, with its venv module, is not installed\n" in done.stdout
    assert (done.returncode != 0) == bool(ci)
