"""Tables as a sample of their messages shows them, with types that promise no more than was seen."""

from franca.catalog.sample import Sample, SeenColumn, SeenTable
from franca.catalog.table import Catalog, ColumnType, SourceColumn, SourceTable
from franca.formats.semantics import UNKNOWN, Semantic
from franca.model.kind import DECIMAL_PRECISION, Kind

_KINDS = {
    "boolean": Kind.BOOLEAN,
    "integer": Kind.INTEGER,
    "number": Kind.DECIMAL,
    "text": Kind.TEXT,
}
_NAMED = {"io.debezium.data.Uuid": Kind.UUID}
_CONNECT = {
    **dict.fromkeys(("int8", "int16", "int32", "int64"), Kind.INTEGER),
    **dict.fromkeys(("float", "float32", "float64", "double"), Kind.FLOAT),
    "boolean": Kind.BOOLEAN,
    "string": Kind.TEXT,
    "bytes": Kind.BYTES,
}


def tables_of(sample: Sample, origin: str, layout: str = "") -> Catalog:
    """Return the tables of a sample, by name; `layout` is how its messages are laid out, as source."""
    tables = [
        _table(sample.tables[name], layout) for name in sorted(sample.tables) if sample.tables[name].columns
    ]
    skipped = [f"{sample.skipped} messages that are no rows"] if sample.skipped else []
    return Catalog(origin, tuple(tables), tuple(skipped), tuple(sample.unread))


def _table(seen: SeenTable, layout: str) -> SourceTable:
    keys, remark = _keys(seen)
    columns = tuple(
        SourceColumn(name, type_seen(column), name not in keys and _is_nullable(column, seen))
        for name, column in seen.columns.items()
    )
    count = f"{seen.changes:,} change{'s' if seen.changes != 1 else ''}"
    comment = f"As {count} showed it: a value unlike those is a dead letter until the type allows it."
    remarks = (remark,) if remark else ()
    return SourceTable(seen.name, columns, keys, comment=comment, remarks=remarks, layout=layout)


def type_seen(column: SeenColumn) -> ColumnType:
    """Return the type of a column: what messages tell of it, else the kind that all its values have.

    Text stays text, whatever it looks like; numbers with a fraction are decimals.
    """
    told = _told(column.semantic)
    kinds = set(column.kinds)
    if told is not None:
        return told
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if kinds == {"array"}:
        return _list(column)
    if len(kinds) == 1 and kinds != {"object"}:
        (kind,) = kinds
        return ColumnType(_KINDS[kind], told=kind)
    if not kinds:
        return ColumnType(Kind.TEXT, remark="only nulls were seen")
    shown = ", ".join(sorted(kinds))
    return ColumnType(
        Kind.STRUCT if "object" in kinds else Kind.TEXT, told=shown, remark=f"values were {shown}"
    )


def _list(column: SeenColumn) -> ColumnType:
    kinds, has_nulls = set(column.items) - {"null"}, "null" in column.items
    semantic = column.semantic.item or UNKNOWN
    item = _told(semantic)
    if item is not None:
        has_nulls = has_nulls or bool(semantic.is_optional)
        return ColumnType(Kind.LIST, item=item, told=f"array of {item.told}", has_nulls=has_nulls)
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if len(kinds) != 1 or kinds & {"object", "array"}:
        shown = f"array of {', '.join(sorted(kinds)) or 'nothing'}"
        return ColumnType(Kind.STRUCT, told=shown, remark=f"values were an {shown}")
    (kind,) = kinds
    return ColumnType(Kind.LIST, item=ColumnType(_KINDS[kind]), told=f"array of {kind}", has_nulls=has_nulls)


def _told(semantic: Semantic) -> ColumnType | None:
    """Return the type that a message tells, None where it tells none."""
    name, precision, scale = semantic.name or semantic.type, semantic.precision, semantic.scale
    if (
        semantic.is_unscaled
        and precision
        and scale is not None
        and 0 <= scale <= precision <= DECIMAL_PRECISION
    ):
        return ColumnType(Kind.DECIMAL, precision, scale, told=name)
    kind = _NAMED.get(semantic.name) or semantic.kind or _CONNECT.get(semantic.type)
    return None if kind is None else ColumnType(kind, told=name or kind.value)


def _is_nullable(column: SeenColumn, seen: SeenTable) -> bool:
    """Return whether the schema says so, or it was null, missing in a whole row, or without a value."""
    return column.semantic.is_optional or column.is_nulled or column.rows < seen.rows or not column.kinds


def _keys(seen: SeenTable) -> tuple[tuple[str, ...], str]:
    """Return the key columns, and what to say of them."""
    for told in (seen.keys, seen.key_names):
        known = {names: count for names, count in told.items() if set(names) <= seen.columns.keys()}
        if len(known) == 1:
            (names,) = known
            return names, ""
        if known:
            names = max(known, key=lambda each: (known[each], each))
            others = "; ".join(", ".join(each) for each in sorted(known) if each != names)
            return names, f"its messages tell other keys too: {others}"
    equal = [name for name, count in seen.equal_to_key.items() if count == seen.bare_keys]
    if len(equal) == 1:
        return (equal[0],), f"its key is {equal[0]!r} because that is the key of every message"
    return (), "its messages tell no key: mark the columns that tell its rows apart"
