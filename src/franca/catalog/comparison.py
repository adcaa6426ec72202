"""Compares declared tables with a source's catalog: what will break, and what is new."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from franca.catalog.annotation import key_type
from franca.catalog.finding import Declared, Finding, Severity
from franca.catalog.fitting import fit
from franca.catalog.table import Catalog, SourceColumn, SourceTable
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.renaming import renamed

CLASS = "correct the class"
_SHOWN = 10


def compare(table: Declared, catalog: Catalog) -> Iterator[Finding]:
    """Yield what differs between a declared table and the source's."""
    source = source_of(table, catalog)
    if source is None:
        yield _vanished(table, catalog)
        return
    yield from _columns(table, source)
    yield from _key(table, source)


def unmapped(tables: Sequence[Declared], catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding for all tables of the source that no mapping reads, however many there are."""
    read = [source_of(table, catalog) for table in tables if table.needs]
    names = [each.name for each in catalog.tables if each not in read]
    if names:
        listed = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        application = tables[0].application.name if tables else ""
        reason = f"{len(names)} tables of the source have no mapping: {listed}"
        remedy = "map them when they should be streamed; `franca import-tables` writes their classes"
        yield Finding("note", application, "", "table-unmapped", reason, remedy)


def source_of(table: Declared, catalog: Catalog) -> SourceTable | None:
    """Return the source's table of that name, `schema.table` too; by the letter first, then by the case."""
    name = table.shape.name
    for spelling in (str, str.lower):
        for each in catalog.tables:
            if spelling(name) in {spelling(each.name), spelling(f"{each.schema}.{each.name}")}:
                return each
    return None


def _vanished(table: Declared, catalog: Catalog) -> Finding:
    names = [each.name for each in catalog.tables]
    close = get_close_matches(table.shape.name, names, 1, 0.75)
    there = f"did you mean {close[0]!r}?" if close else f"the source has: {', '.join(names[:20]) or 'none'}"
    needs = tuple(sorted({need.partition(" ")[0] for each in table.needs.values() for need in each}))
    severity: Severity = "problem" if needs else "note"
    remedy = f"{there}; name the table with `name=`, or its schema in `source_schemas`"
    return Finding(severity, table.name, "", "table-missing", "is no table of the source", remedy, needs)


def _columns(table: Declared, source: SourceTable) -> Iterator[Finding]:
    fields = {field.column: field for field in table.shape.fields}
    there = {column.name: column for column in source.columns}
    missing = {name: field for name, field in fields.items() if name not in there}
    new = {name: column for name, column in there.items() if name not in fields}
    names = _renamed(missing, new)
    for name, field in missing.items():
        yield missing_column(table, field, names.get(name, ""), "the source")
    for name, column in new.items():
        if name not in names.values():
            kind = column.type.told or column.type.kind.value
            reason = f"is new at the source ({kind}), and not declared"
            remedy = "declare it if a mapping should use it; until then it is ignored"
            yield Finding("note", table.name, name, "column-new", reason, remedy)
    for name, field in fields.items():
        if name in there:
            yield from _column(table, field, there[name], is_key=name in source.keys)


def missing_column(table: Declared, field: Field, now: str, where: str) -> Finding:
    """Return the finding of a declared column that the source has not got, `now` its likely new name."""
    if now:
        reason = f"is not in {where}, which has {now!r} of its type: renamed?"
        remedy = f'if so, write Annotated[…, Column("{now}")] in the class'
        return table.finding(field.name, "column-renamed", reason, remedy)
    remedy = "take it out of the class and of what needs it, or bring it back"
    return table.finding(field.name, "column-missing", f"is not in {where}", remedy)


def _renamed(missing: Mapping[str, Field], new: Mapping[str, SourceColumn]) -> dict[str, str]:
    return renamed(
        {name: _Readable(field) for name, field in missing.items()},
        {name: _Readable(None, column) for name, column in new.items()},
    )


class _Readable:
    """A column's type, equal to another where one can read the other."""

    __slots__ = ("column", "field")
    __hash__ = None  # type: ignore[assignment]  # it is compared only

    def __init__(self, field: Field | None, column: SourceColumn | None = None) -> None:
        self.field, self.column = field, column

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Readable) or self.field is None or other.column is None:
            return NotImplemented
        if self.field.kind in {Kind.LIST, Kind.STRUCT} and other.column.type.kind is Kind.TEXT:
            return False  # readable where a capture sends it as what it is, and hardly that column
        return fit(other.column.type, self.field).verdict != "unlike"


def _column(table: Declared, field: Field, column: SourceColumn, *, is_key: bool) -> Iterator[Finding]:
    found = fit(key_type(column.type) if is_key else column.type, field)
    if found.verdict == "unlike":
        yield table.finding(
            field.name, "type-changed", found.reason, f"{CLASS}, and what its mappings make of it"
        )
    elif found.verdict == "wider":
        yield Finding(
            "note", table.name, field.column, "type-wider", found.reason, f"{CLASS} if it should hold all"
        )
    if column.nullable and not field.nullable:
        reason = "may be null at the source, and is declared without `| None`"
        yield table.finding(
            field.name, "nullable", reason, "add `| None`, and say what a mapping makes of null"
        )
    width = field.width
    told = column.type.told.rpartition("(")[2].rstrip(")")
    if width is not None and told.isdecimal() and int(told) != width:
        reason = f"is {column.type.told}, declared with width={width}"
        yield table.finding(field.name, "type-changed", reason, "correct the width")


def _key(table: Declared, source: SourceTable) -> Iterator[Finding]:
    declared = {field.column for field in table.shape.keys}
    if not source.keys:
        if declared:
            reason = f"has no primary key at the source; declared is {_listed(declared)}"
            yield Finding("note", table.name, "", "key-missing", reason, "make sure that it tells rows apart")
        return
    if declared != set(source.keys):
        yield key_differs(table, declared, source.keys, "the source")


def key_differs(table: Declared, declared: set[str], there: tuple[str, ...], where: str) -> Finding:
    """Return the finding of a key that is another at the source."""
    severity: Severity = "problem" if table.needs else "note"
    reason = f"has the key {_listed(there)} in {where}, declared is {_listed(declared) or 'none'}"
    remedy = "mark the same columns with Key[…]: a delete finds its row by them"
    return Finding(severity, table.name, "", "key-changed", reason, remedy)


def _listed(names: "set[str] | tuple[str, ...]") -> str:
    return ", ".join(repr(name) for name in (sorted(names) if isinstance(names, set) else names))
