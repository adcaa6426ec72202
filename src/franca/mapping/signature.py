"""What a mapping function's signature says: table, entity, one or a list, possibly none."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from franca.errors import Problem
from franca.mapping.refusal import refuse
from franca.model.annotations import unwrap
from franca.model.entity import Entity, Table

_EXAMPLE = "write it as `def individual(cust: Cust) -> Individual:`"


@dataclass(frozen=True, slots=True)
class Signature:
    """A mapping function and what its annotations declare; `problems` where they do not."""

    name: str
    function: Callable[..., Any]
    where: Callable[..., Any] | None
    table: type[Table] | None
    entity: type[Entity] | None
    is_list: bool
    optional: bool
    file: str
    line: int
    problems: tuple[Problem, ...] = ()


def signature_of(
    function: Callable[..., Any], table: type[Table] | None, where: Callable[..., Any] | None
) -> Signature:
    """Return what a mapping function declares; its problems are kept, not raised."""
    name = getattr(function, "__name__", "mapping")
    if not inspect.isfunction(function):
        raise refuse(f"@maps got {type(function).__name__}, which is no function", _EXAMPLE)
    code = function.__code__
    problems: list[Problem] = []

    def report(reason: str, remedy: str) -> None:
        problems.append(Problem(name, reason, remedy, code.co_filename, code.co_firstlineno))

    hints = _hints(function, report)
    parameters = list(inspect.signature(function).parameters.values())
    declared = hints.get(parameters[0].name) if parameters else None
    if len(parameters) != 1 or not _is(declared, Table):
        report(f"takes {_shown(parameters, declared)}, expected one row of a Table class", _EXAMPLE)
    elif table is not None and declared is not table:
        taken = _shown(parameters, declared)
        report(f"takes a row of {taken}, but @maps names {table.__name__}", "name the same table")
    result, is_list, optional = _result(hints.get("return"))
    if not _is(result, Entity):
        shown = getattr(result, "__name__", result)
        report(f"returns {shown}, expected an Entity class, a list of one, or one or None", _EXAMPLE)
    if not name.isidentifier() or name == "<lambda>":
        report("has no name", _EXAMPLE)
    return Signature(
        name,
        function,
        where,
        declared if _is(declared, Table) else None,
        result if _is(result, Entity) else None,
        is_list,
        optional,
        code.co_filename,
        code.co_firstlineno,
        tuple(problems),
    )


def _hints(function: Callable[..., Any], report: Callable[[str, str], None]) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except (NameError, TypeError, AttributeError) as error:
        report(f"its annotations can't be read: {error}", "define or import every class they name")
        return {}


def _result(hint: Any) -> tuple[Any, bool, bool]:
    bare, _, optional = unwrap(hint)
    if get_origin(bare) is list:
        item, _, _ = unwrap(get_args(bare)[0])
        return item, True, optional
    return bare, False, optional


def _is(hint: Any, kind: type) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind) and hint is not kind


def _shown(parameters: list[inspect.Parameter], declared: Any) -> str:
    if len(parameters) != 1:
        return f"{len(parameters)} parameters"
    return (
        f"{getattr(declared, '__name__', declared)}"
        if declared is not None
        else "a parameter without annotation"
    )
