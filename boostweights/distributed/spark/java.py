"""A check that pyspark and Java are installed, before Spark fails without them."""

import os
import shutil
from pathlib import Path

from boostweights.errors import MissingLibraryError
from boostweights.lazy import needs


def require_spark() -> None:
    """Raise unless pyspark is installed, and Java where pyspark looks for it, or the session is remote.

    Raises
    ------
    MissingLibraryError
        Naming what is missing.
    """
    needs(["pyspark"], "boostweights.distributed.spark", "spark")
    from pyspark.sql.utils import is_remote

    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if java is None and not is_remote():
        raise MissingLibraryError(
            "Spark needs Java 17 or newer",
            f"no java in JAVA_HOME={home}" if home else "no java on the PATH, and no JAVA_HOME",
            "Install it (on Debian and Ubuntu: apt-get install default-jre-headless), or set JAVA_HOME.",
        )
