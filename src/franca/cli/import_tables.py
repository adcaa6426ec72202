"""`franca import-tables`: the tables of a database, DDL, a copybook or messages as a Python module."""

import ast
import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from franca.catalog.ddl.dialects import dialect_named
from franca.catalog.module import module_text
from franca.catalog.origin import origin_kind
from franca.catalog.table import Catalog
from franca.cli.catalog import Origin, catalog_of
from franca.cli.completion import applications
from franca.cli.layout_options import known_format
from franca.cli.output import print_json, say, tell
from franca.errors import DefinitionError, UsageError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SHOWN = 20


Source = Annotated[
    str,
    typer.Argument(
        metavar="URL|FILE",
        help="A database's URL; a file of DDL, a copybook, messages, or SQLite's; or topics:PATTERN.",
    ),
]
ApplicationName = Annotated[
    str, typer.Option(help="The application that owns the tables.", autocompletion=applications)
]
Schemas = Annotated[list[str] | None, typer.Option(help="A schema to read; several times for several.")]
Tables = Annotated[
    list[str] | None, typer.Option(help="A table, or a pattern as `cust*`; several times for several.")
]
Output = Annotated[str, typer.Option("--output", "-o", help="The file to write, - for standard output.")]
KindName = Annotated[
    str, typer.Option(help="What the source is: database, ddl, copybook, messages or topics.")
]
Dialect = Annotated[str, typer.Option(help="Dialect of DDL: postgres, mysql, oracle, tsql, db2 or sqlite.")]
FormatName = Annotated[str, typer.Option(help="Format of messages.", callback=known_format)]
Records = Annotated[
    bool, typer.Option("--records", help="Messages are raw record lines, with topics and keys.")
]
TableName = Annotated[str, typer.Option(help="The table's name, where messages do not say it.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]
Diff = Annotated[
    bool,
    typer.Option("--diff", help="Write nothing; show what would change in the file, exit 1 if it would."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import-tables")(import_tables)


def import_tables(
    context: typer.Context,
    source: Source,
    application: ApplicationName = "",
    schema: Schemas = None,
    table: Tables = None,
    output: Output = "-",
    kind: KindName = "",
    dialect: Dialect = "",
    format: FormatName = "auto",  # noqa: A002  # the option's name
    records: Records = False,
    name: TableName = "",
    force: Force = False,
    diff: Diff = False,
    as_json: AsJson = False,
) -> None:
    """Write the tables of a source as a Python module of `Table` classes, with keys, types and nulls.

    Views and partitions are left out; what can't be read is listed and the rest is written. A table whose
    source tells no key says so in its docstring. An existing file is kept unless --force says otherwise.
    The rows of a file of CSV are messages too: their first names the columns.

    Example: `franca import-tables postgresql://me@db/crm --application crm --output crm_tables.py`, or
    `franca import-tables schema.sql --dialect oracle --table 'CUST*'`
    """
    path = _path(application, output, is_kept=not (force or diff))
    origin = Origin(
        source,
        origin_kind(source, kind),
        dialect_named(dialect) if dialect else "",
        tuple(schema or ()),
        format,
        records,
        name,
    )
    found = catalog_of(context.obj, origin).chosen(table or (), schema or ())
    if not found.tables:
        raise DefinitionError.one(
            source.partition("@")[2] or source, "has no tables to write", _remedy(found)
        )
    folder = path.parent if path else Path()
    text = module_text(found, application, with_application=not _is_made(application, folder, path))
    is_different = _put(text, path, show=diff, is_json=as_json)
    _tell(found, path, text if path is None and not diff else "", as_json=as_json)
    if not (diff or as_json):
        tell(f"next: {_next(path, application or 'app', text)}")
    if diff and is_different:
        raise typer.Exit(1)


def _next(path: Path | None, application: str, text: str) -> str:
    """Return what is to be done next with a module, or with its text where no file was written."""
    if path is None:
        return "keep it beside your model with --output tables.py, then map its tables"
    name = re.findall(r"^class (\w+)\(Table\b", text, re.MULTILINE)[0]
    example = f"`from {path.stem} import {name}` and a function under `@{application}.maps`"
    return f"map its tables in a module beside it, with {example}; then `franca check`"


def _path(application: str, output: str, *, is_kept: bool) -> Path | None:
    """Return the file to write, None for standard output. Raises UsageError for what can't be written."""
    if application and not _NAME.fullmatch(application):
        remedy = "use lower-case letters, digits and underscores, beginning with a letter"
        raise UsageError.one("--application", f"is {application!r}", remedy)
    path = None if output == "-" else Path(output)
    if path is not None and path.exists() and is_kept:
        remedy = "say --diff to see what would change, --force to overwrite it"
        raise UsageError.one(output, "the file exists already", remedy)
    return path


def _remedy(found: Catalog) -> str:
    if found.unread:
        each = found.unread[0]
        return (
            f"{len(found.unread)} statements could not be read, the first at line {each.line}: {each.reason}"
        )
    return "name its schema with --schema, or say --kind"


def _is_made(application: str, folder: Path, own: Path | None) -> bool:
    """Return whether another module of the folder makes the application."""
    others = [path for path in sorted(folder.glob("*.py")) if own is None or path.resolve() != own.resolve()]
    return bool(application) and any(application in _applications_in(path) for path in others)


def _applications_in(path: Path) -> Iterator[object]:
    """Yield the names of the applications that a file makes, as far as they stand there as text."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Application":
            yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


def _put(text: str, path: Path | None, *, show: bool, is_json: bool) -> bool:
    """Write the module, or show how it differs; return whether it does."""
    old = path.read_text(encoding="utf-8") if path is not None and path.exists() else ""
    if show:
        lines = difflib.unified_diff(
            old.splitlines(), text.splitlines(), str(path or "-"), "source", lineterm=""
        )
        if not is_json and old != text:
            say("\n".join(lines))
        return old != text
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    elif not is_json:
        say(text.removesuffix("\n"))
    return old != text


def _tell(found: Catalog, path: Path | None, text: str, *, as_json: bool) -> None:
    """Say what was found: as JSON, else what is to be known on standard error."""
    if as_json:
        document: dict[str, object] = {
            "origin": found.origin,
            "file": str(path) if path else None,
            "tables": [
                {
                    "schema": each.schema,
                    "table": each.name,
                    "columns": len(each.columns),
                    "keys": each.keys,
                    "remarks": each.remarks,
                }
                for each in found.tables
            ],
            "skipped": found.skipped,
            "unread": found.unread,
        }
        print_json({**document, "module": text} if text else document)
        return
    for each in found.tables:
        for remark in each.remarks:
            tell(f"{each.name}: {remark}")
    for what in found.skipped:
        tell(f"left out: {what}")
    for statement in found.unread[:_SHOWN]:
        tell(f"not read, line {statement.line}: {statement.text}: {statement.reason}")
    if len(found.unread) > _SHOWN:
        tell(f"not read: {len(found.unread) - _SHOWN} more")
    columns = sum(len(each.columns) for each in found.tables)
    tell(f"{len(found.tables)} tables, {columns} columns")
