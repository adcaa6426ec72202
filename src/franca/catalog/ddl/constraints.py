"""Constraints of a table in DDL: primary keys and unique columns count, all others are passed over."""

from franca.catalog.ddl.draft import Draft
from franca.catalog.ddl.words import Words

_OTHERS = frozenset(
    [
        "FOREIGN",
        "CHECK",
        "EXCLUDE",
        "INDEX",
        "KEY",
        "FULLTEXT",
        "SPATIAL",
        "PERIOD",
        "SUPPLEMENTAL",
        "NOT",
        "VALIDATE",
        "NOCHECK",
    ]
)


def constraint(draft: Draft, words: Words) -> bool:
    """Read a constraint of the table if the words are one; return whether they are. Raises Torn.

    A column may be called like a word that begins constraints: then a type follows, and no bracket.
    """
    start, name = words.at, ""
    if words.skip("CONSTRAINT"):
        name = "" if words.next.upper in {"PRIMARY", "UNIQUE", "CHECK", "FOREIGN"} else words.take().name
    if words.skip("PRIMARY", "KEY"):
        draft.keys = _columns(words)
        return True
    if words.skip("UNIQUE"):
        words.skip_any("KEY", "INDEX")
        if words.next.upper != "(" and not words.skip_any("CLUSTERED", "NONCLUSTERED", "USING"):
            name = words.take().name or name
        columns = _columns(words)
        draft.unique.append((name or "_".join(columns), columns))
        return True
    if name or (words.next.upper in _OTHERS and not _is_column(words)):
        return True
    words.at = start
    return False


def _is_column(words: Words) -> bool:
    """Tell a column called `key` or `index` from a constraint: a type follows, and no bracket."""
    start = words.at
    words.take()
    second, third = words.next, words.take() if not words.is_over else words.next
    third = words.next
    words.at = start
    if second.upper in {"", "(", "KEY", "INDEX", "FOR", "NULL", "LOG", "USING"}:
        return False
    return third.upper != "(" or second.upper in _SIZED


_SIZED = frozenset(
    [
        "CHAR",
        "VARCHAR",
        "VARCHAR2",
        "NVARCHAR",
        "NUMBER",
        "NUMERIC",
        "DECIMAL",
        "INT",
        "TINYINT",
        "BIGINT",
        "ENUM",
    ]
)


def _columns(words: Words) -> list[str]:
    """Return the columns in the next brackets; what stands around them tells how they are stored."""
    while words.next.upper != "(":
        words.take()
    return [item.take().name for item in words.inside().items()]
