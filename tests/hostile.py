"""Tables as people have them: honest, and hostile to who reads them."""

import csv
import datetime
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

N = 160
DAY_ZERO = datetime.date(1899, 12, 30)
"""Of Excel."""

Columns = Mapping[str, Sequence[Any]]


def columns(**more: Any) -> dict[str, Sequence[Any]]:
    """Two numbers, of which one tells something, a category, and who churned."""
    rng = np.random.default_rng(0)
    churn = np.arange(N) % 4 == 0
    found: dict[str, Sequence[Any]] = {
        "balance": [float(each) for each in (1000 + 900 * rng.normal(size=N) + 800 * churn).round(2)],
        "rate": [float(each) for each in rng.normal(size=N).round(3)],
        "city": [["Graz", "Wien", "Linz"][code] for code in rng.integers(0, 3, N)],
        "churn": [int(each) for each in churn],
    }
    return found | more


def as_csv(table: Columns, sep: str = ",", **how: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=sep, **how)
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()


def with_commas(values: Sequence[float]) -> list[str]:
    return [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in values]


def workbook(sheets: Mapping[str, Columns]) -> bytes:
    """An Excel file, written by hand: text inline, dates as days with a date's style."""
    buffer = io.BytesIO()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    ids = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/package/2006/relationships"
    numbered = list(enumerate(sheets, start=1))
    parts = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>' for i, name in numbered)
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{ids}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in numbered
    )
    links += f'<Relationship Id="rId99" Type="{ids}/styles" Target="styles.xml"/>'
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{kinds}"><Relationship Id="rId1" '
        f'Type="{ids}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{ids}"><sheets>{parts}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{kinds}">{links}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>",
    }
    for i, name in numbered:
        table = sheets[name]
        rows = [list(table), *zip(*table.values(), strict=True)] if table else []
        body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        text = f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
        files[f"xl/worksheets/sheet{i}.xml"] = text
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, datetime.date):
        return f'<c s="1"><v>{(value - DAY_ZERO).days}</v></c>'
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c><v>{value!r}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def semicolon() -> bytes:
    return as_csv(columns(), ";").encode()


def decimal_comma() -> bytes:
    table = columns()
    marked = {name: with_commas(table[name]) for name in ("balance", "rate")}
    return as_csv(table | marked, ";").encode()


def utf_16() -> bytes:
    return as_csv(columns(city=["Zürich", "Genève"] * (N // 2)), "\t").encode("utf-16")


def latin_1() -> bytes:
    return as_csv(columns(city=["Zürich", "Genève"] * (N // 2))).encode("latin-1")


def text_numbers() -> bytes:
    table = columns()
    visits = [str(each % 7) if each % 9 else "n.a." for each in range(N)]
    return as_csv(table | {"visits": visits, "rate": ["?", *map(str, table["rate"][1:])]}).encode()


def excel() -> bytes:
    table = columns(vip=[each % 3 == 0 for each in range(N)])
    return workbook({"customers": table | {"rate": [None, *table["rate"][1:]]}, "notes": {}})


def dates() -> bytes:
    begin = datetime.date(2025, 1, 1)
    days = [(begin + datetime.timedelta(days=7 * each % 365)).strftime("%d.%m.%Y") for each in range(N)]
    return as_csv(columns(since=days)).encode()


def missing_target() -> bytes:
    table = columns()
    return as_csv(table | {"churn": ["", *table["churn"][1:]]}).encode()


def quoted_newlines() -> bytes:
    said = ['said "no",\nthen left', "came\r\nback", "plain"]
    return as_csv(
        columns(remark=[said[each % 3] for each in range(N)]), quoting=csv.QUOTE_NONNUMERIC
    ).encode()


def wide() -> bytes:
    rng = np.random.default_rng(1)
    more = {f"x{each}": [float(value) for value in rng.normal(size=N).round(4)] for each in range(300)}
    return as_csv(columns(**more)).encode()


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "semicolon": ("churn.csv", semicolon),
    "decimal comma": ("churn.csv", decimal_comma),
    "UTF-16 with BOM": ("churn.csv", utf_16),
    "Latin-1": ("churn.csv", latin_1),
    "numbers as text": ("churn.csv", text_numbers),
    "xlsx": ("churn.xlsx", excel),
    "dates": ("churn.csv", dates),
    "missing target": ("churn.csv", missing_target),
    "quoted newlines": ("churn.csv", quoted_newlines),
    "300 columns": ("churn.csv", wide),
}


def written(folder: Path, name: str) -> Path:
    """Write one of the hostile files and return where."""
    file, content = HOSTILE[name]
    path = folder / file
    path.write_bytes(content())
    return path
