"""Hides personal data in raw records: columns marked as personal, or mapped to such fields."""

from typing import Any

import msgspec

from franca.config.project import Project
from franca.model.shape import shape_of
from franca.topics.dead_letter import DeadLetter

MASK = "•••"


def masked(project: Project, letter: DeadLetter) -> dict[str, Any]:
    """Return a dead letter for people to read; key and value that can't be taken apart are left out."""
    shown: dict[str, Any] = msgspec.to_builtins(letter)
    columns = personal_columns(project, letter.application)
    record = shown["record"]
    for part in ("key", "value"):
        text = record.pop(part, None)
        binary = record.pop(f"{part}_base64", None)
        if text is not None:
            record[part] = _masked_text(text, columns)
        elif binary is not None:
            record[part] = f"{MASK} ({len(binary)} characters of base64; --reveal shows them)"
        shown.pop(f"{part}_left", None)
    return shown


def personal_columns(project: Project, application: str) -> set[str]:
    """Return the names of an application's columns, and of all fields, that hold personal data."""
    found: set[str] = {f.name for e in project.entities for f in shape_of(e).fields if f.pii}
    for mapping in project.application(application).mappings:
        fields = {f.name: f for f in shape_of(mapping.table).fields}
        private = {f.name for f in shape_of(mapping.entity).fields if f.pii}
        found |= {f.column for f in fields.values() if f.pii}
        for field, columns in mapping.lineage().items():
            if field in private:
                found |= {fields[c].column for c in columns}
    return found


def _masked_text(text: str, columns: set[str]) -> object:
    try:
        return _hide(msgspec.json.decode(text), columns)
    except (msgspec.DecodeError, RecursionError):
        return f"{MASK} ({len(text)} characters that are not JSON; --reveal shows them)"


def _hide(value: Any, columns: set[str]) -> Any:
    if isinstance(value, dict):
        return {k: MASK if k in columns and v is not None else _hide(v, columns) for k, v in value.items()}
    if isinstance(value, list):
        return [_hide(item, columns) for item in value]
    return value
