"""What databases call their types, and the nearest kind of the model: one table for DDL and catalogs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from franca.catalog.table import ColumnType
from franca.model.kind import DECIMAL_PRECISION, Kind

_NAMES: dict[Kind, str] = {
    Kind.INTEGER: "INT INTEGER SMALLINT BIGINT TINYINT MEDIUMINT MIDDLEINT INT1 INT2 INT3 INT4 INT8 OID YEAR "
    "SERIAL BIGSERIAL SMALLSERIAL SERIAL2 SERIAL4 SERIAL8 PLS_INTEGER",
    Kind.DECIMAL: "NUMERIC DECIMAL DEC FIXED NUMBER MONEY SMALLMONEY DECFLOAT NUM",
    Kind.FLOAT: "REAL FLOAT DOUBLE FLOAT4 FLOAT8 BINARY_FLOAT BINARY_DOUBLE DOUBLE_PRECISION",
    Kind.BOOLEAN: "BOOL BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIME: "TIME TIMETZ TIME_WITH_TIME_ZONE TIME_WITHOUT_TIME_ZONE",
    Kind.TIMESTAMP: "DATETIME DATETIME2 SMALLDATETIME DATETIMEOFFSET TIMESTAMP TIMESTAMPTZ TIMESTMP "
    "TIMESTAMP_WITH_TIME_ZONE TIMESTAMP_WITHOUT_TIME_ZONE TIMESTAMP_WITH_LOCAL_TIME_ZONE",
    Kind.BYTES: "BYTEA BLOB TINYBLOB MEDIUMBLOB LONGBLOB BINARY VARBINARY BINARY_VARYING "
    "BINARY_LARGE_OBJECT IMAGE RAW LONG_RAW ROWVERSION CHAR_FOR_BIT_DATA CHARACTER_FOR_BIT_DATA "
    "VARCHAR_FOR_BIT_DATA LONG_VARCHAR_FOR_BIT_DATA",
    Kind.UUID: "UUID UNIQUEIDENTIFIER",
    Kind.TEXT: "TEXT CHAR CHARACTER NCHAR VARCHAR NVARCHAR VARCHAR2 NVARCHAR2 CHARACTER_VARYING "
    "CHAR_VARYING NCHAR_VARYING NATIONAL_CHARACTER NATIONAL_CHARACTER_VARYING NATIONAL_CHAR NATIONAL_VARCHAR "
    "NATIONAL_CHAR_VARYING CLOB NCLOB DBCLOB TINYTEXT MEDIUMTEXT LONGTEXT NTEXT CITEXT NAME LONG "
    "LONG_VARCHAR CHARACTER_LARGE_OBJECT CHAR_LARGE_OBJECT SYSNAME GRAPHIC VARGRAPHIC LVARCHAR STRING BPCHAR",
}
_KINDS = {name.replace("_", " "): kind for kind, names in _NAMES.items() for name in names.split()}
_KINDS |= {name: kind for kind, names in _NAMES.items() for name in names.split()}
_FIXED = frozenset({"CHAR", "CHARACTER", "NCHAR", "NATIONAL CHARACTER", "NATIONAL CHAR", "GRAPHIC", "BPCHAR"})
_ZONED = frozenset({"DATETIMEOFFSET", "TIMESTAMPTZ"})
_BINARY = frozenset({"FLOAT", "REAL", "DOUBLE PRECISION", "DECFLOAT"})
"""Types whose digits are not those of a decimal, though their values are (Oracle's and Db2's)."""
_DIGITS: Mapping[tuple[str, str], tuple[int, int]] = {
    ("tsql", "MONEY"): (19, 4),
    ("tsql", "SMALLMONEY"): (10, 4),
    ("postgres", "MONEY"): (19, 2),
    **{("mysql", name): (10, 0) for name in ("DECIMAL", "NUMERIC", "DEC", "FIXED")},
    **{("tsql", name): (18, 0) for name in ("DECIMAL", "NUMERIC", "DEC")},
    **{("db2", name): (5, 0) for name in ("DECIMAL", "NUMERIC", "DEC", "NUM")},
    ("oracle", "DECIMAL"): (38, 0),
    ("oracle", "NUMERIC"): (38, 0),
}
"""The digits of decimals whose declaration leaves them out. Others hold any number of digits."""

LOCAL = "without time zone"


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as it is written: its words in upper case, what stands in brackets, how many `[]` follow.

    `path` is its name as identifiers with their case folded, by which a domain or an enumeration is known.
    """

    words: tuple[str, ...]
    args: tuple[str, ...] = ()
    dimensions: int = 0
    path: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """Return the type for people, as `numeric(10,2)[]`."""
        name = " ".join(self.words).lower()
        args = f"({','.join(self.args)})" if self.args and self.words[0] != "INTERVAL" else ""
        return f"{name}{args}{'[]' * self.dimensions}"


