"""Notes: texts that a fitted model keeps, also when it is saved, and that know which training they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidValueError

CARD: Final = "boostweights_card"
"""The name under which a model keeps its weighting card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text that a model keeps.

    Attributes
    ----------
    text : str
    current : bool
        Whether the model is still as it was when the note was written, not trained again or on since.
    """

    text: str
    current: bool


def write(model: Any, name: str, text: str) -> None:
    """Keep a text under a name in a fitted classifier or Booster, which is changed by that."""
    adapter = adapter_of(model)
    adapter.notes.write_note(model, name, f"{adapter.notes.training(model)}\n{text}")


def note_of(model: Any, name: str) -> Note | None:
    """Return the text that a fitted classifier or Booster keeps under a name, or None."""
    adapter = adapter_of(model)
    try:
        kept = adapter.notes.read_note(model, name)
    except UnicodeDecodeError as broken:
        raise InvalidValueError(
            "a note in a model must be text", f"{name}: {broken}", "Write it again."
        ) from broken
    if kept is None:
        return None
    training, _, text = kept.partition("\n")
    return Note(text=text, current=training == adapter.notes.training(model))


def carry(source: Any, copied: Any, name: str = CARD) -> None:
    """Keep a note of a model in a copy whose trees were changed on purpose."""
    note = note_of(source, name)
    if note is not None and note.current:
        write(copied, name, note.text)
