"""Writes a checked pattern so that engines without Python's habits read the same: classes spelled out."""

import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]  # the parsed form is the only safe one to walk
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import Any

_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"0-9",
    codes.CATEGORY_SPACE: r"\x{9}-\x{d}\x{20}",
    codes.CATEGORY_WORD: r"0-9A-Za-z_",
}
_NOT_CATEGORIES = {
    codes.CATEGORY_NOT_DIGIT: r"\x{0}-\x{2f}\x{3a}-\x{10ffff}",
    codes.CATEGORY_NOT_SPACE: r"\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{10ffff}",
    codes.CATEGORY_NOT_WORD: r"\x{0}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{5e}\x{60}\x{7b}-\x{10ffff}",
}
_CLASSES = {**_CATEGORIES, **_NOT_CATEGORIES}
_REPEATS = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT})
_CHOICES = frozenset({codes.BRANCH, codes.MIN_REPEAT})
_PLACES = {
    codes.AT_BEGINNING: r"^",
    codes.AT_END: r"\z",
    codes.AT_BOUNDARY: r"\b",
}


def portable(pattern: str) -> str:
    r"""Return the pattern in the notation that RE2, Java and Oniguruma share.

    >>> portable("^[a-c]+.$")
    '^[a-c]+[^\\x{a}]\\z'
    """
    return _sequence(parser.parse(pattern, re.ASCII))


def has_empty_turns(pattern: str, group: int) -> bool:
    """Return whether a repetition in the pattern may match nothing, and what it does then shows.

    Engines differ on its last turn: on a group within it, and on the alternative that it takes.

    >>> has_empty_turns("((.)?)+", 1), has_empty_turns("(?:a*|b)*", 0), has_empty_turns("((.)?)+", 0)
    (True, True, False)
    """
    for code, argument in _nodes(parser.parse(pattern, re.ASCII)):
        if code not in _REPEATS or argument[1] < 2 or argument[2].getwidth()[0] > 0:
            continue
        for within, inner in _nodes(argument[2]):
            if within in _CHOICES or (within is codes.SUBPATTERN and inner[0] == group):
                return True
    return False


def _nodes(sequence: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each piece of a pattern, and those within it."""
    for code, argument in sequence:
        yield code, argument
        if code is codes.BRANCH:
            for option in argument[1]:
                yield from _nodes(option)
        elif code is codes.SUBPATTERN or code in _REPEATS:
            yield from _nodes(argument[-1])


def _sequence(nodes: Any) -> str:
    return "".join(_node(code, argument) for code, argument in nodes)


def _node(code: Any, argument: Any) -> str:
    if code is codes.LITERAL:
        return _character(argument)
    if code is codes.NOT_LITERAL:
        return f"[^{_character(argument)}]"
    if code is codes.ANY:
        return r"[^\x{a}]"
    if code is codes.IN:
        return _class(argument)
    if code is codes.AT:
        return _PLACES[argument]
    if code is codes.BRANCH:
        return "(?:" + "|".join(_sequence(option) for option in argument[1]) + ")"
    if code is codes.SUBPATTERN:
        group, _, _, inside = argument
        return f"({_sequence(inside)})" if group is not None else f"(?:{_sequence(inside)})"
    if code in _REPEATS:
        return _repeated(*argument) + ("?" if code is codes.MIN_REPEAT else "")
    raise AssertionError(f"{code} was let through by the check of patterns")


def _repeated(least: int, most: Any, inside: Any) -> str:
    known = {(0, codes.MAXREPEAT): "*", (1, codes.MAXREPEAT): "+", (0, 1): "?"}
    times = known.get((least, most))
    if times is None:
        times = f"{{{least},{'' if most is codes.MAXREPEAT else most}}}"
    piece = _sequence(inside)
    is_one = len(inside) == 1 and inside[0][0] in {codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN}
    return f"{piece}{times}" if is_one else f"(?:{piece}){times}"


def _class(members: Any) -> str:
    negated = members[0][0] is codes.NEGATE
    inside = "".join(_member(code, argument) for code, argument in members if code is not codes.NEGATE)
    return f"[{'^' if negated else ''}{inside}]"


def _member(code: Any, argument: Any) -> str:
    if code is codes.RANGE:
        return f"{_character(argument[0])}-{_character(argument[1])}"
    if code is codes.CATEGORY:
        return _CLASSES[argument]
    return _character(argument)


def _character(point: int) -> str:
    character = chr(point)
    if character.isascii() and character.isalnum():
        return character
    return rf"\x{{{point:x}}}" if point < 128 else character
