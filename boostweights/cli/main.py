"""The command line: ``boostweights …``."""

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command line; without its extra, print which one is missing and exit with 2."""
    if missing := [name for name in ("rich", "typer") if find_spec(name) is None]:
        print(
            f"error: the command line needs {' and '.join(missing)}. "
            "Install it with: pip install 'boostweights[cli]'.",
            file=sys.stderr,
        )
        raise SystemExit(2)
    from boostweights.cli.app import app

    app()
