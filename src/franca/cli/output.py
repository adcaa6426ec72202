"""How results are printed: a table for people, JSON for programs, and nothing else on stdout."""

import csv
import math
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from franca.pipeline.visible import visible, visible_json

Row = Sequence[Any]
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,']*(?:[eE][+-]?[0-9]+)?")
_LOGIN = re.compile(r"//(?:[^/?#:]*:(?![0-9]{1,5}[/?#]).*@|[^/?#:]*@)", re.DOTALL)
_INDENT, _GAP = 4 * " ", 2 * " "
HIDDEN = "•••"
_SECRETS = {"password", "sslpassword", "oauth_client_secret"}


def console(least: int = 0, *, error: bool = False) -> Console:
    """Return a console: as wide as the terminal, or so wide in a pipe that seldom a cell is broken.

    There it has at least so many columns.
    """
    terminal = (sys.stderr if error else sys.stdout).isatty()
    width = None if terminal else max(1_000, least)
    return Console(stderr=error, width=width, highlight=False, markup=False, emoji=False)


def put_line(text: bytes, *, error: bool = False) -> None:
    """Write one line of JSON to standard output or standard error: as it is, but to a terminal.

    A terminal gets what it would obey, and what is not printed, as JSON's own escapes. It has each line at
    once, as whoever reads standard error has, behind what came before; for others lines are gathered.
    """
    stream = sys.stderr if error else sys.stdout
    if error:
        sys.stdout.buffer.flush()
    is_terminal = stream.isatty()
    stream.buffer.write((visible_json(text) if is_terminal else text) + b"\n")
    if error or is_terminal:
        stream.buffer.flush()


def print_json(value: object) -> None:
    """Print one value as indented JSON."""
    sys.stdout.flush()
    put_line(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2))
    sys.stdout.buffer.flush()


def named(value: object) -> object:
    """Return a value in which each struct and named tuple, which JSON has as a list, is a mapping.

    >>> from franca.types import Partition
    >>> named([Partition("individual", 0)])
    [{'topic': 'individual', 'partition': 0, 'topic_id': ''}]
    """
    if isinstance(value, msgspec.Struct):
        return {name: named(each) for name, each in msgspec.structs.asdict(value).items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: named(each) for name, each in value._asdict().items()}
    return [named(each) for each in value] if isinstance(value, list | tuple) else value


def print_json_rows(rows: Iterable[object]) -> None:
    """Print values as the indented JSON array that `print_json` makes of them, one by one as they come."""
    sys.stdout.flush()
    waiting = None
    for row in rows:
        put_line(b"[" if waiting is None else waiting + b",")
        text = msgspec.json.format(msgspec.json.encode(row, enc_hook=str), indent=2)
        waiting = b"  " + text.replace(b"\n", b"\n  ")
    put_line(b"[]" if waiting is None else waiting + b"\n]")
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Print text that others wrote: as it is, but to a terminal nothing in its lines that one obeys."""
    typer.echo(visible(text, keep="\n") if sys.stdout.isatty() else text)


def tell(text: str) -> None:
    """Say something on standard error: its lines, and in them nothing that a terminal obeys."""
    typer.echo(visible(text, keep="\n"), err=True)


def finite(value: object) -> object:
    """Return a value in which NaN and the infinities are text, since JSON has no number for them.

    >>> finite({"a": [float("nan"), 1.5, float("-inf")]})
    {'a': ['NaN', 1.5, '-Infinity']}
    >>> finite([("a", float("inf"))])
    [['a', 'Infinity']]
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    return value


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    show: "Callable[[object], str] | None" = None,
    width: int = 0,
) -> None:
    """Print rows as a table; numbers stand right, control characters are shown and never obeyed.

    `show` gives the text of one value; by default numbers are written for people. In a pipe nothing is broken
    that is not wider than `width`.
    """
    show = show or cell
    table = Table(box=None, pad_edge=False)
    kept = [tuple(row) for row in rows]
    for at, column in enumerate(columns):
        numeric = bool(kept) and all(isinstance(row[at], int | float) for row in kept if row[at] is not None)
        table.add_column(cell(column), justify="right" if numeric else "left", overflow="fold")
    for row in kept:
        table.add_row(*(show(value) for value in row))
    _print_title(title)  # not the table's own, which would be broken at the table's width
    console(width).print(table, markup=False)


