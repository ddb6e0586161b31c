"""Wall time of ``import boostweights`` in a fresh process, against ``import numpy``.

    python benchmarks/speed/imports.py [--repeats 25]

Also which modules it adds to those that numpy loads.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable

from measure import Options, Ratio, alternate, write

REQUIRED = 1.3
ADDED = """
import json, sys, numpy
before = set(sys.modules)
import boostweights
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def fresh(code: str) -> str:
    """Output of code in a fresh interpreter, away from the repository: the installed package is imported."""
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tempfile.gettempdir()
    ).stdout


def running(code: str) -> Callable[[], object]:
    return lambda: fresh(code)


def main() -> None:
    parser = Options(__doc__, repeats=3)
    parser.add_argument("--repeats", type=int, default=25)
    options = parser.read()
    added = json.loads(fresh(ADDED))  # this also compiles the byte code
    mine, peer, nothing = alternate(
        running("import boostweights"), running("import numpy"), running("pass"), repeats=options.repeats
    )
    ratio = Ratio.of(mine, peer)
    beyond = (mine.median - nothing.median) / (peer.median - nothing.median)
    print(f"import boostweights / import numpy: {ratio.median:.3f}, beyond the bare interpreter {beyond:.3f}")
    print(f"modules beyond numpy's: {', '.join(added)}")
    result = {
        "required": REQUIRED,
        "ratio": ratio,
        "ratio_beyond_interpreter": beyond,
        "seconds": mine,
        "numpy_seconds": peer,
        "interpreter_seconds": nothing,
        "modules_beyond_numpy": added,
    }
    write("imports", options, ("boostweights", "numpy"), import_boostweights=result)


if __name__ == "__main__":
    main()
