"""Opens a file for bytes: as it is, or what gzip or Zstandard has packed, by the end of its name."""

import codecs
import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

_CHUNK = 65_536
_ENDS = (".gz", ".zst")


def plain_name(path: str) -> str:
    """Return a file's name without what says how it is packed.

    >>> plain_name("cust.jsonl.gz"), plain_name("CUST.CSV.GZ"), plain_name("cust.csv")
    ('cust.jsonl', 'CUST.CSV', 'cust.csv')
    """
    return next((path[: -len(end)] for end in _ENDS if path.lower().endswith(end)), path)


def open_packed(path: str) -> BinaryIO:
    """Open a file, or standard input for `-`. What is packed wrongly raises OSError or EOFError when read."""
    if path == "-":
        return sys.stdin.buffer
    if path.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    if path.lower().endswith(".zst"):
        return cast("BinaryIO", io.BufferedReader(_Zstandard(Path(path)), _CHUNK))
    return Path(path).open("rb")


def bounded_lines(data: BinaryIO, longest: int) -> Iterator[bytes]:
    r"""Yield the lines without their line breaks; of a longer one `longest` bytes and one more.

    A byte order mark at the beginning, as Windows writes it, is none of the first line's.

    >>> list(bounded_lines(io.BytesIO(b"\xef\xbb\xbfabc\r\n\nabcdefg\nc"), 6))
    [b'abc', b'', b'abcdefg', b'c']
    """
    mark = codecs.BOM_UTF8
    while line := data.readline(longest + len(b"\r\n")):
        is_whole = line.endswith(b"\n") or len(line) < longest + len(b"\r\n")
        yield (line.rstrip(b"\r\n") if is_whole else line[: longest + 1]).removeprefix(mark)
        mark = b""
        while not is_whole:
            rest = data.readline(_CHUNK)
            is_whole = not rest or rest.endswith(b"\n")


class _Zstandard(io.RawIOBase):
    """The content of all frames of a file; unlike the library's own reader it notices a file cut short."""

    def __init__(self, path: Path) -> None:
        import zstandard  # in an extra

        self._library: Any = zstandard
        self._file = path.open("rb")
        self._frame: Any = None
        self._packed = self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            self._packed = self._packed or self._file.read(_CHUNK)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError("it ends within a frame")
                return 0
            self._unpack()
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def _unpack(self) -> None:
        self._frame = self._frame or self._library.ZstdDecompressor().decompressobj()
        try:
            self._ready = self._frame.decompress(self._packed)
        except self._library.ZstdError as error:
            raise OSError(str(error)) from error
        self._packed = self._frame.unused_data
        if self._frame.eof:
            self._frame = None

    def close(self) -> None:
        self._file.close()
        super().close()
