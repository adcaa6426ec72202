"""One column's definition in DDL: its name, type, and what follows of nulls, keys and comments."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from franca.catalog.ddl.words import Words
from franca.catalog.sqltype import TypeName, column_type
from franca.catalog.table import ColumnType, SourceColumn

_BEHIND_TYPES = frozenset(
    [
        "CONSTRAINT",
        "NOT",
        "NULL",
        "DEFAULT",
        "PRIMARY",
        "UNIQUE",
        "CHECK",
        "REFERENCES",
        "COLLATE",
        "GENERATED",
        "AUTO_INCREMENT",
        "AUTOINCREMENT",
        "COMMENT",
        "ON",
        "AS",
        "ENABLE",
        "DISABLE",
        "INVISIBLE",
        "VISIBLE",
        "CCSID",
        "CHARSET",
        "STORAGE",
        "COMPRESSION",
        "SPARSE",
        "ROWGUIDCOL",
        "HIDDEN",
        "IMPLICITLY",
        "KEY",
        "FOREIGN",
        "MASKED",
        "USING",
        "FIRST",
        "AFTER",
        "INLINE",
        "LOGGED",
        "COMPACT",
        "VIRTUAL",
        "STORED",
        "ENCRYPT",
        "SORTKEY",
        "DISTKEY",
        "ENCODE",
        "OPTIONS",
        "IDENTITY",
        ",",
        ";",
        "::",
        "=",
        "FIELDPROC",
        "PERSISTED",
    ]
)
_ZONES = (("WITH", "TIME"), ("WITH", "LOCAL"), ("WITHOUT", "TIME"))


@dataclass(frozen=True, slots=True)
class Definition:
    """A column, and what its definition says beside: whether it is the key, or unique."""

    column: SourceColumn
    is_key: bool = False
    is_unique: bool = False


def type_name(words: Words) -> TypeName:
    """Return the type that comes next, empty where none does, and go past it."""
    names: list[str] = []
    args: list[str] = []
    path: tuple[str, ...] = ()
    dimensions = 0
    while not words.is_over:
        word = words.next
        if word.upper == "(" and names and not args and not dimensions:
            args = [_argument(part) for part in words.inside().items()]
        elif word.upper == "[":
            words.take()
            dimensions += words.skip("]") or (bool(words.take()) and words.skip("]"))
        elif word.upper == "ARRAY" and names:
            words.take()
            dimensions += words.next.upper != "["
        elif word.is_text or not _is_of_type(words, names):
            break
        elif not names:
            path = words.path()
            names = [path[-1].upper()]
        else:
            names.append(words.take().upper)
    return TypeName(tuple(names), tuple(args), dimensions, path)


def _is_of_type(words: Words, names: list[str]) -> bool:
    word = words.next.upper
    if not names:
        return word not in _BEHIND_TYPES
    if word == "WITH" or word == "WITHOUT":
        place = words.at
        follows = any(words.skip(*pair) for pair in _ZONES)
        words.at = place
        return follows
    if word == "CHARACTER":  # CHARACTER SET stands behind a type, CHARACTER VARYING is one
        place = words.at
        is_set = words.skip("CHARACTER", "SET")
        words.at = place
        return not is_set
    if word == "FOR":  # as in FOR BIT DATA, and unlike FOR SBCS DATA
        place = words.at
        is_bits = words.skip("FOR", "BIT")
        words.at = place
        return is_bits
    return word.replace("_", "").isalnum() and word not in _BEHIND_TYPES


def _argument(words: Words) -> str:
    parts = []
    while not words.is_over:
        parts.append(words.take().text)
    return " ".join(parts).replace("- ", "-")


def definition(words: Words, dialect: str, named: Mapping[str, ColumnType]) -> Definition:
    """Return the column that the words define. Raises Torn."""
    name = words.take().name
    told = type_name(words)
    kind = column_type(told, dialect, named)
    if not told.words and words.next.upper == "AS":
        kind = replace(kind, remark="computed: its type is not said")
    nullable, is_key, is_unique, comment = not (_is_never_null(told) or kind.is_required), False, False, ""
    while not words.is_over:
        if words.skip("NOT", "NULL"):
            nullable = False
        elif words.skip("DEFAULT", "NULL"):
            continue
        elif kind.is_required and words.skip("NULL"):
            nullable = True
        elif words.skip("PRIMARY", "KEY") or (dialect == "mysql" and words.skip("KEY")):
            nullable, is_key = False, True
        elif words.skip("UNIQUE"):
            is_unique = True
        elif words.skip("COMMENT"):
            comment = words.take().text if words.next.is_text else ""
        elif words.skip("IDENTITY") or words.skip("AS", "IDENTITY") or words.skip("AUTO_INCREMENT"):
            nullable = False
        elif words.next.upper == "(":
            words.inside()
        else:
            words.take()
    return Definition(SourceColumn(name, kind, nullable, comment), is_key, is_unique)


def _is_never_null(told: TypeName) -> bool:
    return any(word.endswith("SERIAL") or word.startswith("SERIAL") for word in told.words)


def domain_type(name: str, base: ColumnType, *, is_required: bool = False) -> ColumnType:
    """Return the type of a domain's columns: its base's, called like the domain."""
    return replace(base, told=name, is_required=base.is_required or is_required)
