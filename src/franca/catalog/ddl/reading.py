"""Reads a script of DDL into a catalog. What it can't read is listed, and the rest is read all the same."""

import re
from collections.abc import Callable, Iterator

from sqlglot.errors import SqlglotError

from franca.catalog.ddl.alterations import alter
from franca.catalog.ddl.columns import definition, domain_type, type_name
from franca.catalog.ddl.constraints import constraint
from franca.catalog.ddl.dialects import guessed
from franca.catalog.ddl.draft import Draft, Drafts
from franca.catalog.ddl.renames import call, rename_tables
from franca.catalog.ddl.statements import Statement, statements
from franca.catalog.ddl.words import Torn, Words, words_of
from franca.catalog.sqltype import column_type
from franca.catalog.table import Catalog, ColumnType, Unread
from franca.model.kind import Kind

_READ = re.compile(
    r"(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:(?:GLOBAL|LOCAL|TEMPORARY|TEMP|UNLOGGED|FOREIGN|EXTERNAL"
    r"|UNIQUE|COLUMN|ROW|MULTISET|CLUSTERED|NONCLUSTERED|PRIVATE|DISTINCT|SHARDED"
    r"|DUPLICATED|IMMUTABLE|BLOCKCHAIN)\s+)*(?:TABLE|TYPE|DOMAIN|INDEX)\b"
    r"|COMMENT\s+ON\s+(?:TABLE\b|COLUMN\b|[^\s(]+\s*\()|RENAME\s+(?!INDEX\b)|EXEC(?:UTE)?\s+\S*sp_(?:rename|\w+extendedproperty)\b",
    re.IGNORECASE,
)
_VIEW = re.compile(
    r"CREATE\s+(?:OR\s+(?:REPLACE|ALTER)\s+|ALGORITHM\s*=\s*\w+\s+|DEFINER\s*=\s*\S+\s+|SQL\s+SECURITY\s+\w+\s+"
    r"|(?:NO)?FORCE\s+|(?:NON)?EDITION\w+\s+|TEMP(?:ORARY)?\s+|RECURSIVE\s+)*(?:MATERIALIZED\s+)?VIEW\b",
    re.IGNORECASE,
)
_VIRTUAL = re.compile(r"CREATE\s+VIRTUAL\s+TABLE\b", re.IGNORECASE)
_CODE = re.compile(
    r"CREATE\s+(?:[^\s(]+\s+)*?(?:TRIGGER|FUNCTION|PROC(?:EDURE)?|PACKAGE|EVENT|RULE|MACRO|TASK)\b"
    r"|(?:BEGIN|DECLARE|DO|END|IF|THEN|ELSE|ELSEIF|ELSIF|LOOP|WHILE|FOR|EXEC\w*|AS|IS)\b",
    re.IGNORECASE,
)
"""What may hold statements that are run later, if at all: they make no table of the script."""
_HIDDEN = re.compile(r"(?<=\n)[ \t]*CREATE\s+TABLE\b", re.IGNORECASE)
_SHOWN = 80


