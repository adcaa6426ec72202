"""A source's tables as plain values: what a database, DDL, a copybook or messages say of them."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, replace

from franca.errors import UsageError
from franca.model.kind import Kind


@dataclass(frozen=True, slots=True)
class ColumnType:
    """The nearest kind that the model has. `told` is what the source calls the type.

    `remark` says what the kind leaves out, `labels` are an enumeration's values and `enum` its name,
    `item` is a list's, `has_nulls` says that there are nulls among them, `width` is a text's exact count of
    characters, `is_required` says that the type itself, a domain, allows no nulls.
    """

    kind: Kind
    precision: int | None = None
    scale: int | None = None
    item: "ColumnType | None" = None
    labels: tuple[str, ...] = ()
    enum: str = ""
    told: str = ""
    remark: str = ""
    width: int | None = None
    has_nulls: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column. `comment` is the source's own."""

    name: str
    type: ColumnType
    nullable: bool = True
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table. `keys` are the names of its key columns, none where the source tells none.

    `remarks` say what its reader should know: a key that was guessed, or is missing. `layout` is how its
    records are laid out, as source, where they are no JSON.
    """

    name: str
    columns: tuple[SourceColumn, ...]
    keys: tuple[str, ...] = ()
    schema: str = ""
    comment: str = ""
    remarks: tuple[str, ...] = ()
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A statement or a message of the source that could not be read: where it begins, what, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a source has: its tables in order, what was left out, what could not be read."""

    origin: str
    tables: tuple[SourceTable, ...]
    skipped: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()

    def chosen(self, patterns: Sequence[str], schemas: Sequence[str] = ()) -> "Catalog":
        """Return the catalog of the tables that match a pattern (`cust*`, `sales.*`), all without one.

        Raises UsageError for a pattern, or schemas, that match none.
        """
        wanted = {schema.lower() for schema in schemas}
        tables = [table for table in self.tables if not wanted or table.schema.lower() in wanted]
        if self.tables and not tables:
            known = ", ".join(sorted({table.schema or "none" for table in self.tables}))
            reason = f"no tables in it, the source has the schemas: {known}"
            raise UsageError.one(", ".join(schemas), reason, "check the name")
        for pattern in patterns:
            if not any(_fits(table, pattern) for table in tables):
                known = ", ".join(sorted(table.name for table in tables)) or "none"
                raise UsageError.one(pattern, f"no such table, the source has: {known}", "check the name")
        kept = [t for t in tables if not patterns or any(_fits(t, pattern) for pattern in patterns)]
        return replace(self, tables=tuple(kept))


def _fits(table: SourceTable, pattern: str) -> bool:
    names = (table.name.lower(), f"{table.schema}.{table.name}".lower())
    return any(fnmatch.fnmatchcase(name, pattern.lower()) for name in names)


def keyed(
    table: SourceTable, primary: Sequence[str], unique: Sequence[tuple[str, Sequence[str]]]
) -> SourceTable:
    """Return the table with its primary key, or that of its first unique index whose columns are never null.

    `unique` holds each unique index's name and columns. A key is never guessed beyond that: without one the
    table says so in its remarks.
    """
    if primary:
        columns = tuple(replace(c, nullable=False) if c.name in primary else c for c in table.columns)
        return replace(table, keys=tuple(primary), columns=columns)
    required = {column.name for column in table.columns if not column.nullable}
    for name, columns_of_index in sorted(unique, key=lambda each: (len(each[1]), each[0])):
        if columns_of_index and required.issuperset(columns_of_index):
            remark = f"has no primary key: its key is that of the unique index {name!r}"
            return replace(table, keys=tuple(columns_of_index), remarks=(*table.remarks, remark))
    remark = "has no primary key and no unique index without nulls: mark the columns that tell its rows apart"
    return replace(table, remarks=(*table.remarks, remark))
