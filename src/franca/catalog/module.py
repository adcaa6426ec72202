"""Writes a catalog as a Python module: its `Table` classes, and the application they belong to.

The text is what `ruff format` leaves as it is, and the same for the same catalog.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from franca.catalog.annotation import MODULES, annotation, enum_key, key_type, quoted
from franca.catalog.identifiers import attribute_name, class_name, member_name
from franca.catalog.table import Catalog, ColumnType, SourceTable
from franca.model.entity import snake_case
from franca.model.kind import Kind
from franca.model.shape import is_readable

_WIDTH = 100
_TOPIC = re.compile(r"[a-zA-Z0-9._-]+")


def module_text(catalog: Catalog, application: str = "", *, with_application: bool = True) -> str:
    """Return the module. It makes the application, if one is named, unless another module does."""
    writer = _Writer(catalog, application, with_application=with_application and bool(application))
    return writer.text()


class _Writer:
    """Writes one module, and remembers which names it uses."""

    def __init__(self, catalog: Catalog, application: str, *, with_application: bool) -> None:
        self._catalog, self._application = catalog, application
        self._used: set[str] = {"Application"} if with_application else set()
        self._is_owner = with_application
        self._classes: set[str] = set()
        self._values_of: dict[str, str] = {}
        names = [table.name for table in catalog.tables]
        self._shared = {name for name in names if names.count(name) > 1}
        self._tables = [self._class_of(table) for table in catalog.tables]
        self._enums = self._enumerations()

    def text(self) -> str:
        """Return the whole module."""
        blocks = [*self._enum_blocks(), *self._table_blocks()]
        of = f" of {self._application}" if self._application else ""
        origin = _line(self._catalog.origin)
        head = f'"""The tables{of}, written by `franca import-tables` from {origin}."""\n'
        parts = [head, self._imports()]
        if self._is_owner:
            parts.append(f'{self._application} = Application("{self._application}")\n')
        return "\n".join(part for part in parts if part) + "".join(f"\n\n{block}" for block in blocks)

    def _imports(self) -> str:
        wanted = sorted(self._used, key=lambda name: (MODULES[name] == "franca", MODULES[name], name))
        lines: list[str] = []
        for module, names in groupby(wanted, key=lambda name: MODULES[name]):
            ordered = ", ".join(sorted(names, key=lambda name: (not name[0].isupper(), name)))
            lines.append(
                f"\nfrom {module} import {ordered}"
                if module == "franca" and lines
                else f"from {module} import {ordered}"
            )
        return "\n".join(lines) + "\n" if lines else ""

    def _class_of(self, table: SourceTable) -> str:
        whole = f"{table.schema}_{table.name}" if table.name in self._shared else table.name
        name = class_name(whole, self._classes)
        self._classes.add(name)
        return name

    def _enumerations(self) -> dict[tuple[str, ...], str]:
        """Return the class of each enumeration: by its own name, or that of the first column that has it."""
        found: dict[tuple[str, ...], str] = {}
        for table in self._catalog.tables:
            for column in table.columns:
                for kind in _enums_in(column.type):
                    if enum_key(kind) not in found:
                        name = class_name(kind.enum or f"{table.name}_{column.name}", self._classes)
                        self._classes.add(name)
                        found[enum_key(kind)] = name
                        self._values_of[name] = kind.enum or f"{table.name}.{column.name}"
        return found

    def _enum_blocks(self) -> Iterator[str]:
        for key, name in self._enums.items():
            self._used.add("Enum")
            lines = [f"class {name}(Enum):", f'    """The values of {_line(self._values_of[name])}."""', ""]
            taken: set[str] = set()
            for label in key[1:]:
                member = member_name(label, taken)
                taken.add(member)
                lines.append(f"    {member} = {quoted(label)}")
            yield "\n".join(lines) + "\n"

    def _table_blocks(self) -> Iterator[str]:
        for table, name in zip(self._catalog.tables, self._tables, strict=True):
            self._used.add("Table")
            yield "\n".join([self._header(table, name), *_described(table), *self._body(table)]) + "\n"

    def _header(self, table: SourceTable, name: str) -> str:
        legacy = f"{table.schema}.{table.name}" if table.name in self._shared else table.name
        options = "" if snake_case(name) == legacy else f", name={quoted(legacy)}"
        if table.layout:
            self._used.add(table.layout.partition("(")[0])
            options += f", format={table.layout}"
        if not _TOPIC.fullmatch(legacy):
            safe = re.sub(r"[^a-zA-Z0-9._-]", "_", legacy)
            options += f', topic="raw.{self._application or "*"}.{safe}"'
        return f"class {name}(Table{options}):"

    def _body(self, table: SourceTable) -> Iterator[str]:
        attributes = attributes_of(table)
        for column in table.columns:
            is_key = column.name in table.keys and key_type(column.type).kind is not Kind.LIST
            made = annotation(column, attributes[column.name], self._enums, is_key=is_key)
            line = f"    {attributes[column.name]}: {made.text}"
            remark = _line(made.remark)
            if column.type.kind is Kind.STRUCT:
                yield f"    # {_line(column.name)}: {remark}; declare a class of Value, or a list of one"
                continue
            if not is_readable(column.name):
                yield f"    # {column.name!r}: a column of this name can't be read out of messages"
                continue
            self._used |= made.names
            if remark and len(line) + len(remark) + 4 > _WIDTH:
                yield f"    # {remark}"
                remark = ""
            yield f"{line}  # {remark}" if remark else line
            if column.comment:
                yield from _docstring_lines(column.comment)


def attributes_of(table: SourceTable) -> Mapping[str, str]:
    """Return the attribute of each column; one that must be renamed takes no other column's name."""
    names = [column.name for column in table.columns]
    legal = {name for name in names if attribute_name(name, frozenset()) == name}
    taken = set(legal)
    found = {}
    for name in names:
        found[name] = name if name in legal else attribute_name(name, taken)
        taken.add(found[name])
    return found


def _described(table: SourceTable) -> Iterator[str]:
    """Yield the lines of a table's docstring, none where there is nothing to say."""
    parts = [_sentence(part) for part in (table.comment, *table.remarks) if part.strip()]
    if parts:
        yield from _docstring_lines("\n\n".join(parts))
        yield ""


def _sentence(text: str) -> str:
    text = text.strip()
    first = text[:1].upper() + text[1:]
    return first if first.endswith((".", "!", "?", ":")) else f"{first}."


def _docstring_lines(text: str) -> Iterator[str]:
    lines = [_docstring(line.strip()) for line in text.strip().splitlines()]
    if len(lines) == 1:
        yield f'    """{lines[0]}"""'
        return
    yield f'    """{lines[0]}'
    yield from (f"    {line}" if line else "" for line in lines[1:])
    yield '    """'


def _docstring(text: str) -> str:
    """Return a text that stands in a docstring as it is: no quote ends it, no character is obeyed."""
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text.replace("\\", "\\\\")
    )
    shown = shown.replace('"""', "'''")
    return f'{shown[:-1]}\\"' if shown.endswith('"') else shown


def _line(text: str) -> str:
    return _docstring(" ".join(text.split()))


def _enums_in(kind: ColumnType) -> Iterator[ColumnType]:
    if kind.kind is Kind.ENUM:
        yield kind
    if kind.item is not None:
        yield from _enums_in(kind.item)
