"""What the harness needs beside the package itself."""

from importlib.util import find_spec

from boostweights.errors import MissingLibraryError

_NEEDED = (
    *("altair", "duckdb", "imblearn", "jinja2", "msgspec", "pandas"),
    *("platformdirs", "psutil", "pyarrow", "rich", "scikit_posthocs", "vl_convert"),
)


def require_bench() -> None:
    """Raise unless the packages of the extra are installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise MissingLibraryError(
            "the benchmark harness needs the packages of its extra",
            f"no module named {', '.join(missing)}",
            "Install them with: pip install 'boostweights[bench]'.",
        )
