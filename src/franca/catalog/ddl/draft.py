"""Tables while their DDL is read: columns come, change and go, keys and comments follow later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from franca.catalog.ddl.columns import Definition
from franca.catalog.ddl.words import Torn
from franca.catalog.table import ColumnType, SourceColumn, SourceTable, keyed


@dataclass(slots=True)
class Draft:
    """One table as far as it is known. `unique` holds the name and the columns of each unique index."""

    path: tuple[str, ...]
    columns: dict[str, SourceColumn] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    unique: list[tuple[str, list[str]]] = field(default_factory=list)
    comment: str = ""
    is_partition: bool = False

    def define(self, definition: Definition) -> None:
        """Add a column, or define it anew at its place."""
        column = definition.column
        self.columns[column.name] = column
        if definition.is_key:
            self.keys.append(column.name)
        if definition.is_unique:
            self.unique.append((column.name, [column.name]))

    def take(self, other: "Draft", *, keys: bool) -> None:
        """Add another table's columns, and have its keys too if they are meant."""
        self.columns |= other.columns
        if keys:
            self.keys, self.unique = [*other.keys], [*other.unique]

    def change(
        self,
        name: str,
        *,
        type: ColumnType | None = None,  # noqa: A002  # as the column has it
        nullable: bool | None = None,
        comment: str | None = None,
    ) -> None:
        """Change what is given of a column. Raises Torn where there is no such column."""
        column = self.columns.get(name)
        if column is None:
            raise Torn(f"names the column {name!r}, which the table {self.path[-1]!r} has not got")
        self.columns[name] = SourceColumn(
            name,
            column.type if type is None else type,
            column.nullable if nullable is None else nullable,
            column.comment if comment is None else comment,
        )

    def drop(self, name: str) -> None:
        """Forget a column, and what was unique by it."""
        self.columns.pop(name, None)
        self.unique = [each for each in self.unique if name not in each[1]]

    def rename(self, old: str, new: str) -> None:
        """Give a column another name, at its place."""
        self.columns = {
            new if name == old else name: replace(column, name=new) if name == old else column
            for name, column in self.columns.items()
        }
        self.keys = [new if key == old else key for key in self.keys]
        self.unique = [(index, [new if c == old else c for c in columns]) for index, columns in self.unique]

    def table(self) -> SourceTable:
        """Return the table as it is now."""
        schema = self.path[-2] if len(self.path) > 1 else ""
        table = SourceTable(self.path[-1], tuple(self.columns.values()), (), schema, self.comment)
        keys = [key for key in self.keys if key in self.columns]
        return keyed(table, keys, self.unique)


class Drafts:
    """The tables of a script, by name."""

    def __init__(self) -> None:
        self._drafts: dict[tuple[str, ...], Draft] = {}

    def add(self, path: Sequence[str]) -> Draft:
        """Begin a table; one of that name is forgotten."""
        return self.put(Draft(tuple(path)))

    def put(self, draft: Draft) -> Draft:
        """Take a table that is made; one of its name is forgotten."""
        self._drafts[draft.path] = draft
        return draft

    def of(self, path: Sequence[str]) -> Draft | None:
        """Return the table of that name; a schema may be missing on either side. None where there is none."""
        exact = self._drafts.get(tuple(path))
        if exact is not None:
            return exact
        found = [
            draft
            for known, draft in self._drafts.items()
            if known[-1] == path[-1] and (len(known) == 1 or len(path) == 1 or known[-2:] == tuple(path[-2:]))
        ]
        return found[0] if len(found) == 1 else None

    def drop(self, path: Sequence[str]) -> None:
        """Forget a table, if there is one of that name."""
        draft = self.of(path)
        if draft is not None:
            del self._drafts[draft.path]

    def rename(self, draft: Draft, name: str) -> None:
        """Give a table another name."""
        del self._drafts[draft.path]
        draft.path = (*draft.path[:-1], name)
        self._drafts[draft.path] = draft

    def __iter__(self) -> Iterator[Draft]:
        return iter(self._drafts.values())
