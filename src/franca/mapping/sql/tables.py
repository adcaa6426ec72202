"""The words that translate by a table, test for null, or gather, in SQL."""

from sqlglot import exp

from franca.mapping.operands import constant
from franca.mapping.sql.layers import Part, present
from franca.mapping.sql.literals import data_type, literal, quoted, text
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.tree import Call, Expression, ValueType


def codes(scope: Scope, call: Call) -> Part:
    """A CASE over the constants; what is in none of them is a problem, the default, or itself."""
    part = scope.plain(call.args[0])
    table = call.option("table")
    assert isinstance(table, tuple)
    case = exp.case(part.value.copy())
    for code, meaning in table:
        case = case.when(literal(code, call.args[0].type), _meaning(meaning, call.type))
    match call.option("otherwise"):
        case "keep":
            return scope.made(case.else_(_retyped(part.value, call.args[0], call.type)), [part])
        case "default":
            known = exp.case().when(
                present(part.value), case.else_(_meaning(call.option("default"), call.type))
            )
            return scope.made(known, [part])
    known_codes = [literal(code, call.args[0].type) for code, _ in table]
    unknown = exp.Not(this=exp.In(this=part.value.copy(), expressions=known_codes))
    return scope.made(case, [part], exp.case().when(unknown, text("unknown-code")))


def _meaning(meaning: object, result: ValueType) -> exp.Expr:
    if meaning is None:
        return literal(None, result)
    made = constant(meaning)
    return _retyped(literal(meaning, made.type), made, result)


def _retyped(value: exp.Expr, node: Expression, result: ValueType) -> exp.Expr:
    if node.type.kind is result.kind and node.type.scale == result.scale:
        return value.copy()
    return exp.Cast(this=value.copy(), to=data_type(result))


def null_if(scope: Scope, call: Call) -> Part:
    """Null for the constants."""
    part = scope.plain(call.args[0])
    constants = call.option("constants")
    assert isinstance(constants, tuple)
    if not constants:
        return part
    excluded = [literal(each, constant(each).type) for each in constants]
    kept = exp.Not(this=exp.In(this=part.value.copy(), expressions=excluded))
    return scope.made(exp.case().when(kept, part.value.copy()), [part])


def required(scope: Scope, call: Call) -> Part:
    """Null is a problem."""
    part = scope.plain(call.args[0])
    missing = exp.Is(this=part.value.copy(), expression=exp.Null())
    return scope.made(part.value, [part], exp.case().when(missing, text("null-value")))


def known(scope: Scope, call: Call) -> Part:
    """Where it is asked for, the value is not null."""
    return scope.part(call.args[0])


def gather(scope: Scope, call: Call) -> Part:
    """Nulls are left out of the list."""
    parts = [scope.part(arg) for arg in call.args]
    values = exp.Array(expressions=[part.value for part in parts])
    item = call.type.item
    assert item is not None
    whole = exp.Cast(this=values, to=data_type(call.type))
    not_null = exp.Lambda(this=present(exp.column("x")), expressions=[exp.to_identifier("x")], colon=True)
    return scope.made(exp.ArrayFilter(this=whole, expression=not_null), parts)


def list_(scope: Scope, call: Call) -> Part:
    """Nulls stay where they are."""
    parts = [scope.part(arg) for arg in call.args]
    values = exp.Array(expressions=[part.value for part in parts])
    return scope.made(exp.Cast(this=values, to=data_type(call.type)), parts)


def struct(scope: Scope, call: Call) -> Part:
    """A nested value."""
    parts = [scope.part(arg) for arg in call.args]
    names = call.option("names")
    assert isinstance(names, tuple)
    members = [
        exp.PropertyEQ(this=quoted(str(name)), expression=part.value)
        for name, part in zip(names, parts, strict=True)
    ]
    return scope.made(exp.Struct(expressions=members), parts)


WORDS: dict[str, Translate] = {
    "codes": codes,
    "gather": gather,
    "known": known,
    "list": list_,
    "lookup": codes,
    "null_if": null_if,
    "required": required,
    "struct": struct,
}
