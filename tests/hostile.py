"""Tables as people have them: honest, and hostile to who reads them."""

import csv
import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence
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
        "balance": [float(each) for each in (1000 + 900 * rng.normal(size=N) + 2400 * churn).round(2)],
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


def _csv(sep: str = ",", encoding: str = "utf-8", **more: Sequence[Any]) -> bytes:
    return as_csv(columns(**more), sep).encode(encoding)


_TABLE = columns()
_VISITS = [str(each % 7) if each % 9 else "n.a." for each in range(N)]
_DAYS = [datetime.date(2025, 1, 1) + datetime.timedelta(days=7 * each % 365) for each in range(N)]
_ABROAD = ["Zürich", "Genève"] * (N // 2)
_REMARKS = ['said "no",\nthen left', "came\r\nback", "plain"]
_ALIKE = ("Balance", " BALANCE ", "balance [EUR]", "balance (EUR)", '"balance"', "bal ance", "Churn")
_WIDE = np.random.default_rng(1).normal(size=(300, N)).round(4)

HOSTILE: dict[str, tuple[str, bytes]] = {
    "semicolon": ("churn.csv", _csv(";")),
    "decimal comma": (
        "churn.csv",
        _csv(";", **{name: with_commas(_TABLE[name]) for name in ("balance", "rate")}),
    ),
    "UTF-16 with BOM": ("churn.csv", _csv("\t", "utf-16", city=_ABROAD)),
    "Latin-1": ("churn.csv", _csv(encoding="latin-1", city=_ABROAD)),
    "numbers as text": ("churn.csv", _csv(visits=_VISITS, rate=["?", *map(str, _TABLE["rate"][1:])])),
    "xlsx": (
        "churn.xlsx",
        workbook(
            {
                "customers": columns(
                    vip=[each % 3 == 0 for each in range(N)], rate=[None, *_TABLE["rate"][1:]]
                ),
                "notes": {},
            }
        ),
    ),
    "dates": ("churn.csv", _csv(since=[day.strftime("%d.%m.%Y") for day in _DAYS])),
    "missing target": ("churn.csv", _csv(churn=["", *_TABLE["churn"][1:]])),
    "quoted newlines": (
        "churn.csv",
        as_csv(
            columns(remark=[_REMARKS[each % 3] for each in range(N)]), quoting=csv.QUOTE_NONNUMERIC
        ).encode(),
    ),
    "separator line": ("churn.csv", b"\xef\xbb\xbfsep=;\r\n" + _csv(";", city=_ABROAD)),
    "names alike": (
        "churn.csv",
        _csv(**{name: _TABLE["rate"][at:] + _TABLE["rate"][:at] for at, name in enumerate(_ALIKE, start=1)}),
    ),
    "separators at ends": (
        "churn.csv",
        as_csv(columns(), ";", lineterminator=";\r\n").encode() + b"\r\n\r\n",
    ),
    "300 columns": ("churn.csv", _csv(**{f"x{at}": values.tolist() for at, values in enumerate(_WIDE)})),
}


def written(folder: Path, name: str) -> Path:
    """Write one of the hostile files and return where."""
    file, content = HOSTILE[name]
    path = folder / file
    path.write_bytes(content)
    return path
