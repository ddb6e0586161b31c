"""The benchmark harness: what class weighting does, measured on real data.

A suite names data sets, libraries and policies; a plan lists its cells; a run trains the models that the
store lacks; a report reads the store.
"""

from __future__ import annotations

from importlib.util import find_spec

from boostweights.errors import MissingLibraryError

_NEEDED = (
    "altair",
    "baycomp",
    "duckdb",
    "imblearn",
    "jinja2",
    "pandas",
    "pebble",
    "platformdirs",
    "psutil",
    "pyarrow",
    "rich",
    "scikit_posthocs",
    "statsmodels",
    "vl_convert",
)

if _missing := [name for name in _NEEDED if find_spec(name) is None]:
    raise MissingLibraryError(
        "the benchmark harness needs the packages of its extra",
        f"no module named {', '.join(_missing)}",
        "Install them with: pip install 'boostweights[bench]'.",
    )
