"""Workers start from a server or anew, whatever the caller's script is."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from boostweights.benchmark.plan.plan import make_plan
from boostweights.benchmark.plan.suite import Suite

pytestmark = pytest.mark.full

SCRIPT = """
import pickle, sys
from pathlib import Path

print("script", flush=True)

if __name__ == "__main__":
    from boostweights.benchmark.run import pools

    {change}
    for result in pools.local(pickle.loads(Path("models").read_bytes()), 60.0, 1):
        print(result.status, flush=True)
"""

CHANGES = {
    "none": "",
    "a library that ends the server": "pools._safe_to_fork = lambda libraries: ['ends']",
    "no server": "pools.METHODS[:] = ['spawn']",
}


@pytest.fixture
def called(toy_file: Path, make_suite: Callable[..., Suite], tmp_path: Path) -> Callable[[str], list[str]]:
    """Call the script with a change, and return its lines."""
    models = list(make_plan(make_suite(folds=2), {"toy": toy_file}).models.values())
    (tmp_path / "models").write_bytes(pickle.dumps(models[:2]))
    (tmp_path / "ends.py").write_text("import os; os._exit(3)")

    def call(change: str) -> list[str]:
        (tmp_path / "script.py").write_text(SCRIPT.format(change=change))
        path = os.pathsep.join([*filter(None, sys.path), str(tmp_path)])
        done = subprocess.run(
            [sys.executable, "script.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.splitlines() + done.stderr.splitlines()

    return call


@pytest.mark.parametrize("change", CHANGES)
def test_a_script_runs_once_and_never_in_a_worker_or_the_server(
    change: str, called: Callable[[str], list[str]]
) -> None:
    assert called(CHANGES[change]) == ["script", "ok", "ok"]


def test_workers_that_cannot_start_are_one_error(called: Callable[[str], list[str]]) -> None:
    *_, last = called("pools.METHODS[:] = ['spawn']; pools.multiprocessing.set_executable(b'/bin/false')")
    assert "a process that trains must start; got it ended before it was ready" in last
