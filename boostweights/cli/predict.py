"""``boostweights predict``: new rows scored by a model that a comparison trained."""

import warnings
from pathlib import Path
from typing import Annotated

import typer

from boostweights.cli import options
from boostweights.cli.session import echo, say
from boostweights.errors import check_file
from boostweights.tables.endings import checked_ending


def predict(
    model: Annotated[Path, typer.Argument(help="The model file that compare wrote, or its folder.")],
    data: options.Data,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="The scored file: .csv, .tsv, .parquet or .xlsx.")],
    key: Annotated[
        options.Several, options.COLUMN(metavar="COL,…", help="Copy it to the scored file.  (repeatable)")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a scored file that exists.")] = False,
    reading: options.FileOptions,
    as_json: options.AsJson = False,
) -> None:
    """Score new rows: label, probability, decision and threshold of each.

    Columns are found by name, in any order. A level that the training rows lack is taken as missing, a column
    that they lack is ignored, and both are reported. The target may be in the file, and is not used.

    Examples
    --------
    boostweights predict runs/compare-loans-1b2c3d4e new.csv -o scored.csv
    boostweights predict model.skops new.parquet -o scored.parquet --key customer
    """
    checked_ending(data)  # before what takes long to import
    from boostweights.serving.scoring import MODELS, ModelWarning, load_model, score_file

    if model.is_dir():
        files = [file for ending in MODELS if (file := model / f"model{ending}").exists()]
        model = files[0] if files else model / f"model{MODELS[0]}"
    check_file(model, "a model file must exist")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ModelWarning)
        pipeline = load_model(model)
    for warning in told:
        echo(f"warning: {warning.message}", err=True)
    scored = score_file(pipeline, data, out, reading, key=key or (), force=force)
    plain = {"rows": scored.rows, "flagged": scored.flagged, "threshold": scored.threshold}
    say({**plain, "remarks": list(scored.remarks), "file": str(out)}, f"{out}: {scored}", as_json=as_json)
