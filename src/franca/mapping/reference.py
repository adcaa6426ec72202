"""Reference tables: code tables that live in a file beside the module, or in a dict."""

import csv
import sys
from collections.abc import Mapping
from pathlib import Path

from franca.errors import DefinitionError


class Reference:
    """A table of codes for `lookup`: from a dict, or from a CSV file with a header beside the module.

    `Reference("districts.csv", key="code", value="name")` reads the file once, when the module loads;
    its content is part of the mapping's hash, so that a changed file is a new version of the mapping.
    """

    __slots__ = ("name", "rows")

    def __init__(
        self,
        source: Mapping[str, str] | str | Path,
        key: str | None = None,
        value: str | None = None,
        *,
        delimiter: str = ",",
        encoding: str = "utf-8-sig",
    ) -> None:
        if isinstance(source, Mapping):
            self.name, self.rows = "reference", dict(source)
            return
        caller = sys._getframe(1)
        path = Path(caller.f_code.co_filename).parent / source
        place = (caller.f_code.co_filename, caller.f_lineno)
        self.name = str(source)
        try:
            with path.open(encoding=encoding, newline="") as file:
                self.rows = _read(csv.DictReader(file, delimiter=delimiter), self.name, key, value, place)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            remedy = "put the file beside the module, in UTF-8 (or say encoding=)"
            raise DefinitionError.one(self.name, f"can't be read: {error}", remedy, *place) from None


def _read(
    lines: "csv.DictReader[str]", name: str, key: str | None, value: str | None, place: tuple[str, int]
) -> dict[str, str]:
    columns = list(lines.fieldnames or [])
    key, value = key or next(iter(columns), ""), value or next(iter(columns[1:]), "")
    for column in (key, value):
        if column not in columns:
            reason = f"has no column {column!r}, got the columns {columns}"
            raise DefinitionError.one(name, reason, "correct key= or value=", *place)
    rows: dict[str, str] = {}
    for line in lines:
        if line[key] is None or line[value] is None:
            reason = f"has no value for each column in line {lines.line_num}"
            raise DefinitionError.one(name, reason, "complete the line", *place)
        if line[key] in rows and rows[line[key]] != line[value]:
            reason = f"has the code {line[key]!r} twice with different values, again in line {lines.line_num}"
            raise DefinitionError.one(name, reason, "remove one of them", *place)
        rows[line[key]] = line[value]
    if not rows:
        raise DefinitionError.one(name, "is empty", "give at least one code", *place)
    return rows
