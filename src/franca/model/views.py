"""Views and metrics that a project declares beside those that follow from its model. Made elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import TypeAlias, overload

from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.shape import shape_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredView:
    """A view as a query in DuckDB's SQL; see `view`."""

    sql: str
    description: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number over an entity or a view, in groups; see `metric`."""

    expression: str
    over: str
    by: tuple[str, ...] = ()
    where: str = ""
    description: str = ""
    name: str = ""


Declared: TypeAlias = DeclaredView | Metric


@overload
def view(sql: str, *, description: str = "", name: str = "") -> DeclaredView: ...
@overload
def view(sql: Callable[[], str], *, description: str = "", name: str = "") -> DeclaredView: ...
def view(sql: str | Callable[[], str], *, description: str = "", name: str = "") -> DeclaredView:
    """Return a view: of a query, or of what a function gives, whose docstring is its description.

    Bind it to a name: `open_accounts = view("select * from account where status = 'Open'")`, or write `@view`
    above `def open_accounts() -> str`. The SQL is DuckDB's and may read entities and views; for other
    engines it is translated. Raises DefinitionError.
    """
    if callable(sql):
        text = sql()
        if not isinstance(text, str):
            raise DefinitionError.one("view", f"its function gives {text!r}", "return the text of a query")
        return DeclaredView(sql=text, description=description or cleandoc(sql.__doc__ or ""), name=name)
    return DeclaredView(sql=sql, description=description, name=name)


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
    read = over if isinstance(over, str) else shape_of(over).name
    return Metric(
        expression=expression, over=read, by=tuple(by), where=where, description=description, name=name
    )
