"""Runs a mapping's body once with a symbolic row, watched, and gives its expression tree."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from franca.errors import DefinitionError, Problem
from franca.mapping.made import Made, not_made
from franca.mapping.operands import LOST, call, expect, unify
from franca.mapping.refusal import Trace, current, refuse, tracing, user_frame
from franca.mapping.row import SymbolicRow
from franca.mapping.signature import Signature
from franca.mapping.symbol import Symbol, is_lost, lift, word
from franca.mapping.tree import Call, Constant, Expression, Item, Tree, ValueType, walk
from franca.mapping.watching import Watcher, watch
from franca.model.entity import Entity, Value, construction
from franca.model.kind import Kind
from franca.model.shape import Shape


class Traced(NamedTuple):
    """A mapping's tree and what was refused on the way; None where the body did not come to its end."""

    tree: Tree | None
    problems: Sequence[Problem]


def trace(signature: Signature, table: Shape, zone: str) -> Traced:
    """Return the tree of a mapping. In one with problems, what was refused is `LOST`."""
    first = _traced(signature, table, zone)
    if not first.problems and first != _traced(signature, table, zone):
        reason = "the body does not say the same each time it runs"
        remedy = "let it depend on the row and on constants only"
        return Traced(None, [Problem(signature.name, reason, remedy, signature.file, signature.line)])
    return first


def _traced(signature: Signature, table: Shape, zone: str) -> Traced:
    name, function, where = signature.name, signature.function, signature.where
    assert signature.entity is not None
    trace = Trace(name, zone, nonce=f"<a value of the row {secrets.token_hex(8)}>")
    row = SymbolicRow(table)
    tree = None
    tokens = tracing.set(trace), construction.set(_make)
    try:
        condition = None if where is None else _condition(where, row, trace)
        with watch(Watcher(trace)):
            made = function(row)
        items = tuple(_items(made, signature.entity, is_list=signature.is_list))
        tree = Tree(items, condition, signature.is_list)
        if not trace.problems:
            _refuse_shown(tree, trace)
    except DefinitionError as error:
        trace.keep(error.problems)
    except Exception as error:  # noqa: BLE001  # a user's function may fail in any way
        if not trace.problems:
            trace.keep([_broken(name, function, error)])
    finally:
        construction.reset(tokens[1])
        tracing.reset(tokens[0])
    return Traced(tree, trace.problems)


def _condition(where: Callable[..., Any], row: SymbolicRow, trace: Trace) -> Expression | None:
    """Return the mapping's own condition, None where it was refused: the body is traced all the same."""
    try:
        with watch(Watcher(trace)):
            answer = where(row)
        return expect("where=", lift(answer), Kind.BOOLEAN, remedy="compare a column with something")
    except DefinitionError as error:
        trace.keep(error.problems)
        return None


def _broken(name: str, function: Callable[..., Any], error: Exception) -> Problem:
    line, file, step = function.__code__.co_firstlineno, function.__code__.co_filename, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = step.tb_lineno
        step = step.tb_next
    reason = f"the body raised {type(error).__name__}: {error}"
    return Problem(name, reason, "a mapping's body runs once, with a row that has no values", file, line)


@word
def _make(cls: type, fields: "dict[str, object]") -> object:
    """Return what stands for an object of a model class that the body makes."""
    frame = user_frame()
    line = frame.f_lineno if frame else 0
    known = getattr(cls, "__struct_fields__", ())
    for name in fields:
        if name not in known:
            refuse(f"{cls.__name__} has no field {name!r}", f"expected one of {sorted(known)}")
    if issubclass(cls, Entity):
        return Made(cls, {name: _field(name, value) for name, value in fields.items()}, None, line)
    if issubclass(cls, Value):
        nodes = {name: _field(name, value) for name, value in fields.items() if name in known}
        inner = tuple((name, node.type) for name, node in nodes.items())
        result = ValueType(Kind.STRUCT, fields=inner)
        return Symbol(call("struct", tuple(nodes.values()), result, names=tuple(nodes)))
    raise refuse(f"a row of {cls.__name__} can't be made in a mapping", "use the row that the mapping gets")


def _field(name: str, value: object) -> Expression:
    """Return the expression of a field, `LOST` where it is refused: the others are looked at too."""
    try:
        return _expression(name, value)
    except DefinitionError as error:
        current().keep(error.problems)
        return LOST


def _expression(name: str, value: object) -> Expression:
    if isinstance(value, Made):
        reason = f"the field {name!r} got the entity {value.cls.__name__}"
        raise refuse(reason, "link to it by its key, or derive the nested class from Value")
    if type(value) is list or type(value) is tuple:
        items = tuple(lift(each) for each in value)
        item = unify("a list", *items) if items else ValueType(Kind.TEXT)
        return call("list", items, ValueType(Kind.LIST, item=item))
    return lift(value)


def _items(made: object, entity: type[Entity], *, is_list: bool) -> Iterator[Item]:
    if is_lost(made):
        return
    if isinstance(made, Made) and not is_list:
        yield _item(made, entity)
    elif type(made) is list and is_list:
        for each in made:
            if each is not None and not is_lost(each):
                yield _item(each, entity)
    else:
        expected = f"a list of {entity.__name__}" if is_list else f"one {entity.__name__}"
        got = not_made(made)
        raise refuse(f"the body returned {got}, expected {expected}", "return what the annotation says")


def _item(made: object, entity: type[Entity]) -> Item:
    if not isinstance(made, Made) or made.cls is not entity:
        got = made.cls.__name__ if isinstance(made, Made) else not_made(made)
        raise refuse(
            f"the body returned {got}, expected {entity.__name__}", "return what the annotation says"
        )
    return Item(made.fields, made.where)


def _refuse_shown(tree: Tree, trace: Trace) -> None:
    """Refuse constants into which the body has put the text of a symbolic value."""
    for expression in tree.expressions():
        for node in walk(expression):
            written = (
                node.value if isinstance(node, Constant) else node.options if isinstance(node, Call) else ""
            )
            if trace.nonce in str(written):
                raise refuse("a value of the row was put into text by repr", "use + or join")
