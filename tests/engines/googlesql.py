"""BigQuery's SQL by its reference implementation, which Google publishes as a library for Java.

It checks statements and answers queries, over tables that it is given. What it can't tell, since it is no
warehouse, is how BigQuery reads a Delta table.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway
from py4j.protocol import Py4JJavaError

from franca.local.jars import Jars, Progress, cache_folder, fetch_jars, pinned
from franca.local.java import find_java

PINNED = Jars("googlesql", Path(__file__).with_name("googlesql-jars.txt"), "googlesql")
FLAGS = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"]
PARTS = re.compile(r"CREATE OR REPLACE VIEW `(\w+)`.*?\bAS\n((?:WITH|SELECT)\b.*)", re.DOTALL)
TOO_DEEP = "too many levels of nesting"
"""Said of what was made of a statement, where it can't be sent: the statement was right then."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = Context(prec=77)
SCALES = {"numericValue": 9, "bignumericValue": 38}
NAMES = {
    pa.string(): "STRING",
    pa.int32(): "INT64",
    pa.int64(): "INT64",
    pa.float64(): "FLOAT64",
    pa.bool_(): "BOOL",
    pa.date32(): "DATE",
    pa.binary(): "BYTES",
    pa.timestamp("us", "UTC"): "TIMESTAMP",
}


def fetch(progress: Progress) -> None:
    """Fetch the library, where it is missing. Raises UnavailableError."""
    fetch_jars(PINNED, cache_folder(Path()), progress)


def is_here() -> bool:
    """Tell whether the library is here."""
    return all(path.exists() for path in _jars())


@contextmanager
def opened() -> Iterator["GoogleSql"]:
    """Give the library in a Java of its own, which ends with the test's process at the latest."""
    classpath = ":".join(map(str, _jars()))
    port, token = launch_gateway(
        classpath=classpath, javaopts=FLAGS, java_path=str(find_java()), die_on_exit=True, enable_auth=True
    )
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token))
    try:
        yield GoogleSql(gateway)
    finally:
        gateway.shutdown()