def print_answer(
    columns: Sequence[str], rows: Iterable[Row], show: "Callable[[object], str] | None" = None
) -> None:
    """Print rows as a table; to a terminal that is too narrow for it, each column on a line of its own."""
    kept = [tuple(row) for row in rows]
    names = [cell(column) for column in columns]
    texts = [[(show or cell)(value) for value in row] for row in kept]
    widths = [max(map(cell_len, each)) for each in zip(names, *texts, strict=True)]
    needed = sum(widths) + len(_GAP) * (len(widths) - 1)
    if not sys.stdout.isatty() or needed <= console().width:
        print_table("", columns, kept, show, width=needed)
        return
    for number, row in enumerate(texts, 1):
        typer.echo(f"row {number}")
        for name, text in zip(names, row, strict=True):
            typer.echo(f"{_INDENT}{name.ljust(max(map(len, names)))}{_GAP}{text}".rstrip())


def print_entries(title: str, entries: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print entries: of each a head on one line, which is never broken, and below it what is said of it.

    What is said is indented, and broken between words: at the terminal's width, at 80 columns in a pipe.
    """
    _print_title(title)
    width = shutil.get_terminal_size().columns
    for head, sentences in entries:
        typer.echo(visible(head))
        for sentence in sentences:
            lines = textwrap.wrap(
                visible(sentence), width, break_long_words=False, break_on_hyphens=False,
                initial_indent=_INDENT, subsequent_indent=_INDENT,
            )  # fmt: skip
            typer.echo("\n".join(lines))


def _print_title(title: str) -> None:
    if title:
        console().print(visible(title, keep="\n"), style="italic", markup=False)


def print_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Print rows as CSV with a header; null is an empty field.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, as its users write one.
    """
    show = (lambda text: visible(text, keep="\r\n\t")) if sys.stdout.isatty() else str
    writer = csv.writer(_Lines(), lineterminator="\r\n")
    writer.writerow([show(_no_formula(column)) for column in columns])
    for row in rows:
        writer.writerow([show(_no_formula(value)) for value in row])


class _Lines:
    """Ends the lines of CSV with a line feed; its writer quotes no other ends than those that it writes."""

    def write(self, line: str) -> None:
        sys.stdout.write(line.removesuffix("\r\n") + "\n")


def _no_formula(value: object) -> str:
    """Return a field of CSV that no spreadsheet runs; numbers, texts of digits too, stay as they are."""
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else _text(value)
    is_formula = isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def without_login(url: str) -> str:
    """Return a URL for people to read, without the user and password that it may hold.

    A password may have been written as it is, so that what stands before an `@` may be of it; but behind a
    port there is none.

    >>> without_login("https://me:secret@registry.example:8081"), without_login("https://me:a/b c@host/d")
    ('https://registry.example:8081', 'https://host/d')
    >>> without_login("http://localhost:9000/a@b.csv")
    'http://localhost:9000/a@b.csv'
    """
    return _LOGIN.sub("//", url, count=1)


def without_password(address: str) -> str:
    """Return a DSN for people to read, without its passwords; one that can't be taken apart is not shown.

    >>> without_password("postgresql://franca:secret@127.0.0.1:5432/franca")
    'user=franca dbname=franca host=127.0.0.1 port=5432'
    """
    if not address:
        return ""
    try:
        from psycopg import Error
        from psycopg.conninfo import conninfo_to_dict, make_conninfo
    except ImportError:  # in an extra: what the address means is not known here
        return HIDDEN
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(address).items()}
    except Error:
        return HIDDEN
    kept = {name: value for name, value in parts.items() if name not in _SECRETS}
    return HIDDEN if _is_torn(kept) else make_conninfo(**kept)


def _is_torn(parts: Mapping[str, str]) -> bool:
    """Return whether an unescaped character in a password has driven pieces of it into other parts."""
    port = parts.get("port", "").replace(",", "")
    return bool(port and not port.isdigit()) or "@" in parts.get("host", "") + parts.get("dbname", "")


def cell(value: object) -> str:
    """Return the text of one cell. Escape sequences of a terminal come out as visible text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return visible(_text(value))


def _text(value: object) -> str:
    is_nested = isinstance(value, dict | list)
    return msgspec.json.encode(finite(value), enc_hook=str).decode() if is_nested else str(value)


def exact(value: object) -> str:
    """Return the text of one cell with every digit of a number, and no other characters.

    >>> exact(1234567), exact(0.05), exact(None)
    ('1234567', '0.05', '')
    """
    return str(value) if type(value) in {int, float} else cell(value)
