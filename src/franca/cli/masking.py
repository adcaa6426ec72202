"""Hides personal data in dead letters: shown is what is declared, and neither personal nor feeds what is."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from franca.config.project import Project
from franca.model.field import Field
from franca.model.shape import shape_of
from franca.operations.letters.summary import Summary
from franca.topics.dead_letter import DeadLetter, Left

MASK = "•••"

_EVENT = {"specversion", "id", "source", "type", "time", "sequence", "origin", "mapping"}
_EVENT |= {"datacontenttype", "dataschema"}
_CHANGE = {"op", "ts_ms", "ts_us", "ts_ns"}
_FORWARDED = {"topic", "partition", "offset", "timestamp"}
_SOURCE = {"version", "connector", "name", "ts_ms", "snapshot", "db", "schema", "table", "sequence", "txId"}
_SOURCE |= {"lsn", "scn", "commit_scn", "commit_lsn", "change_lsn", "file", "pos", "row", "gtid"}
_GOT = re.compile(r"^got .*, expected ", re.DOTALL)


class Masking:
    """What may be shown of an application's records and events, and of the reasons about them."""

    def __init__(self, project: Project, application: str) -> None:
        mappings = [m for m in project.application(application).mappings if not m.problems]
        fields = [field for entity in project.entities for field in _all(shape_of(entity).fields)]
        self._personal = {field.name for field in fields if field.pii}
        declared = {field.name for field in fields}
        keys = any(field.pii for entity in project.entities for field in shape_of(entity).keys)
        for mapping in mappings:
            columns, personal = shape_of(mapping.table).fields, mapping.personal()
            self._personal |= {field.column for field in columns if field.name in personal}
            declared |= {field.column for field in _all(columns)}
            keys |= bool(personal & mapping.key_columns)
            keys |= any(field.name in personal for field in shape_of(mapping.table).keys)
        self._known = declared - self._personal
        self._keys = set[str]() if keys else {"subject", "key"}

    def letter(self, letter: DeadLetter) -> dict[str, Any]:
        """Return a dead letter for people to read; what can't be taken apart is left out."""
        shown: dict[str, Any] = msgspec.to_builtins(letter)
        shown["reason"] = self.reason(letter)
        record = shown["record"]
        for part in ("key", "value"):
            text, binary = record.pop(part, None), record.pop(f"{part}_base64", None)
            left = getattr(letter, f"{part}_left")
            shown.pop(f"{part}_left", None)
            if isinstance(left, Left):
                record[part] = (
                    f"{MASK} ({left.size} bytes, of which the letter has the first; --reveal shows them)"
                )
            elif text is not None:
                record[part] = self._text(text, part)
            elif binary is not None:
                record[part] = f"{MASK} ({len(binary)} characters of base64; --reveal shows them)"
        for header in record.get("headers") or ():
            header.update({name: MASK for name in header if name != "key" and header[name] is not None})
        return shown

    def reason(self, letter: DeadLetter | Summary) -> str:
        """Return a letter's reason, without the value where the field has become personal since."""
        names = set(re.split(r"[.\[\]]", letter.path))
        if names & self._personal:
            return _GOT.sub("got a personal value, expected ", letter.reason)
        return letter.reason

    def _text(self, text: str, part: str) -> object:
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return f"{MASK} ({len(text)} characters that are not JSON; --reveal shows them)"
        return self._shown(value, part, self._keys)

    def _shown(self, value: Any, name: str, known: set[str]) -> Any:
        """Return what may be shown of a value; `known` are names that its place has besides the declared."""
        if value is None or name in self._personal:
            return None if value is None else MASK
        if isinstance(value, dict):
            return self._object(value, name)
        if isinstance(value, list):
            return [self._shown(item, name, known) for item in value]
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"'):
            try:
                return self._shown(msgspec.json.decode(value), name, known)
            except (msgspec.DecodeError, RecursionError):
                return MASK
        return value if name in known or name in self._known else MASK

    def _object(self, value: dict[str, Any], name: str) -> dict[str, Any]:
        known = set(_SOURCE) if name == "source" else set()
        if "specversion" in value:
            known |= _EVENT | self._keys
        if "op" in value:
            known |= _CHANGE
        if _FORWARDED - {"timestamp"} <= value.keys():
            known |= _FORWARDED | self._keys
        if value.keys() == {"schema", "payload"}:
            value = {"schema": None, "payload": value["payload"]}
        return {key: self._shown(item, key, known) for key, item in value.items()}


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield fields and those of their nested values."""
    for field in fields:
        yield field
        yield from _all(field.fields)
        if field.item is not None:
            yield from _all(field.item.fields)
