"""Text of unknown origin for terminals and logs: what would steer them or forge a line is shown instead."""

import logging
from collections.abc import Callable


def visible(text: str, keep: str = "") -> str:
    r"""Return the text with each character that is not printed spelled out, but for those to `keep`.

    Such are control characters, escapes of both sets, line and paragraph separators, and what turns the
    direction of writing.

    >>> print(visible("a\x1b[31m\nb"))
    a\x1b[31m\nb
    """
    if text.isprintable():
        return text
    return text.translate(_table(text, keep, _spelled))


def visible_json(text: bytes) -> bytes:
    r"""Return JSON that means the same, with what is not printed as JSON's own escapes.

    >>> print(visible_json('"\x9b31m"'.encode()).decode())
    "\u009b31m"
    """
    found = text.decode()
    if found.isprintable():
        return text
    return found.translate(_table(found, "\n\r\t", _escaped)).encode()


class LineFormatter(logging.Formatter):
    """Writes one log record; what follows its first line is indented, so that no text can forge a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text."""
        return visible(super().format(record), keep="\n").replace("\n", "\n  ")


def _table(text: str, keep: str, spell: Callable[[str], str]) -> dict[int, str]:
    """Return how each character that is not printed is spelled, once: a text may have millions."""
    return {ord(c): spell(c) for c in set(text) if not (c.isprintable() or c in keep)}


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
