"""Forest plots of verdicts: every family, the mean with the interval that decides, the region."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.claims.verdict import Verdict
from boostweights.files import write_atomically
from boostweights.pages.charts import CONFIG, PALETTE, inline

_WIDTH, _STEP = 560, 34
_INK: Final = "#333"
_PAPER: Final = "#fff"


def anchor(verdict: Verdict) -> str:
    """Return a verdict's name in links and files."""
    return re.sub(r"[^a-z0-9-]+", "-", f"{verdict.regime}-{verdict.claim.id}".lower())


def write_forests(verdicts: Sequence[Verdict], folder: Path) -> None:
    """Write a picture a verdict that has effects, and remove those of other verdicts.

    Parameters
    ----------
    verdicts : sequence of Verdict
        What `judge` returned.
    folder : Path
        Is made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = {f"{anchor(verdict)}.svg": verdict for verdict in verdicts if verdict.effects}
    for file in folder.glob("*.svg"):
        if file.name not in made:
            file.unlink()
    for name, verdict in made.items():
        write_atomically(folder / name, forest(verdict).encode())


def forest(verdict: Verdict) -> str:
    """Return a verdict's forest plot as SVG: a row a library, the mean over libraries first.

    A small circle is a family, the dot the mean over families, the thick line the interval that decides, the
    thin one where a new family is to be expected; the band is the region of practical equivalence.
    """
    import altair as alt
    import vl_convert

    rows = list(_rows(verdict))
    base = alt.Chart(inline({name: [row[name] for row in rows] for name in rows[0]}))
    families = alt.Chart(inline(_families(verdict)))
    y = alt.Y("library:N", sort=None).title(None)
    title = f"{verdict.claim.metric}: {verdict.claim.b} minus {verdict.claim.a}"
    x = alt.X("low:Q").title(title).axis(format="+~g", tickCount=7)
    layers = [
        _band(verdict.rope) if verdict.rope else None,
        alt.Chart(inline({"at": [0]})).mark_rule(color=_INK, opacity=0.5).encode(x="at:Q"),
        families.mark_point(size=22, color=_INK, opacity=0.45, strokeWidth=1).encode(x="value:Q", y=y),
        base.mark_rule(color=PALETTE[0], size=1).encode(x="new_low:Q", x2="new_high:Q", y=y),
        base.mark_rule(color=PALETTE[0], size=4).encode(x=x, x2="high:Q", y=y),
        base.mark_point(size=70, filled=True, color=PALETTE[0], opacity=1).encode(x="mean:Q", y=y),
    ]
    chart = alt.layer(*(layer for layer in layers if layer is not None))
    sized = chart.properties(width=_WIDTH, height=_STEP * len(rows), background=_PAPER)
    plain = sized.to_dict() | {"config": _ink(CONFIG)}
    return str(vl_convert.vegalite_to_svg(plain))


def _band(rope: float) -> Any:
    import altair as alt

    band = alt.Chart(inline({"from": [-rope], "to": [rope]}))
    return band.mark_rect(color=PALETTE[2], opacity=0.22).encode(x="from:Q", x2="to:Q")


def _rows(verdict: Verdict) -> Iterator[dict[str, Any]]:
    for effect in verdict.effects:
        yield {
            "library": effect.library,
            "mean": effect.interval.value,
            "low": effect.interval.low,
            "high": effect.interval.high,
            "new_low": effect.prediction.low,
            "new_high": effect.prediction.high,
        }


def _families(verdict: Verdict) -> dict[str, list[Any]]:
    pairs = [(effect.library, value) for effect in verdict.effects for value in effect.families.values()]
    return {"library": [library for library, _ in pairs], "value": [value for _, value in pairs]}


def _ink(config: dict[str, Any]) -> dict[str, Any]:
    """Pictures stand alone: they have no page whose text colour they could take."""
    axis = {name: _INK if value == "currentColor" else value for name, value in config["axis"].items()}
    return config | {"axis": axis, "background": _PAPER, "aria": False}  # the page describes them