def column_type(name: TypeName, dialect: str, named: Mapping[str, ColumnType]) -> ColumnType:
    """Return the nearest type of the model. `named` are the domains and enumerations by their name."""
    if name.dimensions == 1:
        item = column_type(replace(name, dimensions=0), dialect, named)
        return ColumnType(Kind.LIST, item=item, told=name.told)
    if name.dimensions:
        return ColumnType(Kind.TEXT, told=name.told, remark=name.told)
    words = tuple(word for word in name.words if word not in {"UNSIGNED", "SIGNED", "ZEROFILL", "IDENTITY"})
    text = " ".join(words)
    if text in {"ENUM", "SET"} and name.args:
        return _listed(text, name)
    known = None if _is_of_catalog(name) else _named(name, named)
    if known is not None:
        return known
    if words == ("NUMBER",) or (dialect == "oracle" and _KINDS.get(text) in {Kind.DECIMAL, Kind.INTEGER}):
        return _oracle_number(text, name)
    return _plain(text, name, dialect)


def _is_of_catalog(name: TypeName) -> bool:
    return len(name.path) > 1 and name.path[0] in {"pg_catalog", "sys", "sysibm"}


def _named(name: TypeName, named: Mapping[str, ColumnType]) -> ColumnType | None:
    if not name.path or name.args:
        return None
    return named.get(".".join(name.path)) or named.get(name.path[-1])


def _listed(text: str, name: TypeName) -> ColumnType:
    if text == "ENUM":
        return ColumnType(Kind.ENUM, labels=name.args, told="enum")
    return ColumnType(Kind.TEXT, told="set", remark=f"a set of {', '.join(map(repr, name.args))}")


def _oracle_number(text: str, name: TypeName) -> ColumnType:
    """Return an Oracle number's type: an integer where it has no digits after the point."""
    if _KINDS.get(text) is Kind.INTEGER:
        return ColumnType(Kind.INTEGER, told=name.told)
    digits = _DIGITS.get(("oracle", text))
    precision = _number(name.args, 0) or (digits[0] if digits and not name.args else None)
    if precision is None and name.args[:1] != ("*",):
        return ColumnType(Kind.DECIMAL, told=name.told)
    scale = _number(name.args, 1) or 0
    if scale <= 0:
        return ColumnType(Kind.INTEGER, told=name.told)
    return _decimal(precision or DECIMAL_PRECISION, scale, name.told)


def _plain(text: str, name: TypeName, dialect: str) -> ColumnType:
    kind = _of_dialect(text, name, dialect) or _KINDS.get(text) or _affine(text, dialect)
    match kind:
        case None:
            return ColumnType(Kind.TEXT, told=name.told, remark=name.told or "of any type")
        case Kind.DECIMAL:
            precision, scale = _number(name.args, 0), _number(name.args, 1)
            if text in _BINARY:
                return ColumnType(kind, told=name.told)
            if precision is None:
                precision, scale = _DIGITS.get((dialect, text), (None, None))
            return _decimal(precision, scale or 0, name.told)
        case Kind.TIMESTAMP:
            is_zoned = text in _ZONED or text.endswith(("WITH TIME ZONE", "WITH LOCAL TIME ZONE"))
            is_zoned = is_zoned or (dialect == "mysql" and text == "TIMESTAMP")
            return ColumnType(kind, told=name.told, remark="" if is_zoned else LOCAL)
        case Kind.TEXT if text in _FIXED:
            return ColumnType(kind, told=name.told, remark=f"char({_number(name.args, 0) or 1})")
    return ColumnType(kind, told=name.told)


def _of_dialect(text: str, name: TypeName, dialect: str) -> Kind | None:
    """Return the kind of a type whose name means something else elsewhere."""
    if text == "BIT":
        is_one = dialect == "tsql" or (name.args or ("1",)) == ("1",)
        return Kind.BOOLEAN if is_one else Kind.INTEGER if dialect == "mysql" else None
    if text == "TINYINT" and name.args == ("1",) and dialect == "mysql":
        return Kind.BOOLEAN
    if dialect == "tsql" and text == "TIMESTAMP":
        return Kind.BYTES
    if dialect == "oracle":
        return {"DATE": Kind.TIMESTAMP, "FLOAT": Kind.DECIMAL, "REAL": Kind.DECIMAL}.get(text) or (
            Kind.DECIMAL if text == "DOUBLE PRECISION" else None
        )
    return None


def _affine(text: str, dialect: str) -> Kind | None:
    """Return the kind of a type that SQLite knows by a part of its name alone."""
    if dialect != "sqlite":
        return None
    parts = {"INT": Kind.INTEGER, "CHAR": Kind.TEXT, "CLOB": Kind.TEXT, "TEXT": Kind.TEXT}
    parts |= {"BLOB": Kind.BYTES, "REAL": Kind.FLOAT, "FLOA": Kind.FLOAT, "DOUB": Kind.FLOAT}
    return next((kind for part, kind in parts.items() if part in text), None)


def _decimal(precision: int | None, scale: int, told: str) -> ColumnType:
    """Return a decimal's type; the model's digits end at 38, and a negative scale is a count of noughts."""
    if precision is None:
        return ColumnType(Kind.DECIMAL, told=told)
    if scale < 0:
        precision, scale = precision - scale, 0
    precision = max(precision, scale)
    if precision > DECIMAL_PRECISION:
        return ColumnType(Kind.DECIMAL, told=told, remark=told)
    return ColumnType(Kind.DECIMAL, precision, scale, told=told)


def _number(args: Sequence[str], at: int) -> int | None:
    """Return a bracket's number, None where there is none, as in `varchar(max)`."""
    words = args[at].split() if at < len(args) else []
    digits = words[0].removeprefix("-") if words else ""
    return int(words[0]) if digits.isdecimal() else None
