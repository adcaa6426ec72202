"""How codes, casts to text, null handling and functions are undone, and why the rest has no inverse."""

from franca.mapping.inverse.step import Rule, Step, of_kind, of_type
from franca.mapping.operands import constant
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.model.kind import Kind


def codes(call: Call, answer: Expression) -> list[Step] | str:
    """The table the other way round, where it is one to one."""
    table = call.option("table")
    assert isinstance(table, tuple)
    if call.option("otherwise") == "default":
        return "unknown codes become the default, and which one it was is not known"
    meanings = [meaning for _, meaning in table]
    if None in meanings:
        return "a code becomes null, as null itself does"
    doubled = [meaning for meaning in meanings if meanings.count(meaning) > 1]
    if doubled:
        return f"two codes become the same value {_shown(doubled[0])}"
    turned = tuple((meaning, code) for code, meaning in table)
    keeps = call.option("otherwise") == "keep"
    options = {"table": turned, "otherwise": call.option("otherwise"), "default": None}
    argument = call.args[0]
    return [Step(argument, of_type(call.word, argument.type, answer, **options), exact=not keeps)]


def _shown(value: object) -> str:
    return repr(getattr(value, "value", value))


def as_text(call: Call, answer: Expression) -> list[Step] | str:
    """The value that the text shows."""
    argument = call.args[0]
    source = argument.type
    match source.kind:
        case Kind.INTEGER:
            digits = _decimal(answer, 19, 0)
            return [Step(argument, of_kind("integer", Kind.INTEGER, digits))]
        case Kind.DECIMAL:
            return [Step(argument, _decimal(answer, source.precision or 38, source.scale or 0))]
        case Kind.DATE:
            return [Step(argument, of_kind("date_of", Kind.DATE, answer, pattern="%Y-%m-%d", pivot=None))]
        case Kind.TIME:
            return [Step(argument, of_kind("time_of", Kind.TIME, answer, pattern="%H:%M:%S.%f"))]
        case Kind.TIMESTAMP:
            options = {"pattern": "%Y-%m-%dT%H:%M:%S.%fZ", "zone": "UTC", "pivot": None}
            return [Step(argument, of_kind("timestamp_of", Kind.TIMESTAMP, answer, **options))]
        case Kind.UUID:
            return [Step(argument, of_kind("uuid_of", Kind.UUID, answer))]
    assert source.enum is not None
    table = tuple((member.value, member) for member in source.enum)
    member = of_type("codes", source, answer, table=table, otherwise="problem", default=None)
    return [Step(argument, member)]


def _decimal(node: Expression, precision: int, scale: int) -> Expression:
    result = ValueType(Kind.DECIMAL, precision=precision, scale=scale)
    return of_type("decimal", result, node, precision=precision, scale=scale)


def uuid_of(call: Call, answer: Expression) -> list[Step] | str:
    """Its own text, in lower case."""
    return [Step(call.args[0], of_kind("as_text", Kind.TEXT, answer), exact=False)]


def not_(call: Call, answer: Expression) -> list[Step] | str:
    """Twice is once."""
    return [Step(call.args[0], of_kind("not", Kind.BOOLEAN, answer))]


def same(call: Call, answer: Expression) -> list[Step] | str:
    """The value itself."""
    return [Step(call.args[0], answer)]


def given(call: Call, answer: Expression) -> list[Step] | str:
    """Null stays null, and the function is undone."""
    return [Step(call.args[1], answer)]


def null_if(call: Call, answer: Expression) -> list[Step] | str:
    """Null stays null, or becomes the first constant in a column that is never null."""
    constants = call.option("constants")
    assert isinstance(constants, tuple)
    argument = call.args[0]
    if argument.type.nullable or not constants:
        return [Step(argument, answer, exact=False)]
    return [
        Step(
            argument,
            of_type("first", argument.type, answer, constant(constants[0])),
            exact=len(constants) == 1,
        )
    ]


def first(call: Call, answer: Expression) -> list[Step] | str:
    """Only a single value is certain."""
    values = [arg for arg in call.args if not (isinstance(arg, Constant) and arg.value is None)]
    if len(values) == 1:
        return [Step(values[0], answer)]
    return "which of the values it was is not known"


def apply(call: Call, answer: Expression) -> list[Step] | str:
    """By the function that the user gave."""
    inverse = call.option("inverse")
    if inverse is None:
        return "apply has no inverse=; give the function that leads back"
    argument = call.args[0]
    return [
        Step(argument, of_type("apply", argument.type, answer, function=inverse, inverse=None), exact=False)
    ]


_CASE = "the case of the letters is not known"
_PART = "only a part of the value is kept"
_TEST = "only the answer of a test is kept"
_DIGEST = "a digest leads nowhere back"
_SEVERAL = "several columns become one value, and where each ends can't be told"
_NESTED = "lists and nested values have no inverse"

RULES: dict[str, Rule] = {
    "apply": apply,
    "as_text": as_text,
    "codes": codes,
    "first": first,
    "given": given,
    "known": same,
    "lookup": codes,
    "not": not_,
    "null_if": null_if,
    "required": same,
    "uuid_of": uuid_of,
}

REASONS: dict[str, str] = {
    "absolute": "the sign is not known",
    "days_between": "only the difference of two dates is kept",
    "divide": "floats are rounded in each operation",
    "floating": "floats have no one notation",
    "local_date": "the time of the day is not known",
    "round": "what was rounded off is not known",
    "when": "which branch it was is not known",
    **dict.fromkeys(("concat", "join"), _SEVERAL),
    **dict.fromkeys(("capitalize", "lower", "upper"), _CASE),
    **dict.fromkeys(("day", "month", "year"), _PART),
    **dict.fromkeys(("extract", "replace", "right", "split", "substring"), _PART),
    **dict.fromkeys(("floor_divide", "length", "modulo"), _PART),
    **dict.fromkeys(("md5", "sha256", "uuid5"), _DIGEST),
    **dict.fromkeys(("and", "or", "eq", "ne", "lt", "le", "gt", "ge", "is_null", "not_null"), _TEST),
    **dict.fromkeys(("contains", "ends_with", "matches", "one_of", "starts_with"), _TEST),
    **dict.fromkeys(("gather", "list", "struct"), _NESTED),
}
"""The words that have no inverse, each with why."""
