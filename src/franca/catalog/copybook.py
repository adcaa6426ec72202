"""Tables from a COBOL copybook: each record of level 01 is one, its elementary items the columns."""

from franca.catalog.table import Catalog, ColumnType, SourceColumn, SourceTable
from franca.formats.copybook.parser import parse
from franca.formats.copybook.tables import CopybookColumn, columns_of
from franca.model.kind import Kind
from franca.model.layouts import Copybook

_KINDS = {
    "str": Kind.TEXT,
    "int": Kind.INTEGER,
    "Decimal": Kind.DECIMAL,
    "float": Kind.FLOAT,
    "bytes": Kind.BYTES,
}
_NO_KEY = "a copybook names no key: mark the columns that tell its rows apart with Key[...]"


def read_copybook(text: str, path: str, origin: str, name: str = "") -> Catalog:
    """Return the records of a copybook as tables whose classes name it. Raises DefinitionError.

    `name` is for a record that has none.
    """
    records = parse(text, origin, Copybook(path).library)
    tables = []
    for record in records:
        layout = Copybook(path, record=record.name if len(records) > 1 else "")
        columns = tuple(_column(each) for each in columns_of(text, layout))
        written = f"Copybook({path!r}" + (f", record={record.name!r})" if len(records) > 1 else ")")
        table = (record.name or name or "record").lower().replace("-", "_")
        tables.append(SourceTable(table, columns, remarks=(_NO_KEY,), layout=written.replace("'", '"')))
    return Catalog(origin, tuple(tables))


def _column(column: CopybookColumn) -> SourceColumn:
    precision, scale = column.digits or (None, None)
    told, _, conditions = column.comment.partition("; ")
    kind = ColumnType(_KINDS[column.type], precision, scale, told=told, remark=told)
    return SourceColumn(column.column, kind, comment=conditions)