def read_ddl(text: str, origin: str, dialect: str = "") -> Catalog:
    """Return the tables that a script leaves behind. Partitions and views are left out, and told."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    script = Script(dialect or guessed(_definitions(text)))
    unread: list[Unread] = []
    views = virtual = 0
    for statement in statements(text, script.dialect):
        views += _VIEW.match(statement.text) is not None
        virtual += _VIRTUAL.match(statement.text) is not None
        unread += _hidden(statement)
        if _READ.match(statement.text) is None:
            continue
        try:
            script.read(words_of(statement.text, script.dialect))
        except (Torn, SqlglotError) as error:
            shown = " ".join(statement.text.split())[:_SHOWN]
            unread.append(Unread(statement.line, shown, str(error).partition("\n")[0]))
    parts = [draft.path[-1] for draft in script.drafts if draft.is_partition]
    skipped = [f"{views} views"] if views else []
    skipped += [f"{virtual} virtual tables"] if virtual else []
    skipped += [f"{len(parts)} partitions: {', '.join(parts)}"] if parts else []
    tables = tuple(d.table() for d in script.drafts if not d.is_partition and d.columns)
    return Catalog(f"{origin}, {script.dialect}", tables, tuple(skipped), tuple(unread))


def _hidden(statement: Statement) -> Iterator[Unread]:
    """Yield the tables that begin within a statement, where the sign that should end it is missing."""
    if _CODE.match(statement.text):
        return
    bare = _TEXT.sub(lambda found: "\n" * found[0].count("\n"), statement.text)
    for found in _HIDDEN.finditer(bare):
        line = bare.count("\n", 0, found.start())
        shown = " ".join(statement.text.split("\n", line)[-1].split())[:_SHOWN]
        first = statement.text.split(None, 1)[0]
        reason = f"stands within the statement of line {statement.line}, {first!r}: end that with a semicolon"
        yield Unread(statement.line + line, shown, reason)


def _definitions(text: str) -> str:
    """Return what of a script tells its dialect: its definitions, and its GO, slash and meta lines."""
    marks = [line for line in text.splitlines() if _MARK.match(line)]
    found = [each.text for each in statements(text, "") if _READ.match(each.text)]
    return _TEXT.sub("''", "\n".join(f"{each};" for each in found)) + "\n" + "\n".join(marks)


_MARK = re.compile(r"\s*GO\s*$|/\s*$|\\\w+|PRAGMA\b|BEGIN TRANSACTION;", re.IGNORECASE)
_TEXT = re.compile(r"--[^\n]*|'(?:[^'\\]|\\.|'')*'", re.DOTALL)


class Script:
    """What the statements read so far have made."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.drafts = Drafts()
        self.named: dict[str, ColumnType] = {}

    def read(self, words: Words) -> None:
        """Read one statement. Raises Torn where it does not go on as such a statement does."""
        verb = words.take().upper
        if verb in _AT_ONCE:
            _AT_ONCE[verb](self.drafts, words)
            return
        if verb == "COMMENT" and words.skip("ON") and words.next.upper not in _OBJECTS:
            _comment_on_columns(self, words)
            return
        is_temporary = is_unique = False
        while words.next.upper not in _OBJECTS:
            word = words.take().upper
            is_temporary |= word in {"TEMPORARY", "TEMP", "PRIVATE"}
            is_unique |= word == "UNIQUE"
        read = _READERS.get((verb, words.take().upper))
        if read is not None and not is_temporary and (read is not _index or is_unique):
            read(self, words)

    def draft(self, words: Words) -> Draft:
        """Return the table that the words name next. Raises Torn where no statement made it."""
        path = words.path()
        draft = self.drafts.of(path)
        if draft is None:
            raise Torn(f"is about the table {'.'.join(path)!r}, which no statement before it makes")
        return draft


_NO_COLUMNS = frozenset({"OWNER", "SET", "ENABLE", "DISABLE", "CLUSTER", "REPLICA", "START", "RESTART"})
"""What follows the name where columns don't matter: of a sequence or a view, too, which dumps call tables."""
_AT_ONCE: dict[str, Callable[[Drafts, Words], None]] = {
    "RENAME": rename_tables,
    "EXEC": call,
    "EXECUTE": call,
}
"""The readers of statements that say no kind of object."""

_OBJECTS = frozenset({"TABLE", "TYPE", "DOMAIN", "INDEX", "COLUMN"})
_INTERNAL = {"tsql": "#", "sqlite": "sqlite_"}
"""How the names of temporary tables, or of the database's own, begin."""


def _create_table(script: Script, words: Words) -> None:
    words.skip("IF", "NOT", "EXISTS")
    path = words.path()
    if path[-1].startswith(_INTERNAL.get(script.dialect, "\0")):
        return
    if words.skip("PARTITION", "OF"):
        script.drafts.add(path).is_partition = True
        return
    if words.skip("LIKE") or words.skip("AS"):
        original = script.drafts.of(words.path()) if words.next.upper != "SELECT" else None
        if original is None:
            raise Torn("takes its columns from a query or a table that no statement makes")
        script.drafts.add(path).take(original, keys=True)
        return
    if words.next.upper != "(":
        raise Torn("has no list of columns")
    draft = Draft(path)
    for item in words.inside().items():
        _item(script, draft, item)
    _inherit(script, draft, words)
    _comment_of_table(draft, words)
    script.drafts.put(draft)


def _item(script: Script, draft: Draft, item: Words) -> None:
    if item.next.upper == "SELECT":
        raise Torn("takes its columns from a query")
    if item.skip("LIKE"):
        original = script.drafts.of(item.path())
        if original is None:
            raise Torn("is like a table that no statement makes")
        place = item.at
        has_all = item.seek("INCLUDING", "ALL")
        item.at = place
        draft.take(original, keys=has_all or item.seek("INCLUDING", "INDEXES"))
    elif not constraint(draft, item):
        draft.define(definition(item, script.dialect, script.named))


def _inherit(script: Script, draft: Draft, words: Words) -> None:
    """Put the columns of the tables that it inherits from before its own."""
    start = words.at
    if words.seek("INHERITS"):
        for parent in words.inside().items():
            original = script.drafts.of(parent.path())
            draft.columns = {**(original.columns if original else {}), **draft.columns}
    words.at = start


