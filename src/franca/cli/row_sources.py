"""What a user names as files of rows: files, folders and patterns of them, here or behind a URL."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from franca.cli.packed import plain_name
from franca.cli.rows import SUFFIXES, RowFile
from franca.errors import UsageError

REMOTE = frozenset({"s3", "s3a", "gs", "gcs", "az", "azure", "adl", "abfs", "abfss", "http", "https"})
"""The schemes of URLs that name files; any other is a database's."""

_WILD = frozenset("*?[")
_NOTES = frozenset({"readme.txt", "license.txt", "licence.txt"})
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def is_remote(source: str) -> bool:
    """Return whether a source is the URL of files.

    >>> is_remote("s3://bucket/cust.parquet"), is_remote("postgresql://me@db/crm"), is_remote("cust.csv")
    (True, False, False)
    """
    scheme, mark, _ = source.partition("://")
    return bool(mark) and scheme.lower() in REMOTE


def is_pattern(source: str) -> bool:
    """Return whether a name has wildcards."""
    return not _WILD.isdisjoint(source)


def is_data(name: str) -> bool:
    """Return whether a file of a folder has rows, by its path: not what is left beside them.

    >>> is_data("cust/part-0.parquet"), is_data("cust/_SUCCESS"), is_data("cust/.part-0.parquet.crc")
    (True, False, False)
    >>> is_data("cust/rows.txt"), is_data("cust/CUST.CSV.GZ"), is_data("cust/README.txt")
    (True, True, False)
    """
    path = Path(plain_name(name))
    return not is_hidden(name) and path.suffix.lower() in SUFFIXES and path.name.lower() not in _NOTES


def is_hidden(name: str) -> bool:
    """Return whether a file, or a folder of it, is what programs keep for themselves.

    >>> is_hidden("cust/_temporary/0/part-0.parquet"), is_hidden("cust/_land=CH/part-0.parquet")
    (True, False)
    """
    return any(part.startswith(("_", ".")) and "=" not in part for part in Path(name).parts)


def partitions_of(path: str) -> tuple[tuple[str, str | None], ...]:
    """Return the columns whose values a path's folders tell, as Hive and Spark name them.

    >>> partitions_of("cust/land=CH/day=2026-01-01/part-0.parquet")
    (('land', 'CH'), ('day', '2026-01-01'))
    """
    found = [part.partition("=") for part in Path(path).parts[:-1]]
    return tuple(
        (unquote(name), None if value == _NO_VALUE else unquote(value)) for name, mark, value in found if mark
    )


def files_of(sources: Iterable[RowFile]) -> Iterator[RowFile]:
    """Yield the files of this machine that sources name, in the order of their names; URLs as they are.

    Raises UsageError for what is not there.
    """
    for source in sources:
        path = source.path
        if path.startswith("file://"):
            path = unquote(urlsplit(path).path)
        if "://" in path or path == "-":
            yield source
        elif Path(path).is_dir():
            yield from _in_folder(replace(source, path=path))
        elif is_pattern(path) and not Path(path).exists():
            yield from _fitting(replace(source, path=path))
        else:
            file = _named(source, path)
            file.check()
            yield file


def _in_folder(folder: RowFile) -> Iterator[RowFile]:
    root = Path(folder.path)
    names = sorted(each.relative_to(root).as_posix() for each in root.rglob("*") if each.is_file())
    found = [name for name in names if is_data(name)]
    if not found:
        reason = f"no file in the folder has rows, by its name: expected {', '.join(sorted(SUFFIXES))}"
        raise UsageError.one(folder.path, reason, "name the files in it, with --format")
    for name in found:
        yield _named(folder, str(root / name))


def _fitting(pattern: RowFile) -> Iterator[RowFile]:
    parts = Path(pattern.path).parts
    fixed = [*_fixed(parts)]
    root = Path(*fixed)
    wild = "/".join(parts[len(fixed) :])
    found = sorted(each for each in root.glob(wild) if each.is_file())
    if not is_hidden(wild):
        found = [each for each in found if not is_hidden(each.relative_to(root).as_posix())]
    if not found:
        raise UsageError.one(pattern.path, "no file fits the pattern", "check the path")
    for each in found:
        yield _named(pattern, str(each))


def _named(source: RowFile, path: str) -> RowFile:
    return replace(source, path=path, partitions=partitions_of(path))


def _fixed(parts: Iterable[str]) -> Iterator[str]:
    """Yield the parts of a pattern that come before its wildcards."""
    for part in parts:
        if is_pattern(part):
            return
        yield part
