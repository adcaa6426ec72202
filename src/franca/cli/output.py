"""How results are printed: a table for people, JSON for programs, and nothing else on stdout."""

import csv
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

Row = Sequence[Any]
HIDDEN = "•••"
_SECRETS = {"password", "sslpassword", "oauth_client_secret"}


def console(*, error: bool = False) -> Console:
    """Return a console: as wide as the terminal, or unbounded in a pipe so that no cell is cut."""
    terminal = (sys.stderr if error else sys.stdout).isatty()
    return Console(stderr=error, width=None if terminal else 1_000, highlight=False)


def print_json(value: object) -> None:
    """Print one value as indented JSON."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2))


def finite(value: object) -> object:
    """Return a value in which NaN and the infinities are text, since JSON has no number for them.

    >>> finite({"a": [float("nan"), 1.5, float("-inf")]})
    {'a': ['NaN', 1.5, '-Infinity']}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    return value


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Row], show: "Callable[[object], str] | None" = None
) -> None:
    """Print rows as a table; numbers stand right, control characters are shown and never obeyed.

    `show` gives the text of one value; by default numbers are written for people.
    """
    show = show or cell
    table = Table(box=None, pad_edge=False)
    kept = [tuple(row) for row in rows]
    for at, column in enumerate(columns):
        numeric = bool(kept) and all(isinstance(row[at], int | float) for row in kept if row[at] is not None)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in kept:
        table.add_row(*(show(value) for value in row))
    shown = console()
    if title:  # not the table's own, which would be broken at the table's width
        shown.print(title, style="italic", markup=False)
    shown.print(table, markup=False)


def print_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Print rows as CSV with a header; null is an empty field."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [str(value).lower() if isinstance(value, bool) else value for value in row] for row in rows
    )


def without_login(url: str) -> str:
    """Return a URL for people to read, without the user and password that it may hold.

    >>> without_login("https://me:secret@registry.example:8081")
    'https://registry.example:8081'
    """
    return re.sub(r"//[^/@\s]+@", "//", url)


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
    text = str(value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def exact(value: object) -> str:
    """Return the text of one cell with every digit of a number, and no other characters.

    >>> exact(1234567), exact(0.05), exact(None)
    ('1234567', '0.05', '')
    """
    return str(value) if type(value) in {int, float} else cell(value)
