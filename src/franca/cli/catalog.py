"""Reads the tables of whatever source a command line names: the files and services are opened here."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from franca.catalog.copybook import read_copybook
from franca.catalog.messages import tables_of
from franca.catalog.origin import TOPICS, OriginKind, is_csv
from franca.catalog.sample import Sample, sample_of
from franca.catalog.table import Catalog
from franca.cli.context import Context
from franca.cli.packed import open_packed
from franca.cli.record_file import open_csv, records_of_csv
from franca.cli.rows import RowFile
from franca.errors import DefinitionError, RecordError
from franca.formats.registry import format_named
from franca.local.endpoints import find_endpoints
from franca.model.layouts import Csv
from franca.pipeline.input_line import Given, record_of
from franca.sources.recent import recent
from franca.types import Record

NEWEST = 1_000
"""How many of each partition's newest messages are looked at."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where tables come from, and how it is to be read."""

    where: str
    kind: OriginKind
    dialect: str = ""
    schemas: tuple[str, ...] = ()
    format: str = "auto"
    records: bool = False
    name: str = ""


def catalog_of(franca: Context, origin: Origin) -> Catalog:
    """Return the tables of a source, sorted by schema and name. Raises DefinitionError, UnavailableError."""
    match origin.kind:
        case "database":
            from franca.catalog.database import read_catalog  # in an extra

            found = read_catalog(origin.where, origin.schemas)
        case "ddl":
            from franca.catalog.ddl.reading import read_ddl  # half of a start, and wanted by few

            found = read_ddl(_text(origin.where), _shown(origin.where), origin.dialect)
        case "copybook":
            where = _shown(origin.where)
            found = read_copybook(
                _text(origin.where), origin.where, where, origin.name or _stem(origin.where)
            )
        case "topics":
            pattern = origin.where.removeprefix(TOPICS)
            cluster = find_endpoints(franca.project, store=False).cluster
            found = tables_of(_sampled(recent(cluster, [pattern], NEWEST), origin), f"the topics {pattern}")
        case _ if origin.format == "csv" or (origin.format == "auto" and is_csv(origin.where)):
            found = _of_csv(origin)
        case _:
            found = tables_of(_of_lines(origin), _shown(origin.where))
    ordered = sorted(found.tables, key=lambda table: (table.schema, table.name))
    return Catalog(found.origin, tuple(ordered), found.skipped, found.unread)


def records_of(origin: Origin) -> Iterator[tuple[int, Record | RecordError, bytes]]:
    """Yield each line of a file of messages with its number: as a record, or what is wrong with it."""
    now = int(time.time() * 1000)
    for place, line in enumerate(RowFile(origin.where).lines(), 1):
        if not line.strip():
            continue
        try:
            yield place, record_of(Given(line, place), place, now, records=origin.records), line
        except RecordError as error:
            yield place, error, line


def _of_lines(origin: Origin) -> Sample:
    chosen, sample = format_named(origin.format), Sample()
    fallback = origin.name or ("" if origin.records else _stem(origin.where))
    for place, record, line in records_of(origin):
        if isinstance(record, RecordError):
            sample.messages += 1
            sample.fail(place, line, record)
        else:
            sample.see(record, chosen, place, fallback)
    return sample


def _of_csv(origin: Origin) -> Catalog:
    """Return the table of a file's rows, whose first one names the columns; the delimiter is found out."""
    sample, name, now = Sample(), origin.name or _stem(origin.where), int(time.time() * 1000)
    file = open_csv(origin.where, Csv(), is_told=False)
    rows = records_of_csv(origin.where, file)
    for place, given in enumerate(rows, 1):
        try:
            sample.see(record_of(given, place, now, records=False), rows.format, given.line, name)
        except RecordError as error:
            sample.fail(given.line, given.value, error)
    layout = "Csv()" if file.layout.delimiter == "," else f'Csv(delimiter="{file.layout.delimiter}")'
    return tables_of(sample, _shown(origin.where), layout.replace("\t", "\\t"))


def _sampled(records: Iterable[Record], origin: Origin) -> Sample:
    return sample_of(records, format_named(origin.format), origin.name)


def _text(path: str) -> str:
    try:
        with open_packed(path) as file:
            data = b"".join(file)
    except (OSError, EOFError) as error:
        raise DefinitionError.one(path, f"can't be read: {error}", "check the path") from error
    for encoding in ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _shown(path: str) -> str:
    return "standard input" if path == "-" else Path(path).name


def _stem(path: str) -> str:
    return "" if path == "-" else Path(path).name.partition(".")[0]
