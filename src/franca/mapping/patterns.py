"""Regular expressions on which all engines agree: ASCII classes, no look-around, no back references."""

import re
from re import _constants as codes  # type: ignore[attr-defined]  # the parsed form is the only safe one to walk
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import Any

from franca.mapping.refusal import refuse

_REMEDY = (
    "use characters, classes, groups and repetitions only; look-around and back references are unportable"
)
_REFUSED = {
    codes.ASSERT: "a look-ahead or look-behind",
    codes.ASSERT_NOT: "a look-ahead or look-behind",
    codes.GROUPREF: "a back reference",
    codes.GROUPREF_EXISTS: "a conditional group",
    codes.ATOMIC_GROUP: "an atomic group",
    codes.POSSESSIVE_REPEAT: "a possessive repetition",
}


def checked_pattern(word: str, pattern: object, group: object) -> str:
    """Return the pattern when it means the same in every engine. Raises DefinitionError."""
    if not isinstance(pattern, str):
        raise refuse(f"{word} got a pattern that is no constant", "write it as text")
    try:
        parsed = parser.parse(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise refuse(
            f"{word} got the pattern {pattern!r}, which does not compile: {error}", "correct it"
        ) from None
    if parsed.state.flags & ~re.ASCII or "(?" in re.sub(r"\\.|\(\?:|\(\?P<", "", pattern):
        raise refuse(f"{word} got a pattern with flags, {pattern!r}", "spell the letters: [aA]")
    _walk(word, pattern, parsed)
    if type(group) is not int or not 0 <= group < parsed.state.groups:
        reason = f"{word} got the group {group!r} of the pattern {pattern!r}"
        raise refuse(reason, f"expected a constant from 0 to {parsed.state.groups - 1}")
    return pattern


def compiled(pattern: str) -> "re.Pattern[str]":
    """Return the pattern for Python, in which `$` is the end of the text and nothing else."""
    return re.compile(_ended(pattern), re.ASCII)


def _ended(pattern: str) -> str:
    out: list[str] = []
    in_class = False
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    for place, piece in enumerate(pieces):
        if piece == "[" and not in_class:
            in_class = True
        elif piece == "]" and in_class and pieces[place - 1] not in {"[", "^"}:
            in_class = False
        out.append(r"\Z" if piece == "$" and not in_class else piece)
    return "".join(out)


def _walk(word: str, pattern: str, node: Any) -> None:
    for code, argument in node:
        named = _REFUSED.get(code)
        if named:
            raise refuse(f"{word} got the pattern {pattern!r} with {named}", _REMEDY)
        if code is codes.AT and argument not in {codes.AT_BEGINNING, codes.AT_END, codes.AT_BOUNDARY}:
            raise refuse(f"{word} got the pattern {pattern!r} with \\A, \\Z or \\B", "use ^ and $")
        for child in argument if isinstance(argument, tuple | list) else ():
            if isinstance(child, parser.SubPattern):
                _walk(word, pattern, child)
            elif isinstance(child, list):
                for alternative in child:
                    if isinstance(alternative, parser.SubPattern):
                        _walk(word, pattern, alternative)
