"""All speed benchmarks, each in a process of its own, and the page that shows their results.

python benchmarks/speed/run.py [--quick]
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from measure import Options
from plot import cost
from readme import page

BENCHMARKS = ("imports", "labels", "wrapper", "frames", "outofcore", "sweep", "fitted", "path", "cluster")


def main() -> None:
    options = Options(__doc__).read()
    for name in BENCHMARKS:
        script = Path(__file__).with_name(f"{name}.py")
        given = ["--out", str(options.out), *(["--quick"] if options.quick else [])]
        start = time.monotonic()
        subprocess.run([sys.executable, str(script), *given], check=True)
        print(f"{name}: {time.monotonic() - start:.0f} s\n", flush=True)
    cost(options.out)
    (options.out / "README.md").write_text(page(options.out))


if __name__ == "__main__":
    main()