class GoogleSql:
    """Tables and views of one dataset, and what is asked of them."""

    def __init__(self, gateway: JavaGateway) -> None:
        jvm = gateway.jvm
        self._of, self._new_map = jvm.com.google.zetasql, jvm.java.util.HashMap
        self._print = jvm.com.google.protobuf.util.JsonFormat.printer().print
        language = self._of.LanguageOptions()
        language.enableMaximumLanguageFeatures()
        language.setSupportsAllStatementKinds()
        feature = self._of.ZetaSQLOptions.LanguageFeature
        language.enableLanguageFeature(feature.FEATURE_CREATE_VIEWS_WITH_COLUMN_OPTIONS)
        language.setProductMode(self._of.ZetaSQLOptions.ProductMode.PRODUCT_EXTERNAL)
        self._options = self._of.AnalyzerOptions()
        self._options.setLanguageOptions(language)
        self._options.setDefaultTimezone("UTC")
        self._functions = self._of.ZetaSQLBuiltinFunctionOptions(language)
        self.forget()

    def forget(self) -> None:
        """Forget all tables and views."""
        self._catalog = self._of.SimpleCatalog("franca")
        self._catalog.addZetaSQLFunctionsAndTypes(self._functions)
        self._contents = self._new_map()

    def store(self, name: str, rows: pa.Table) -> None:
        """Have rows at hand as a table, in place of those that were there by this name."""
        kind = _struct(rows.schema)
        values = ", ".join(_literal(row, kind) for row in rows.to_pylist())
        self.keep(name, f"SELECT * FROM UNNEST(ARRAY<{_name(kind)}>[{values}])")

    def keep(self, name: str, sql: str) -> None:
        """Keep the answer to a query by a name."""
        query, content = self._answer(sql)
        table = self._of.SimpleTable(name)
        for column in query.getColumns():
            table.addSimpleColumn(column.getName(), column.getType())
        if self._contents.containsKey(name):
            self._catalog.removeSimpleTable(name)
        self._catalog.addSimpleTable(name, table)
        self._contents.put(name, content)

    def view(self, sql: str) -> tuple[str, str]:
        """Return name and query of a statement that makes a view, checked whole. Raises Py4JJavaError."""
        try:
            self._of.Analyzer(self._options, self._catalog).analyzeStatement(sql)
        except Py4JJavaError as error:
            if TOO_DEEP not in str(error):
                raise
        parts = PARTS.fullmatch(sql)
        assert parts is not None
        return parts[1], parts[2]

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of an answer, each value as Python has it. Raises Py4JJavaError."""
        query, content = self._answer(sql)
        columns = [(each.getName(), self._told(each.getType().serialize())) for each in query.getColumns()]
        rows = self._told(content.serialize()).get("tableData", {}).get("row", [])
        return [
            {name: _value(kind, cell) for (name, kind), cell in zip(columns, row["cell"], strict=True)}
            for row in rows
        ]

    def _answer(self, sql: str) -> tuple[Any, Any]:
        builder = self._of.PreparedQuery.builder().setSql(sql).setAnalyzerOptions(self._options)
        query = builder.setCatalog(self._catalog).setTablesContents(self._contents).prepare()
        return query, query.execute(self._new_map())

    def _told(self, proto: Any) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self._print(proto))
        return found


def _jars() -> list[Path]:
    folder = cache_folder(Path()) / PINNED.folder
    return [folder / jar.name for jar in pinned(PINNED.pinned)]


def _struct(schema: pa.Schema) -> pa.DataType:
    return pa.struct(list(schema))


def _name(kind: pa.DataType) -> str:
    """Return how BigQuery calls a type; of its two for decimals, the smaller one that has room."""
    if pa.types.is_list(kind):
        return f"ARRAY<{_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"STRUCT<{', '.join(f'`{part.name}` {_name(part.type)}' for part in kind)}>"
    if pa.types.is_decimal(kind):
        return "NUMERIC" if kind.scale <= SCALES["numericValue"] and kind.precision <= 29 else "BIGNUMERIC"
    return NAMES[kind]


def _literal(value: Any, kind: pa.DataType) -> str:
    """Return a value as BigQuery's SQL writes it."""
    if value is None:
        return f"CAST(NULL AS {_name(kind)})"
    if pa.types.is_struct(kind):
        parts = ", ".join(_literal(value[part.name], part.type) for part in kind)
        return f"CAST(STRUCT({parts}) AS {_name(kind)})"
    if pa.types.is_list(kind):
        return f"{_name(kind)}[{', '.join(_literal(each, kind.value_type) for each in value)}]"
    if kind == pa.binary():
        return f"FROM_BASE64('{base64.b64encode(value).decode()}')"
    if kind == pa.string():
        return msgspec.json.encode(value).decode()
    return f"CAST('{value}' AS {_name(kind)})"


def _value(kind: dict[str, Any], value: dict[str, Any]) -> Any:
    """Return a value as Python has it, from how the library writes it as JSON."""
    if not value:
        return None
    ((how, told),) = value.items()
    match how:
        case "arrayValue":
            return [_value(kind["arrayType"]["elementType"], each) for each in told.get("element", [])]
        case "structValue":
            parts = zip(kind["structType"]["field"], told["field"], strict=True)
            return {part["fieldName"]: _value(part["fieldType"], each) for part, each in parts}
        case "int64Value":
            return int(told)
        case "doubleValue":
            return float(told)
        case "numericValue" | "bignumericValue":
            whole = int.from_bytes(base64.b64decode(told), "little", signed=True)
            return scaleless(Decimal(whole).scaleb(-SCALES[how], EXACT))
        case "dateValue":
            return (EPOCH + timedelta(days=told)).date()
        case "timestampValue":
            seconds = re.sub(r"\.(\d{1,6})\d*Z$", lambda found: f".{found[1]:<06}Z", told)
            return datetime.fromisoformat(seconds)
        case "bytesValue":
            return base64.b64decode(told)
        case _:
            return told


def scaleless(value: Any) -> Any:
    """Return a value with its decimals shortened: BigQuery's have the scale of their type, however long."""
    match value:
        case Decimal():
            return int(value) if value == int(value) else value.normalize(EXACT)
        case dict():
            return {name: scaleless(part) for name, part in value.items()}
        case list():
            return [scaleless(part) for part in value]
        case _:
            return value
