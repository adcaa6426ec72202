"""How the words on text are undone."""

from franca.mapping.inverse.step import Rule, Step, anything, extracted, literally, of_kind
from franca.mapping.operands import NUMBERS
from franca.mapping.operands import call as word_call
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.model.kind import Kind


def append(call: Call, answer: Expression) -> list[Step] | str:
    """Constants are cut off; of several columns all but one need a declared width."""
    widths = [part.type.width for part in call.args]
    unknown = [place for place, width in enumerate(widths) if width is None]
    if len(unknown) > 1:
        return "several columns without a width are put together, and where each ends can't be told"
    return [
        Step(part, _piece(call, answer, place))
        for place, part in enumerate(call.args)
        if not isinstance(part, Constant)
    ]


def _piece(call: Call, answer: Expression, place: int) -> Expression:
    before = "".join(_pattern(part) for part in call.args[:place])
    after = "".join(_pattern(part) for part in call.args[place + 1 :])
    width = call.args[place].type.width
    if width is None:
        return extracted(answer, before, after)
    rest = r"(?:.|\n)*" if any(part.type.width is None for part in call.args) else ""
    knows = [part.type.width for part in call.args[:place]]
    if None not in knows:
        start = sum(each or 0 for each in knows) + 1
        return of_kind("substring", Kind.TEXT, answer, start=start, length=width)
    back = sum(part.type.width or 0 for part in call.args[place:])
    assert rest
    tail = of_kind("right", Kind.TEXT, answer, count=back)
    return of_kind("substring", Kind.TEXT, tail, start=1, length=width)


def _pattern(part: Expression) -> str:
    if isinstance(part, Constant):
        return literally(str(part.value))
    return anything(part.type.width or 0)


def trim(call: Call, answer: Expression) -> list[Step] | str:
    """What was cut off comes back where the column has a width."""
    argument, side = call.args[0], str(call.option("side"))
    width = argument.type.width
    if width is None:
        return "what trim cut off is not known; declare the column's width: Column(width=...)"
    filled = "left" if side == "left" else "right"
    padded = of_kind("pad", Kind.TEXT, answer, width=width, fill=call.option("fill"), side=filled)
    return [Step(argument, padded, exact=side != "both")]


def pad(call: Call, answer: Expression) -> list[Step] | str:
    """The fill is cut off, exactly where the column has a width or an integer was filled up with noughts."""
    argument, side, fill = call.args[0], str(call.option("side")), str(call.option("fill"))
    width = argument.type.width
    if side == "left" and fill == "0" and _is_integer(argument):
        digits = {"pattern": r"(?:-?[1-9][0-9]*|0)$", "group": 0}
        return [
            Step(argument, word_call("extract", (answer,), ValueType(Kind.TEXT, nullable=True), **digits))
        ]
    if width is None:
        shown = _digits if _shows_a_number(argument) else _trimmed
        return [Step(argument, shown(answer, side, fill), exact=False)]
    if side == "left":
        return [Step(argument, of_kind("right", Kind.TEXT, answer, count=width))]
    return [Step(argument, of_kind("substring", Kind.TEXT, answer, start=1, length=width))]


def _is_integer(text: Expression) -> bool:
    """Tell whether a text is an integer's, which never begins with a nought that could be cut off."""
    return isinstance(text, Call) and text.word == "as_text" and text.args[0].type.kind is Kind.INTEGER


def _trimmed(answer: Expression, side: str, fill: str) -> Expression:
    return of_kind("trim", Kind.TEXT, answer, side=side, fill=fill)


def _digits(answer: Expression, side: str, fill: str) -> Expression:
    """Cut off the fill but for what the number needs: a digit at its end, and one before its point."""
    filled = f"{literally(fill)}*"
    pattern = rf"^{filled}(-?[0-9][0-9.]*)$" if side == "left" else rf"^([0-9.-]*?[0-9]){filled}$"
    return word_call("extract", (answer,), ValueType(Kind.TEXT, nullable=True), pattern=pattern, group=1)


def _shows_a_number(node: Expression) -> bool:
    while isinstance(node, Call) and node.word in _PASSING:
        node = node.args[_PASSING[node.word]]
    return isinstance(node, Call) and node.word == "as_text" and node.args[0].type.kind in NUMBERS


_PASSING = {"first": 0, "given": 1, "known": 0, "null_if": 0, "required": 0}
"""The words that hand on a text as it is, by the argument that they hand on."""

RULES: dict[str, Rule] = {"append": append, "pad": pad, "trim": trim}
