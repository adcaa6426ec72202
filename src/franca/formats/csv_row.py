"""Text of CSV to rows and fields, as RFC 4180 writes them; a quote within an unquoted field is itself."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from franca.errors import DecodeError
from franca.model.layouts import Csv

_LONGEST_ROW = 16 * 1024 * 1024
_LINE_ENDS = "\r\n"


class Row(NamedTuple):
    """One row of a file: the line on which it begins, from 1, its text, or why there is none."""

    line: int
    text: str
    problem: DecodeError | None = None


class Splitter:
    """Takes rows apart. A field without quotes that is the null text is None."""

    def __init__(self, layout: Csv) -> None:
        self._delimiter, self._quote, self._null = layout.delimiter, layout.quote, layout.null
        self._quoted_null = layout.quote + layout.null + layout.quote
        quote, delimiter = re.escape(layout.quote), re.escape(layout.delimiter)
        self._quoted = re.compile(
            f"{quote}((?:[^{quote}]|{quote}{quote})*){quote}(?!{quote})" if quote else "(?!)"
        )
        self._closing = re.compile(f"(?:[^{quote}]|{quote}{quote})*{quote}(?!{quote})" if quote else "(?!)")
        self._plain = re.compile(f"(?:(?!{delimiter})[^\\r\\n])*")
        bare = f"[^{quote}{delimiter}\\r\\n]*+" if len(layout.delimiter) == 1 else "(?!)"
        self._field = f"(?:{quote}[^{quote}]*+{quote}|{bare})" if quote else "(?!)"
        self._whole = re.compile(f"{self._field}(?:{delimiter}{self._field})*+[\\r\\n]*+")

    def regular(self, fields: int) -> Callable[[str], object]:
        """Return what tells rows of so many fields whose every quote stands at one end of a field."""
        rest = f"(?:{re.escape(self._delimiter)}{self._field}){{{fields - 1}}}"
        return re.compile(f"{self._field}{rest}(?:\\r\\n?|\\n)?").fullmatch

    def fields(self, row: str) -> list[str | None]:
        """Return the fields of one row. Raises DecodeError for quotes that do not match, for a second row."""
        row = row.removesuffix("\n").removesuffix("\r")
        if not self._quote or self._quote not in row:
            if "\n" in row or "\r" in row:
                raise _second()
            return [None if text == self._null else text for text in row.split(self._delimiter)]
        found: list[str | None] = []
        at, step, quote = 0, len(self._delimiter), self._quote
        while True:
            if row.startswith(quote, at):
                text: str | None
                text, at = self._unquoted(row, at)
            else:
                taken = self._plain.match(row, at)
                assert taken is not None
                text, at = None if taken[0] == self._null else taken[0], taken.end()
            found.append(text)
            if at == len(row):
                return found
            if not row.startswith(self._delimiter, at):
                raise _second() if row[at] in _LINE_ENDS else _stray()
            at += step

    def quick(self, row: str) -> tuple[Sequence[str | None], str | None]:
        """Return the fields of a row with quotes, and what stands for null among them: its text, or None.

        The standard library is quicker; what it does not tell, or refuses, the careful way does.
        """
        if len(self._delimiter) == 1 and self._quoted_null not in row:
            try:
                (fields,) = csv.reader((row,), delimiter=self._delimiter, quotechar=self._quote, strict=True)
            except (csv.Error, ValueError):
                return self.fields(row), None
            return fields, self._null
        return self.fields(row), None

    def _unquoted(self, row: str, at: int) -> tuple[str, int]:
        taken = self._quoted.match(row, at)
        if taken is None:
            raise _unterminated()
        return taken[1].replace(self._quote * 2, self._quote), taken.end()

    def _is_open(self, line: str, *, inside: bool) -> bool | None:
        """Return whether a quote is open at a line's end, None where one is closed in the wrong place.

        `inside` says whether the line begins within quotes.
        """
        end, at = len(line.rstrip(_LINE_ENDS)), 0
        if inside:
            closed = self._closing.match(line)
            if closed is None:
                return True
            at = closed.end()
        while True:
            if not inside:
                taken = (
                    self._quoted.match(line, at)
                    if line.startswith(self._quote, at)
                    else self._plain.match(line, at)
                )
                if taken is None:
                    return True
                at = taken.end()
            inside = False
            if at >= end:
                return False
            if not line.startswith(self._delimiter, at):
                return None
            at += len(self._delimiter)

    def rows(self, lines: Iterator[str]) -> Iterator[Row]:
        """Yield the rows of a file's lines, blank ones left out.

        A quote that never ends, or ends within its field, spoils the line on which its row begins; reading
        goes on with the line after.
        """
        ahead: deque[str] = deque()
        number = 0
        while True:
            line = ahead.popleft() if ahead else next(lines, None)
            if line is None:
                return
            number += 1
            if not line.strip(_LINE_ENDS):
                continue
            is_odd = self._quote and self._quote in line and not self._whole.fullmatch(line)
            if is_odd and self._is_open(line, inside=False):
                row = self._gathered(line, number, ahead, lines)
                yield row
                for _ in range(self._taken):
                    ahead.popleft()
                number += self._taken
            else:
                yield Row(number, line)

    def _gathered(self, line: str, number: int, ahead: deque[str], lines: Iterator[str]) -> Row:
        """Return the row that begins on a line and goes on, if it ends well; else what is wrong.

        Lines that are read stay in `ahead`; `_taken` says how many of them are the row's.
        """
        parts, size, self._taken = [line], len(line), 0
        while size < _LONGEST_ROW:
            if len(parts) > len(ahead):
                more = next(lines, None)
                if more is None:
                    break
                ahead.append(more)
            parts.append(ahead[len(parts) - 1])
            size += len(parts[-1])
            is_open = self._is_open(parts[-1], inside=True)
            if is_open is None:
                break
            if not is_open:
                self._taken = len(parts) - 1
                return Row(number, "".join(parts))
        return Row(number, line, _unterminated())


def _unterminated() -> DecodeError:
    return DecodeError("", "a quote is opened and not closed", "unterminated-quote")


def _stray() -> DecodeError:
    return DecodeError(
        "", "text follows a closing quote: expected a delimiter or the row's end", "stray-quote"
    )


def _second() -> DecodeError:
    return DecodeError("", "a second row follows: expected one row a message", "several-rows")