def _comment_of_table(draft: Draft, words: Words) -> None:
    if words.seek("COMMENT"):
        words.skip("=")
        draft.comment = words.take().text if words.next.is_text else ""


def _drop_table(script: Script, words: Words) -> None:
    words.skip("IF", "EXISTS")
    for item in words.items():
        script.drafts.drop(item.path())


def _alter_table(script: Script, words: Words) -> None:
    words.skip("IF", "EXISTS")
    words.skip("ONLY")
    place = words.at
    words.path()
    if words.next.upper in _NO_COLUMNS and not words.skip("SET", "UNUSED"):
        return
    words.at = place
    alter(script.draft(words), words, script.dialect, script.named, script.drafts)


def _create_type(script: Script, words: Words) -> None:
    """Read an enumeration, or another name for a type (SQL Server's `FROM`, Db2's `DISTINCT`)."""
    path = words.path()
    if words.skip("AS", "ENUM"):
        labels = tuple(item.take().text for item in words.inside().items())
        script.named[".".join(path)] = script.named[path[-1]] = ColumnType(
            Kind.ENUM, labels=labels, enum=path[-1], told=path[-1]
        )
    elif words.skip("FROM") or (words.skip("AS") and words.next.upper != "("):
        _name(script, path, words)
    else:
        told = ColumnType(Kind.TEXT, told=path[-1], remark=path[-1])
        script.named[".".join(path)] = script.named[path[-1]] = told


def _create_domain(script: Script, words: Words) -> None:
    path = words.path()
    words.skip("AS")
    _name(script, path, words)


def _name(script: Script, path: tuple[str, ...], words: Words) -> None:
    base = column_type(type_name(words), script.dialect, script.named)
    is_required = words.seek("NOT", "NULL")
    made = domain_type(path[-1], base, is_required=is_required)
    script.named[".".join(path)] = script.named[path[-1]] = made


def _alter_type(script: Script, words: Words) -> None:
    """Read a value more of an enumeration."""
    path = words.path()
    known = script.named.get(".".join(path)) or script.named.get(path[-1])
    if known is None or not words.skip("ADD", "VALUE"):
        return
    words.skip("IF", "NOT", "EXISTS")
    labels = (*known.labels, words.take().text)
    more = ColumnType(Kind.ENUM, labels=labels, enum=known.enum, told=known.told)
    script.named[".".join(path)] = script.named[path[-1]] = more


def _index(script: Script, words: Words) -> None:
    """Read a unique index; one of expressions, or of some rows, is no key."""
    words.skip("CONCURRENTLY")
    words.skip("IF", "NOT", "EXISTS")
    name = "" if words.next.upper == "ON" else words.path()[-1]
    words.need("ON")
    words.skip("ONLY")
    draft = script.drafts.of(words.path())
    if draft is None:
        return
    while words.next.upper != "(":
        words.take()
    columns = [item.take().name for item in words.inside().items()]
    if set(columns) <= draft.columns.keys() and not words.seek("WHERE"):
        draft.unique.append((name, columns))


def _comment_on_table(script: Script, words: Words) -> None:
    draft = script.drafts.of(words.path())
    words.need("IS")
    if draft is not None and words.next.is_text:
        draft.comment = words.take().text


def _comment_on_column(script: Script, words: Words) -> None:
    path = words.path()
    draft = script.drafts.of(path[:-1]) if len(path) > 1 else None
    words.need("IS")
    if draft is not None and words.next.is_text and path[-1] in draft.columns:
        draft.change(path[-1], comment=words.take().text)


def _comment_on_columns(script: Script, words: Words) -> None:
    """Read Db2's way to comment on several columns of a table: `COMMENT ON t (a IS '...', b IS '...')`."""
    draft = script.draft(words)
    for item in words.inside().items():
        name = item.take().name
        item.need("IS")
        draft.change(name, comment=item.take().text)


_READERS: dict[tuple[str, str], Callable[[Script, Words], None]] = {
    ("CREATE", "TABLE"): _create_table,
    ("CREATE", "TYPE"): _create_type,
    ("CREATE", "DOMAIN"): _create_domain,
    ("CREATE", "INDEX"): _index,
    ("ALTER", "TABLE"): _alter_table,
    ("ALTER", "TYPE"): _alter_type,
    ("DROP", "TABLE"): _drop_table,
    ("COMMENT", "TABLE"): _comment_on_table,
    ("COMMENT", "COLUMN"): _comment_on_column,
}
