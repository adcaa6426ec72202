"""How each word is written in Python: strict words as an expression over non-null atoms, others whole."""

from ast import literal_eval
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast

from franca.mapping.python import moments, numbers, texts
from franca.mapping.python.emitter import Emit, Emitter, Whole
from franca.mapping.python.failure import Failed
from franca.mapping.python.tables import Cache, CodeTable
from franca.mapping.tree import Call, Expression
from franca.mapping.words.moment import directives
from franca.model.kind import Kind


def _infix(operator: str) -> Emit:
    return lambda _emitter, _call, atoms: f" {operator} ".join(atoms)


def _function(function: Callable[..., object]) -> Emit:
    return lambda emitter, _call, atoms: f"{emitter.constant(function, 'f')}({', '.join(atoms)})"


def _made(make: Callable[[Call], Callable[..., object]]) -> Emit:
    """Write a word whose function is made of its options."""

    def emit(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
        function = make(call)
        return f"{emitter.constant(function, 'f')}({', '.join(atoms)})"

    return emit


def _cached(make: Callable[[Call], Callable[[Any], object]]) -> Emit:
    """Write a word of one argument whose answers are kept."""

    def emit(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
        cache = Cache(make(call))
        return f"{emitter.constant(cache, 'c')}[{atoms[0]}]"

    return emit


def arithmetic(word: str, on_integers: Callable[..., int]) -> Emit:
    """Write an arithmetic word: integers of 64 bits, exact decimals, finite floats."""

    def emit(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
        if call.type.kind is Kind.INTEGER:
            return f"{emitter.constant(on_integers, 'f')}({', '.join(atoms)})"
        symbol = {"add": "+", "subtract": "-", "multiply": "*"}.get(word)
        code = (
            f" {symbol} ".join(atoms)
            if symbol
            else {"negate": "-", "absolute": "abs"}[word] + f"({atoms[0]})"
        )
        if call.type.kind is Kind.FLOAT:
            return f"{emitter.constant(numbers.finite, 'f')}({code})"
        fit = numbers.fitting(cast("int", call.type.precision), cast("int", call.type.scale))
        exact = {
            "add": "add",
            "subtract": "subtract",
            "multiply": "multiply",
            "negate": "minus",
            "absolute": "abs",
        }
        context = emitter.constant(numbers.EXACT, "x")
        return f"{emitter.constant(fit, 'f')}({context}.{exact[word]}({', '.join(atoms)}))"

    return emit


def _integer(call: Call) -> Callable[..., object]:
    return numbers.integer_of if call.args[0].type.kind is Kind.TEXT else numbers.integer_of_decimal


def _decimal(call: Call) -> Callable[..., object]:
    precision, scale = cast("int", call.option("precision")), cast("int", call.option("scale"))
    if call.args[0].type.kind is Kind.TEXT:
        return numbers.decimal_of_text(precision, scale)
    return numbers.fitting(precision, scale)


def _implied(call: Call) -> Callable[..., object]:
    make = numbers.implied_of_text if call.args[0].type.kind is Kind.TEXT else numbers.implied_of
    return make(cast("int", call.option("scale")))


def _round(call: Call) -> Callable[..., object]:
    places, mode = cast("int", call.option("places")), cast("str", call.option("mode"))
    return numbers.rounding(call.type.precision or 38, places, mode)


def text_of(kind: Kind, scale: int) -> "Callable[..., object] | None":
    """Return the function that writes a value of the kind as text; None where `str` does."""
    functions: dict[Kind, Callable[..., object]] = {
        Kind.DECIMAL: numbers.decimal_text(scale, stripped=False),
        Kind.TIMESTAMP: moments.timestamp_text,
        Kind.TIME: moments.time_text,
    }
    return functions.get(kind)


def as_text(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
    """Write `as_text`."""
    kind = call.args[0].type
    if kind.kind is Kind.DATE:
        return f"{atoms[0]}.isoformat()"
    if kind.kind is Kind.ENUM:
        return f"{atoms[0]}.value"
    function = text_of(kind.kind, kind.scale or 0)
    if function is None:
        return f"str({atoms[0]})"
    return f"{emitter.constant(function, 'f')}({atoms[0]})"


def codes(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
    """Write `codes` and `lookup`: one access to a dict."""
    pairs = cast("tuple[tuple[object, object], ...]", call.option("table"))
    otherwise = call.option("otherwise")
    table: dict[object, object] = CodeTable(pairs) if otherwise == "problem" else dict(pairs)
    name = emitter.constant(table, "t")
    if otherwise == "problem":
        return f"{name}[{atoms[0]}]"
    if otherwise == "keep":
        return f"{name}.get({atoms[0]}, {atoms[0]})"
    default = call.option("default")
    return f"{name}.get({atoms[0]}, {emitter.literal(default)})"


def _substring(_emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
    start, length = cast("int", call.option("start")) - 1, cast("int | None", call.option("length"))
    return f"{atoms[0]}[{start}:{'' if length is None else start + length}]"


def _trim(_emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
    method = {"both": "strip", "left": "lstrip", "right": "rstrip"}[str(call.option("side"))]
    return f"{atoms[0]}.{method}({call.option('fill')!r})"


def _constants(emitter: Emitter, values: object) -> str:
    kept = frozenset(cast("tuple[object, ...]", values))
    return emitter.constant(kept, "s")


def _apply(call: Call) -> Callable[..., object]:
    function = cast("Callable[[Any], object]", call.option("function"))
    name = getattr(function, "__qualname__", "function")
    enum, nullable = call.type.enum, call.type.nullable
    python = _PYTHON.get(call.type.kind)

    def apply(value: object) -> object:
        try:
            answer = function(value)
        except Exception as error:  # the user's function may raise anything
            raise Failed(
                "apply-failed", f"{name} to return, it raised {type(error).__name__}", value
            ) from error
        wanted = enum or python
        if (answer is None and nullable) or (wanted is not None and type(answer) is wanted):
            return answer
        raise Failed("apply-failed", f"{name} to return what it says, got {type(answer).__name__}", value)

    return apply


_PYTHON: dict[Kind, type] = {Kind.TEXT: str, Kind.INTEGER: int, Kind.FLOAT: float, Kind.BOOLEAN: bool}
_PYTHON |= {Kind.DECIMAL: Decimal}


def _pattern(call: Call) -> list[str]:
    return directives(str(call.option("pattern")))


def _pivot(call: Call) -> "int | None":
    return cast("int | None", call.option("pivot"))


def _zone(call: Call) -> str:
    return str(call.option("zone"))


def _required(emitter: Emitter, call: Call) -> str:
    atom = emitter.emit(call.args[0])
    if call.args[0].type.nullable:
        emitter.line(f"if {atom} is None:")
        emitter.line(f'    raise {emitter.constant(Failed, "f")}("null-value", "a value", None)')
    return atom


def _when(emitter: Emitter, call: Call) -> str:
    condition = emitter.emit(call.args[0])
    name = emitter.variable()
    for head, branch in ((f"if {condition}:", call.args[1]), ("else:", call.args[2])):
        with emitter.branch(head):
            emitter.line(f"{name} = {emitter.emit(branch)}")
    return name


def _given(emitter: Emitter, call: Call) -> str:
    value = emitter.emit(call.args[0])
    name = emitter.bind("None")
    with emitter.branch(f"if {value} is not None:"):
        emitter.line(f"{name} = {emitter.emit(call.args[1])}")
    return name


def _first(emitter: Emitter, call: Call) -> str:
    name = emitter.bind(emitter.emit(call.args[0]))
    _rest(emitter, name, call.args[1:])
    return name


def _rest(emitter: Emitter, name: str, rest: Sequence[Expression]) -> None:
    if rest:
        with emitter.branch(f"if {name} is None:"):
            emitter.line(f"{name} = {emitter.emit(rest[0])}")
            _rest(emitter, name, rest[1:])


def _logic(decisive: bool) -> Whole:
    def emit(emitter: Emitter, call: Call) -> str:
        atoms = [emitter.emit(argument) for argument in call.args]
        tests = [f"{atom} is {decisive}" for atom in atoms]
        nulls = [f"{atom} is None" for atom, arg in zip(atoms, call.args, strict=True) if arg.type.nullable]
        otherwise = f"None if {' or '.join(nulls)} else {not decisive}" if nulls else f"{not decisive}"
        return emitter.bind(f"{decisive} if {' or '.join(tests)} else {otherwise}")

    return emit


def format_text(separator: str, atoms: Sequence[str]) -> str:
    """Write texts, none of them null, one after the other: a formatted string is the fastest way."""
    if len(atoms) == 1:
        return atoms[0]
    shown = [_braced(literal_eval(atom)) if atom[0] in "'\"" else f"{{{atom}}}" for atom in atoms]
    return f"f{_braced(separator).join(shown)!r}"


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


_UNROLLED = 3
"""Up to so many parts that may be null, `join` is written out for each combination."""


def _join(emitter: Emitter, call: Call) -> str:
    separator = str(call.option("separator")) if call.word == "join" else ""
    atoms = [emitter.emit(argument) for argument in call.args]
    nulls = {atom for atom, arg in zip(atoms, call.args, strict=True) if arg.type.nullable}
    if len(nulls) <= _UNROLLED:
        return emitter.bind(_combined(separator, atoms, nulls))
    present = f"[each for each in ({', '.join(atoms)}) if each is not None]"
    return emitter.bind(f"{separator!r}.join({present})")


def _combined(separator: str, atoms: Sequence[str], nulls: set[str]) -> str:
    """Write a join as one condition per part that may be null, and formatted text below."""
    unsure = next((atom for atom in atoms if atom in nulls), None)
    if unsure is None:
        return format_text(separator, atoms)
    without = _combined(separator, [atom for atom in atoms if atom != unsure], nulls)
    return f"({without} if {unsure} is None else {_combined(separator, atoms, nulls - {unsure})})"


def _gather(emitter: Emitter, call: Call) -> str:
    atoms = [emitter.emit(argument) for argument in call.args]
    return emitter.bind(f"[each for each in ({', '.join(atoms)}{',' if atoms else ''}) if each is not None]")


def _list(emitter: Emitter, call: Call) -> str:
    return emitter.bind(f"[{', '.join([emitter.emit(argument) for argument in call.args])}]")


def _struct(emitter: Emitter, call: Call) -> str:
    """A nested value within a condition, which asks no more than whether it is there."""
    return emitter.bind(f"({''.join(f'{emitter.emit(argument)}, ' for argument in call.args)})")


def _null_test(operator: str) -> Whole:
    def emit(emitter: Emitter, call: Call) -> str:
        atom = emitter.emit(call.args[0])
        if not call.args[0].type.nullable:
            return emitter.bind(str(operator == "is not"))
        return emitter.bind(f"{atom} {operator} None")

    return emit


STRICT: dict[str, Emit] = {
    "absolute": arithmetic("absolute", numbers.absolute),
    "add": arithmetic("add", numbers.add),
    "add_days": _function(moments.add_days),
    "append": lambda _e, _c, atoms: format_text("", atoms),
    "apply": _made(_apply),
    "as_text": as_text,
    "capitalize": _function(texts.capitalize),
    "codes": codes,
    "contains": lambda _e, call, atoms: f"{call.option('part')!r} in {atoms[0]}",
    "date_of": _cached(lambda call: moments.date_reader(_pattern(call), _pivot(call))),
    "day": lambda _e, _c, atoms: f"{atoms[0]}.day",
    "days_between": lambda _e, _c, atoms: f"({atoms[1]} - {atoms[0]}).days",
    "decimal": _made(_decimal),
    "divide": _function(numbers.divide),
    "ends_with": lambda _e, call, atoms: f"{atoms[0]}.endswith({call.option('suffix')!r})",
    "eq": _infix("=="),
    "extract": _made(
        lambda call: texts.extractor(str(call.option("pattern")), cast("int", call.option("group")))
    ),
    "floating": _made(
        lambda call: numbers.float_of_text if call.args[0].type.kind is Kind.TEXT else numbers.float_of
    ),
    "floor_divide": _function(numbers.floor_divide),
    "format_date": _made(lambda call: moments.date_writer(_pattern(call))),
    "format_timestamp": _made(lambda call: moments.timestamp_writer(_pattern(call), _zone(call))),
    "from_epoch": _made(lambda call: moments.epoch_reader(str(call.option("unit")))),
    "ge": _infix(">="),
    "gt": _infix(">"),
    "implied": _made(_implied),
    "integer": _made(_integer),
    "le": _infix("<="),
    "length": lambda _e, _c, atoms: f"len({atoms[0]})",
    "local_date": _made(lambda call: moments.local_date(_zone(call))),
    "lookup": codes,
    "lower": lambda emitter, _c, atoms: f"{atoms[0]}.translate({emitter.constant(texts.LOWER)})",
    "lt": _infix("<"),
    "make_date": _function(moments.make_date),
    "matches": _made(lambda call: texts.matcher(str(call.option("pattern")))),
    "md5": _function(texts.md5),
    "modulo": _function(numbers.modulo),
    "month": lambda _e, _c, atoms: f"{atoms[0]}.month",
    "multiply": arithmetic("multiply", numbers.multiply),
    "ne": _infix("!="),
    "negate": arithmetic("negate", numbers.negate),
    "not": lambda _e, _c, atoms: f"not {atoms[0]}",
    "null_if": lambda emitter, call, atoms: (
        f"(None if {atoms[0]} in {_constants(emitter, call.option('constants'))} else {atoms[0]})"
    ),
    "one_of": lambda emitter, call, atoms: f"{atoms[0]} in {_constants(emitter, call.option('options'))}",
    "pad": _made(
        lambda call: texts.padder(
            cast("int", call.option("width")), str(call.option("fill")), str(call.option("side"))
        )
    ),
    "replace": lambda _e, call, atoms: f"{atoms[0]}.replace({call.option('old')!r}, {call.option('new')!r})",
    "right": lambda _e, call, atoms: f"{atoms[0]}[-{call.option('count')}:]",
    "round": _made(_round),
    "sha256": _function(texts.sha256),
    "split": _made(
        lambda call: texts.splitter(str(call.option("separator")), cast("int", call.option("index")))
    ),
    "start_of_day": _made(lambda call: moments.start_of_day(_zone(call))),
    "starts_with": lambda _e, call, atoms: f"{atoms[0]}.startswith({call.option('prefix')!r})",
    "substring": _substring,
    "subtract": arithmetic("subtract", numbers.subtract),
    "time_of": _cached(lambda call: moments.time_reader(_pattern(call))),
    "timestamp_of": _cached(lambda call: moments.timestamp_reader(_pattern(call), _zone(call), _pivot(call))),
    "trim": _trim,
    "upper": lambda emitter, _c, atoms: f"{atoms[0]}.translate({emitter.constant(texts.UPPER)})",
    "uuid5": _made(lambda call: texts.uuid5(str(call.option("namespace")))),
    "uuid_of": _function(texts.uuid_of),
    "year": lambda _e, _c, atoms: f"{atoms[0]}.year",
}

WHOLE: dict[str, Whole] = {
    "and": _logic(False),
    "concat": _join,
    "first": _first,
    "gather": _gather,
    "given": _given,
    "is_null": _null_test("is"),
    "join": _join,
    "known": lambda emitter, call: emitter.emit(call.args[0]),
    "list": _list,
    "not_null": _null_test("is not"),
    "or": _logic(True),
    "required": _required,
    "struct": _struct,
    "when": _when,
}
