"""The page of the audit's codes: the sections of docs/audit.md, made of the catalogue; its head stays.

python -m benchmarks.audit_page
"""

from pathlib import Path

from boostweights.audits.findings import catalogue

PAGE = Path(__file__).parents[1] / "docs" / "audit.md"


def page() -> str:
    """Return the page, as Markdown."""
    sections = (
        f"## {code}\n\n**{entry['severity']}** · {entry['title']}\n\n{entry['why']}\n\n"
        f"```python\n{entry['example'].strip()}\n```\n\n**Mend.** {entry['mend']}\n"
        for code, entry in catalogue("audits").items()
    )
    head = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    return "\n".join([head, *sections])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
