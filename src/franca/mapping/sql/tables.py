"""The words that translate by a table, test for null, or gather, in SQL."""

from sqlglot import exp

from franca.mapping.sql.constants import fitted, holds, one_of
from franca.mapping.sql.layers import Part, present
from franca.mapping.sql.literals import data_type, literal, quoted, text
from franca.mapping.sql.numbers import OUT_OF_RANGE
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.tree import Call


def codes(scope: Scope, call: Call) -> Part:
    """A CASE over the constants; what is in none of them is a problem, the default, or itself."""
    part = scope.plain(call.args[0])
    kind, table = call.args[0].type, call.option("table")
    assert isinstance(table, tuple)
    case = exp.case(part.value.copy())
    for code, meaning in table:
        if holds(kind, code):
            case = case.when(literal(code, kind), fitted(meaning, call.type))
    match call.option("otherwise"):
        case "keep":
            return _kept(scope, call, part, case)
        case "default":
            known = _otherwise(case, fitted(call.option("default"), call.type))
            return scope.made(exp.case().when(present(part.value), known), [part])
    unknown = exp.Not(this=exp.Paren(this=one_of(part.value, (code for code, _ in table), kind)))
    made = _otherwise(case, literal(None, call.type))
    return scope.made(made, [part], exp.case().when(unknown, text("unknown-code")))


def _kept(scope: Scope, call: Call, part: Part, case: exp.Case) -> Part:
    """Return what the table has, else the value itself, which may not fit the type of both."""
    source, result = call.args[0].type, call.type
    if source.kind is result.kind and source.scale == result.scale:
        return scope.made(_otherwise(case, part.value.copy()), [part])
    cast = exp.TryCast(this=part.value.copy(), to=data_type(result), safe=True)
    return scope.attempted(_otherwise(case, cast), [part], OUT_OF_RANGE)


def _otherwise(case: exp.Case, value: exp.Expr) -> exp.Expr:
    """Return the cases with what holds in none of them, which alone is left where there are no cases."""
    return case.else_(value) if case.args["ifs"] else value


def null_if(scope: Scope, call: Call) -> Part:
    """Null for the constants."""
    part = scope.plain(call.args[0])
    constants = call.option("constants")
    assert isinstance(constants, tuple)
    if not constants:
        return part
    kept = exp.Not(this=exp.Paren(this=one_of(part.value, constants, call.args[0].type)))
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
