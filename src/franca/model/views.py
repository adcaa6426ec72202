"""Views and metrics that a project declares beside those that follow from its model. Made elsewhere."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any, TypeAlias, overload

from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.shape import shape_of

EVENTS = "_events"
"""What an entity's relation of all its events is called, behind the entity's name."""

PLACES = ("lake", "store")
"""Where a view can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredView:
    """A view as a query in DuckDB's SQL; see `view`."""

    sql: str
    description: str = ""
    name: str = ""
    places: tuple[str, ...] = PLACES
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number over an entity or a view, in groups; see `metric`."""

    expression: str
    over: str
    by: tuple[str, ...] = ()
    where: str = ""
    description: str = ""
    name: str = ""
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


Declared: TypeAlias = DeclaredView | Metric


Written: TypeAlias = Callable[[], str]


@overload
def view(
    sql: str | Written, *, description: str = "", name: str = "", places: Sequence[str] = PLACES
) -> DeclaredView: ...
@overload
def view(
    *, description: str = "", name: str = "", places: Sequence[str] = PLACES
) -> Callable[[Written], DeclaredView]: ...
def view(
    sql: str | Written | None = None,
    *,
    description: str = "",
    name: str = "",
    places: Sequence[str] = PLACES,
) -> DeclaredView | Callable[[Written], DeclaredView]:
    """Return a view: of a query, or of what a function gives, whose docstring is its description.

    Bind it to a name: `open_accounts = view("select * from account where status = 'Open'")`, or write `@view`
    or `@view(name="open_accounts")` above `def open_accounts() -> str`. The SQL is DuckDB's and may read
    entities and views; for other engines it is translated. One that PostgreSQL can't answer is declared with
    `places=["lake"]`, and so is none in the store that reads it. Raises DefinitionError.
    """
    told = {**_told(description, name), "places": _places(places)}
    if sql is None:
        return lambda function: _of_function(function, told)
    if callable(sql):
        return _of_function(sql, told)
    return DeclaredView(**told, sql=_text("view", "its SQL", sql))


def _of_function(function: Written, told: Mapping[str, Any]) -> DeclaredView:
    text = function()
    if not isinstance(text, str):
        raise DefinitionError.one("view", f"its function gives {text!r}", "return the text of a query")
    described = {**told, "description": told["description"] or cleandoc(function.__doc__ or "")}
    code = getattr(function, "__code__", None)
    if code is not None:
        described |= {"file": code.co_filename, "line": code.co_firstlineno}
    return DeclaredView(**described, sql=text)


def _places(places: Sequence[str]) -> tuple[str, ...]:
    is_known = isinstance(places, list | tuple) and all(each in PLACES for each in places)
    if not is_known or PLACES[0] not in places:
        reason = f"got places={places!r}, expected some of {list(PLACES)}, the lake among them"
        raise DefinitionError.one("view", reason, 'write places=["lake"] for none in the store')
    return tuple(each for each in PLACES if each in places)


def metric(
    expression: str,
    *,
    over: type[Entity] | str,
    by: Sequence[str] = (),
    where: str = "",
    description: str = "",
    name: str = "",
) -> Metric:
    """Return a metric: an aggregate over the rows of an entity or a view, one row for each group.

    Bind it to a name, which its column has too: `total = metric("sum(amount)", over=Account, by=["status"])`.
    Raises DefinitionError.
    """
    if isinstance(by, str):
        raise DefinitionError.one("metric", f"got by={by!r}, expected several columns", f"write by=[{by!r}]")
    return Metric(
        expression=_text("metric", "its expression", expression),
        over=over if isinstance(over, str) else shape_of(over).name,
        by=tuple(by),
        where=_text("metric", "where", where),
        **_told(description, name),
    )


def _told(description: str, name: str) -> dict[str, Any]:
    """Return what views and metrics have in common, with the place from which the caller was called."""
    frame = sys._getframe(2)
    place = {"file": frame.f_code.co_filename, "line": frame.f_lineno}
    return {"description": description, "name": name, **place}


def _text(kind: str, what: str, value: object) -> str:
    if not isinstance(value, str):
        raise DefinitionError.one(kind, f"{what} is {value!r}, expected a text", "write it as DuckDB's SQL")
    return value
