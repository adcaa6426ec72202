"""Statements that name what is there otherwise: RENAME, and the procedures that SQL Server has for it."""

import re
from collections.abc import Sequence

from franca.catalog.ddl.draft import Drafts
from franca.catalog.ddl.words import Torn, Words

_PARTS = re.compile(r'\[(?P<bracket>(?:[^\]]|\]\])*)\]|"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^.\[\]"]+)')
_OF_RENAME = ("objname", "newname", "objtype")
_OF_PROPERTY = (
    "name", "value", "level0type", "level0name", "level1type", "level1name", "level2type", "level2name",
)  # fmt: skip


def rename_tables(drafts: Drafts, words: Words) -> None:
    """Read `RENAME TABLE a TO b, c TO d`, or Oracle's `RENAME a TO b`. Raises Torn.

    Without the word TABLE it may be about anything: then a name that no table has is passed over.
    """
    is_table = words.skip("TABLE") or words.skip("TABLES")
    words.skip("IF", "EXISTS")
    for item in words.items():
        path = item.path()
        draft = drafts.of(path)
        if draft is None and is_table:
            raise Torn(f"is about the table {'.'.join(path)!r}, which no statement before it makes")
        if draft is not None:
            item.need("TO")
            drafts.rename(draft, item.path()[-1])


def call(drafts: Drafts, words: Words) -> None:
    """Read a call of SQL Server's procedures that rename and describe; others are passed over."""
    match words.path()[-1].lower():
        case "sp_rename":
            _rename(drafts, _arguments(words, _OF_RENAME))
        case "sp_addextendedproperty" | "sp_updateextendedproperty":
            _describe(drafts, _arguments(words, _OF_PROPERTY))


def _rename(drafts: Drafts, told: dict[str, str]) -> None:
    path, new = _path(told.get("objname", "")), told.get("newname", "")
    kind = told.get("objtype", "OBJECT").upper()
    if kind == "COLUMN" and len(path) > 1:
        draft = drafts.of(path[:-1])
        if draft is None or path[-1] not in draft.columns:
            raise Torn(f"renames the column {'.'.join(path)!r}, which no statement before it makes")
        draft.rename(path[-1], new)
    elif kind == "OBJECT" and path and (draft := drafts.of(path)) is not None:
        drafts.rename(draft, new)


def _describe(drafts: Drafts, told: dict[str, str]) -> None:
    draft = drafts.of(_path(f"[{told.get('level0name', '')}].[{told.get('level1name', '')}]"))
    if draft is None or told.get("name", "").lower() != "ms_description":
        return
    column = told.get("level2name", "")
    if not column:
        draft.comment = told.get("value", "")
    elif column in draft.columns:
        draft.change(column, comment=told.get("value", ""))


def _arguments(words: Words, names: Sequence[str]) -> dict[str, str]:
    """Return the texts by the names of their parameters, which a call may leave out."""
    found = {}
    for position, item in enumerate(words.items()):
        name = names[position] if position < len(names) else ""
        while not item.next.is_text and not item.is_over:
            word = item.take().text.lstrip("@").lower()
            name = word if word in names else name
        if not item.is_over and name:
            found[name] = item.take().text
    return found


def _path(text: str) -> tuple[str, ...]:
    parts = [
        (found["bracket"] or "").replace("]]", "]")
        or (found["quoted"] or "").replace('""', '"')
        or (found["bare"] or "").strip()
        for found in _PARTS.finditer(text)
    ]
    return tuple(filter(None, parts))
