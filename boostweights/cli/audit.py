"""``boostweights audit``: the mistakes that people make with weights, found before training."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from boostweights.audits.findings import Finding, Findings
from boostweights.cli import options
from boostweights.cli.objects import subject_of, table_labels
from boostweights.cli.session import say
from boostweights.errors import check_that
from boostweights.isolated import in_child
from boostweights.tables.results import as_rows


def audit(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="FILE[:OBJECT]",
            help="FILE.py:OBJECT, an object of your own file, which is run; parameters as JSON, with "
            "--library; "
            "or a model file of xgboost, lightgbm or catboost.",
        ),
    ],
    *,
    library: Annotated[str | None, options.LIBRARY(help="Whose parameters FILE.json holds.")] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DATA", help="Training rows: CSV, TSV, Excel, Parquet, DuckDB.")
    ] = None,
    columns: options.ColumnOptions,
    fail_on: options.FailOnOption = "error",
    reading: options.FileOptions,
    as_json: options.AsJson = False,
) -> None:
    """Look for mistakes with class weights in a configured or fitted model, without training it.

    FILE.py is your own and is run, as python would; what stands under `if __name__ == "__main__"` is not.
    Pickle and joblib files are refused, since reading them runs what is in them.

    Exits with 1 if a finding is at least as grave as --fail-on.

    Examples
    --------
    boostweights audit train.py:clf
    boostweights audit train.py:clf --data loans.csv --target bad
    boostweights audit params.json --library xgboost --fail-on warning
    boostweights audit model.txt --json
    """
    from boostweights.audits.audit import audit as audited

    alone = "--data alone" if columns.target is None else "--target alone"
    both = (data is None) == (columns.target is None)
    check_that(both, "--data and --target go together", alone, "Give both, or neither.")
    subject_or_path, of_library = subject_of(subject, library)
    table: dict[str, Any] = {
        "data": None if data is None else str(data),
        "columns": asdict(columns),
        "reading": asdict(reading),
    }
    if isinstance(subject_or_path, Path):
        rows = in_child("boostweights.cli.objects:audited_file", subject_or_path, **table)
        findings = Findings(Finding(**row) for row in rows)
    else:
        findings = audited(subject_or_path, table_labels(**table), library=of_library)
    say(as_rows(findings.columns()), findings, as_json=as_json)
    if options.fails(findings, fail_on):
        raise typer.Exit(1)
