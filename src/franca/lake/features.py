"""What a table promises its readers that franca's commits would break: it is left alone then.

franca writes what writer version 2 asks for. Others may set more: row ids, times in commits, checkpoints of
another form, checks of values.
"""

from collections.abc import Iterator

from deltalake import DeltaTable

from franca.errors import DefinitionError
from franca.lake.growth import type_name

FEATURES_WRITER = 7
"""Up to this writer version they are known; from it on a protocol lists what features a table has."""

HARMLESS = frozenset({"appendOnly", "changeDataFeed", "timestampNtz"})
"""These ask for nothing that is not done: without files of changes, whole files are read for them."""

_BY_COLUMN = {
    "delta.invariants": "invariants",
    "delta.generationExpression": "generatedColumns",
    "delta.identity.start": "identityColumns",
}
"""What a column tells where it makes use of a feature."""

_BY_TYPE = {"variant": "variantType"}
"""What a column's type makes use of; rows are copied without knowing of it."""

_BY_USE = frozenset({"checkConstraints", "columnMapping", "generatedColumns", "invariants", "variantType"})
"""Many tables list these, and few make use of them: deltalake adds the last one to what has a list."""

_REMEDY = (
    "drop what is named from the table, in Spark by `ALTER TABLE … DROP FEATURE …` and "
    "`ALTER TABLE … DROP CONSTRAINT …`; reading goes on meanwhile"
)


def require_plain(url: str, table: DeltaTable) -> None:
    """Raise DefinitionError where the table at a URL has features that franca's commits would break."""
    found = sorted({*_listed(table), *_used(table)})
    if found:
        reason = f"{url}: commits of franca would break features that the table has: {', '.join(found)}"
        raise DefinitionError.one("lake", reason, _REMEDY)


def _listed(table: DeltaTable) -> Iterator[str]:
    """Yield the features that a protocol lists and that ask for something, whether they are used or not."""
    protocol = table.protocol()
    if protocol.min_writer_version > FEATURES_WRITER:
        yield f"writer version {protocol.min_writer_version}"
    every = {*(protocol.writer_features or ()), *(protocol.reader_features or ())}
    yield from every - HARMLESS - _BY_USE


def _used(table: DeltaTable) -> Iterator[str]:
    """Yield the features that a table's settings and columns make use of."""
    settings = table.metadata().configuration
    if any(name.startswith("delta.constraints.") for name in settings):
        yield "checkConstraints"
    if settings.get("delta.columnMapping.mode", "none") != "none":
        yield "columnMapping"
    columns = table.schema().fields
    told = {name for column in columns for name in column.metadata}
    yield from (feature for name, feature in _BY_COLUMN.items() if name in told)
    kinds = set(map(type_name, columns))
    yield from (feature for kind, feature in _BY_TYPE.items() if kind in kinds)
