"""``boostweights check-export``: does an exported model answer on this machine as where it was fitted?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from boostweights.cli import options
from boostweights.cli.objects import object_of
from boostweights.cli.session import say
from boostweights.lazy import needs
from boostweights.tables.reading import Reading


def check_export(
    model: Annotated[
        Path, typer.Argument(help="The folder or the file that boostweights.serving.export wrote.")
    ],
    rows: Annotated[
        Path | None,
        typer.Argument(help="Rows to be compared besides, as a CSV, TSV or Parquet file, with --classifier."),
    ] = None,
    *,
    classifier: Annotated[
        str | None, typer.Option(metavar="FILE.py:OBJECT", help="The classifier that was exported.")
    ] = None,
    reading: options.FileOptions,
    as_json: options.AsJson = False,
) -> None:
    """Run an exported model here, on the rows made for it, and on your own.

    Exits with 1 if probabilities or labels differ.

    Examples
    --------
    boostweights check-export exported
    boostweights check-export model.onnx
    boostweights check-export exported rows.csv --classifier train.py:clf
    """
    from boostweights.serving import ServingError
    from boostweights.serving.export import check_export as checked

    clf = None if classifier is None else object_of(classifier)
    try:
        worst = checked(model, clf, None if rows is None else _features(rows, clf, reading))
    except ServingError as different:
        say({"same": False, "error": str(different)}, f"not the same: {different}", as_json=as_json)
        raise typer.Exit(1) from different
    text = f"the same: no probability differs by more than {worst:.2g}"
    say({"same": True, "largest_difference": worst}, text, as_json=as_json)


def _features(path: Path, clf: Any, reading: Reading) -> Any:
    """Return the classifier's own columns of a table, or all of them where it was fitted without names."""
    needs(["pandas"], "check-export with rows", "frames")
    from boostweights.tables.files import read_file

    frame = read_file(path, reading).rows.to_pandas()
    names = list(getattr(clf, "feature_names_in_", ()))
    return frame[names] if set(names) <= set(frame.columns) and names else frame.to_numpy(float)
