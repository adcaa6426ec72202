"""Values, texts, names and bytes that have broken parsers, databases and terminals before."""

# ruff: noqa: E501 - rows of a table
from tests.fuzz.tree import atom

TEXTS = [
    "", " ", "null", "NaN", "Infinity", "-Infinity", "0", "-0", "1e400", "true", "\x00", "a\x00b", "\ud800", "\udc00",
    "\ufeff", "\uffff", "\U0001f600", "e\u0301", "\u202e", "\x1b[31m", "\x9b31m", "\r\n", "\t", "\\", "\\N", "\\.",
    "\\u0000", "'; DROP TABLE thing; --", "\" OR 1=1", "=cmd|' /C calc'!A0", "../../etc/passwd", "%00", "%2e%2e/",
    "a/b", "0000-00-00", "0000-00-00 00:00:00", "9999-12-31T23:59:60Z", "24:00:00", "21016-01-01", "0044-03-15 BC",
    "2020-02-30", "infinity", "-infinity", "2020-01-01T00:00:00.123456789+25:00", "__debezium_unavailable_value",
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==", "====", "AA==", "{}", "[]", "{", '{"$oid":"x"}', "x" * 3_000, "1" * 400,
    "\u0130", "\u00df", "\u0661", "1_0", " 1", "+1", "0x10", "1,5",
]  # fmt: skip
VALUES = [
    b"null", b"true", b"false", b"0", b"-0", b"-0.0", b"1", b"-1", b"1.5", b"1e5", b"1e-400", b"1e400", b"-1e400",
    b"0.4e0066999999999999999999999999999999999", b"9223372036854775807", b"9223372036854775808",
    b"-9223372036854775809", b"18446744073709551616", b"1" * 38, b"1" * 39, b"1" * 5_000, b"0." + b"1" * 2_000, b"[]",
    b"{}", b"[null]", b"[[]]", b'{"":{}}', b'{"scale":2,"value":"AYr3"}', b'{"scale":99999,"value":"AYr3"}',
    b'{"scale":-99999,"value":"AYr3"}', b'{"$date":1}', b'{"$date":{"$numberLong":"x"}}', b'{"$numberDecimal":"NaN"}',
    b'{"$binary":{"base64":"AA==","subType":"04"}}', b'{"wkb":"AQ==","srid":null}', b"NaN", b"Infinity", b"nul", b"",
    b"'a'", b"01", b"+1", b".5", b"1.", b'"\\ud800"', b'"\\ud834\\udd1e"', b'"\\u0000"', b'"\xff"', b'"\xed\xa0\x80"',
    b'"c"', b'"u"', b'"d"', b'"r"', b'"t"', b'"m"', b'"I"', b'"D"', b'"U"', b'"insert"', b'"DELETE"', b'"bootstrap-insert"',
    *(atom(text) for text in TEXTS),
]  # fmt: skip
NAMES = [
    atom(name)
    for name in (
        "id", "name", "flag", "price", "weight", "born", "at", "clock", "data", "ref", "cents", "SEEN-AT", "full_name",
        "email", "op", "before", "after", "source", "ts_ms", "ts_us", "transaction", "schema", "payload", "fields",
        "field", "type", "optional", "parameters", "scale", "connector", "table", "db", "lsn", "pos", "file", "row",
        "scn", "change_lsn", "commit_lsn", "ord", "collection", "database", "old", "xid", "commit", "position", "ts",
        "es", "isDdl", "mysqlType", "sqlType", "pkNames", "op_type", "op_ts", "current_ts", "primary_keys", "metadata",
        "operation", "record-type", "control", "headers", "beforeData", "changeSequence", "columnMask", "action",
        "columns", "identity", "pk", "change", "kind", "columnnames", "columnvalues", "oldkeys", "__deleted", "__op",
        "topic", "partition", "offset", "key", "value", "timestamp", "meta", "_id", "updateDescription", "", "\x00",
        "\ud800", "a.b", "$oid", "a" * 2_000,
    )
]  # fmt: skip
BYTES = [
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x1b[2J",
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r\n", b" ", b"\t", b"null", b"{}", b"7", b'"7"', b"x",
    b'{"id":7}', b"\x00\x00\x00\x00\x05", b"Obj\x01", b"\x1f\x8b\x08", b"PK\x03\x04", b"[" * 2_000, b'{"a":' * 2_000,
    b"0" * 2_000, b"-", b"e", b".",
]  # fmt: skip
DEPTHS = (1, 2, 5, 60, 400, 600, 900, 990, 1_010, 3_000, 100_000)
DEPTH_WEIGHTS = (20, 20, 10, 5, 5, 5, 5, 5, 5, 3, 1)
