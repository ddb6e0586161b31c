"""What each code of an audit means: one file, of which findings and the page of codes are made."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from boostweights.audits.findings import Severity

_HEAD: Final = """\
# What an audit finds

`bw.audit(model)` looks at a configured or fitted model, a pipeline, a search or a dict of parameters, and
returns findings: mistakes are errors (the model is not the one that was asked for) or warnings (it may not
be), notes are info. With the training labels `y` it finds more: rules that need them are silent without.
`sample_weight` and `eval_set` are what `fit` will get; weights of evaluation rows go third, `(X, y, weight)`.
It reads settings, not programs: callbacks, and arguments of `fit` that it is not given, are unknown to it.

```python
import boostweights as bw
from lightgbm import LGBMClassifier

found = bw.audit(LGBMClassifier(class_weight="balanced", scale_pos_weight=9.0))
print(found.at_least("warning").codes())
```

```text
['weights-multiply']
```

Each example below raises its code.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """One code: its severity, what it is, what comes of it, what to do, and code that raises it."""

    severity: Severity
    title: str
    why: str
    mend: str
    example: str


@cache
def catalogue() -> Mapping[str, CodeEntry]:
    """Return code → entry.

    Examples
    --------
    >>> catalogue()["few-rows"].severity
    'warning'
    """
    text = files("boostweights.audits").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return {code: CodeEntry(**fields) for code, fields in tomllib.loads(text).items()}


def page() -> str:
    """Return the page of all codes, as Markdown.

    Examples
    --------
    >>> print(page().splitlines()[0])
    # What an audit finds
    """
    sections = (
        f"## {code}\n\n**{entry.severity}** · {entry.title}\n\n{entry.why}\n\n"
        f"```python\n{entry.example.strip()}\n```\n\n**Mend.** {entry.mend}\n"
        for code, entry in catalogue().items()
    )
    return "\n".join([_HEAD, *sections])
