"""An application: the owner of tables, and of the mappings that say what they mean."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload
from zoneinfo import ZoneInfo

from franca.errors import DefinitionError, Problem
from franca.mapping.canonical import canonical
from franca.mapping.mapping import Mapping
from franca.mapping.refusal import user_frame
from franca.mapping.signature import signature_of
from franca.model.entity import Entity, Table
from franca.model.places import placed
from franca.model.shape import shape_of

T = TypeVar("T", bound=Table)
E = TypeVar("E", bound=Entity)

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Application:
    """A system that owns tables: `crm = Application("crm", timezone="Europe/Zurich")`.

    `epoch` is raised by its owner after a failover that restarts positions; `timezone` is that of its dates
    and times without one. Mappings are defined with `@crm.maps`; what is wrong with them is kept, and
    raised by `check`.
    """

    def __init__(self, name: str, epoch: int = 1, timezone: str = "UTC") -> None:
        self.name, self.epoch, self.timezone = name, epoch, timezone
        frame = user_frame()
        self.file, self.line = (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)
        self._mappings: list[Mapping[Any, Any]] = []
        self._problems = list(self._own_problems())

    @property
    def mappings(self) -> Sequence[Mapping[Any, Any]]:
        """The mappings in the order of their definition."""
        return tuple(self._mappings)

    @property
    def tables(self) -> Sequence[type[Table]]:
        """The tables that have mappings, each once, in the order of their first mapping."""
        found = [mapping.table for mapping in self._mappings if not mapping.problems]
        return tuple(dict.fromkeys(found))

    @property
    def hash(self) -> str:
        """Eight hexadecimal digits over all that the mappings say, reference tables included."""
        parts = [f"{self.name} {self.timezone}"]
        parts += sorted(canonical(mapping) for mapping in self._mappings if not mapping.problems)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:8]

    def problems(self) -> list[Problem]:
        """Return all that is wrong with the application and its mappings."""
        found = list(self._problems)
        names = [mapping.name for mapping in self._mappings]
        for mapping in self._mappings:
            found.extend(mapping.problems)
            if names.count(mapping.name) > 1:
                place = (mapping.file, mapping.line)
                found.append(Problem(mapping.name, "is the name of two mappings", "rename one", *place))
        found.extend(self._doubled_tables())
        return list(dict.fromkeys(found))

    def _doubled_tables(self) -> Iterator[Problem]:
        named: dict[str, type[Table]] = {}
        for table in self.tables:
            name = shape_of(table).name
            first = named.setdefault(name, table)
            if first is not table:
                reason = f"has the name {name!r}, as {first.__name__} has"
                yield placed(Problem(table.__name__, reason, "rename one, or give it name="), table)

    def check(self) -> None:
        """Raise DefinitionError with every problem, where there is one."""
        problems = self.problems()
        if problems:
            raise DefinitionError(problems)

    @overload
    def maps(self, function: Callable[[T], list[E]], /) -> Mapping[T, list[E]]: ...
    @overload
    def maps(self, function: Callable[[T], list[E | None]], /) -> Mapping[T, list[E]]: ...
    @overload
    def maps(self, function: Callable[[T], E], /) -> Mapping[T, E]: ...
    @overload
    def maps(self, function: Callable[[T], E | None], /) -> Mapping[T, E | None]: ...
    @overload
    def maps(self, table: type[T], /, *, where: Callable[[T], bool | None]) -> "Maps[T]": ...
    @overload
    def maps(self, /, *, where: Callable[[T], bool | None]) -> "Maps[T]": ...
    def maps(self, subject: Any = None, /, *, where: "Callable[[Any], bool | None] | None" = None) -> Any:
        """Define a mapping: `@crm.maps`, or `@crm.maps(Cust, where=lambda cust: cust.status == "A")`.

        A row for which `where` is not true (false or null) makes nothing.
        """
        if subject is None or isinstance(subject, type):
            return Maps(self, subject, where)
        return self._define(subject, None, where)

    def _define(
        self, function: Callable[..., Any], table: type[Table] | None, where: "Callable[..., Any] | None"
    ) -> Mapping[Any, Any]:
        mapping: Mapping[Any, Any] = Mapping(self, signature_of(function, table, where))
        self._mappings.append(mapping)
        return mapping

    def _own_problems(self) -> list[Problem]:
        place, found = (self.file, self.line), []
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            remedy = "use lower-case letters, digits and underscores, beginning with a letter"
            found.append(Problem("application", f"has the name {self.name!r}", remedy, *place))
        if type(self.epoch) is not int or not 1 <= self.epoch <= 9999:
            found.append(Problem(str(self.name), f"has the epoch {self.epoch!r}", "use 1 to 9999", *place))
        try:
            ZoneInfo(self.timezone)
        except (OSError, ValueError, KeyError):
            reason = f"has the unknown time zone {self.timezone!r}"
            found.append(Problem(str(self.name), reason, "use a name such as Europe/Zurich", *place))
        return found

    def __repr__(self) -> str:
        return f"<application {self.name}>"


class Maps(Generic[T]):
    """The decorator that `maps(Cust, where=...)` returns."""

    def __init__(
        self, application: Application, table: type[T] | None, where: Callable[[T], bool | None] | None
    ) -> None:
        self._application, self._table, self._where = application, table, where

    @overload
    def __call__(self, function: Callable[[T], list[E]], /) -> Mapping[T, list[E]]: ...
    @overload
    def __call__(self, function: Callable[[T], list[E | None]], /) -> Mapping[T, list[E]]: ...
    @overload
    def __call__(self, function: Callable[[T], E], /) -> Mapping[T, E | None]: ...
    @overload
    def __call__(self, function: Callable[[T], E | None], /) -> Mapping[T, E | None]: ...
    def __call__(self, function: Any, /) -> Any:
        """Define the mapping."""
        return self._application._define(function, self._table, self._where)
