"""What ALTER TABLE changes: columns that come, change, go or are renamed, keys, partitions."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from franca.catalog.ddl.columns import definition, type_name
from franca.catalog.ddl.constraints import constraint
from franca.catalog.ddl.draft import Draft, Drafts
from franca.catalog.ddl.words import Words
from franca.catalog.sqltype import column_type
from franca.catalog.table import ColumnType

_Read: TypeAlias = Callable[[Words, bool], None]


def alter(draft: Draft, words: Words, dialect: str, named: Mapping[str, ColumnType], drafts: Drafts) -> None:
    """Change the table as the words behind its name say. Raises Torn. What no column needs is passed over."""
    change = _Change(draft, dialect, named, drafts)
    for item in words.items():
        for clause in item.clauses(_CLAUSES) if dialect in {"db2", "oracle"} else [item]:
            change.read(clause)


class _Change:
    """The changes of one statement; a verb counts for the items behind it, as in `ADD a int, b int`."""

    def __init__(self, draft: Draft, dialect: str, named: Mapping[str, ColumnType], drafts: Drafts) -> None:
        self._draft, self._dialect, self._named, self._drafts = draft, dialect, named, drafts
        self._verb = ""

    def read(self, words: Words) -> None:
        """Read one item."""
        words.skip("WITH", "CHECK")
        words.skip("WITH", "NOCHECK")
        if words.next.upper in _VERBS:
            self._verb = words.take().upper
        elif self._dialect in {"mysql", "postgres"}:
            return  # each item has its verb: this is an option of the table, as `ENGINE=InnoDB`
        match self._verb:
            case "ADD":
                self._each(words, self._add)
            case "MODIFY" | "CHANGE":
                self._each(words, self._modify)
            case "ALTER":
                self._alter(words)
            case "DROP":
                self._each(words, self._drop)
            case "RENAME":
                self._rename(words)
            case "SET" if words.skip("UNUSED"):
                self._each(words, self._drop)
            case "ATTACH" if words.skip("PARTITION"):
                partition = self._drafts.of(words.path())
                if partition is not None:
                    partition.is_partition = True

    def _each(self, words: Words, read: _Read) -> None:
        """Read the item, or those in its brackets (Oracle's way)."""
        is_column = words.skip("COLUMN") or words.skip("COLUMNS")
        words.skip("IF", "NOT", "EXISTS")
        words.skip("IF", "EXISTS")
        for item in words.inside().items() if words.next.upper == "(" else [words]:
            read(item, is_column)

    def _add(self, words: Words, is_column: bool) -> None:
        if words.next.upper in _PARTS and not is_column:
            return
        if is_column or not constraint(self._draft, words):
            self._draft.define(definition(words, self._dialect, self._named))

    def _modify(self, words: Words, is_column: bool) -> None:
        """Read a new definition; what it leaves out stays (Oracle), but for MySQL, where it is whole."""
        if words.next.upper in _PARTS | {"CONSTRAINT"} and not is_column:
            return
        old = words.take().name if self._verb == "CHANGE" else words.next.name
        place, known = words.at, self._draft.columns.get(old)
        words.take()
        told = type_name(words)
        has_null = words.skip("NULL")
        words.at = place
        if known is not None and words.next.name != old:
            self._draft.rename(old, words.next.name)
        made = definition(words, self._dialect, self._named)
        column, is_whole = made.column, self._dialect == "mysql"
        if known is None:
            self._draft.define(made)
            return
        self._draft.change(
            column.name,
            type=column.type if told.words else None,
            nullable=column.nullable if is_whole or has_null or not column.nullable else None,
            comment=column.comment if is_whole else None,
        )
        if made.is_key:
            self._draft.keys = [column.name]

    def _alter(self, words: Words) -> None:
        words.skip("COLUMN")
        name = words.take().name
        if words.skip("SET", "NOT", "NULL"):
            self._draft.change(name, nullable=False)
        elif words.skip("DROP", "NOT", "NULL"):
            self._draft.change(name, nullable=True)
        elif words.skip("TYPE") or words.skip("SET", "DATA", "TYPE"):
            self._draft.change(name, type=column_type(type_name(words), self._dialect, self._named))
        elif (
            words.next.upper not in {"SET", "DROP", "ADD", "RESTART", "RESET"} and name in self._draft.columns
        ):
            told = type_name(words)  # SQL Server's: the type, then whether nulls are allowed
            self._draft.change(
                name,
                type=column_type(told, self._dialect, self._named),
                nullable=not words.skip("NOT", "NULL"),
            )

    def _drop(self, words: Words, is_column: bool) -> None:
        if words.skip("PRIMARY", "KEY"):
            self._draft.keys = []
        elif is_column or words.next.upper not in {
            "CONSTRAINT",
            "INDEX",
            "KEY",
            "FOREIGN",
            "CHECK",
            "UNIQUE",
        }:
            self._draft.drop(words.take().name)

    def _rename(self, words: Words) -> None:
        if words.skip("TO") or words.skip("AS"):
            self._drafts.rename(self._draft, words.path()[-1])
        elif not words.skip_any("CONSTRAINT", "INDEX", "KEY"):
            words.skip("COLUMN")
            old = words.take().name
            words.need("TO")
            self._draft.rename(old, words.take().name)


_VERBS = frozenset({"ADD", "MODIFY", "CHANGE", "ALTER", "DROP", "RENAME", "ATTACH", "SET", "OWNER", "ENABLE"})
_PARTS = frozenset(
    ["PARTITION", "SUBPARTITION", "VALUES", "DEFAULT", "ATTRIBUTE", "RESTRICT", "LOB", "NESTED"]
)
"""What is added or modified and is no column; a column of such a name has quotes."""

_CLAUSES = frozenset({"ADD", "MODIFY", "ALTER", "DROP", "RENAME"})
"""What begins a clause in Db2 and Oracle, where several need no comma between them."""
