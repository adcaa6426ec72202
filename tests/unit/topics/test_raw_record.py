"""The raw record line holds every byte of a record, as text where it can."""

import pytest

from franca.errors import DecodeError
from franca.topics.raw_record import decode_line, encode_line
from franca.types import Record


def test_text_is_written_as_text() -> None:
    """Key and value that are valid UTF-8 are readable in the line."""
    record = Record("raw.crm.cust", 0, 7, 1_700_000_000_000, b"17", b'{"name":"Ada"}')

    line = encode_line(record)

    assert line == (
        b'{"topic":"raw.crm.cust","partition":0,"offset":7,"timestamp":1700000000000,"key":"17",'
        b'"value":"{\\"name\\":\\"Ada\\"}","headers":[]}'
    )


def test_bytes_that_are_no_text_are_written_in_base64() -> None:
    """What is not valid UTF-8 keeps every byte under key_base64 and value_base64."""
    record = Record("t", 0, 7, 1, b"\xff\x00", b"\xed\xa0\x80", (("h", b"\xfe"), ("h", None)))

    line = encode_line(record)

    assert b'"key_base64":"/wA="' in line
    assert b'"value_base64":"7aCA"' in line
    assert decode_line(line) == record


def test_a_tombstone_has_a_null_value() -> None:
    """A record without a value is written with null, and is not an empty value."""
    assert b'"value":null' in encode_line(Record("t", 0, 1, 1, b"k", None))
    assert b'"value":""' in encode_line(Record("t", 0, 1, 1, b"k", b""))


def test_a_line_may_leave_out_what_has_an_obvious_default() -> None:
    """A hand-written line needs topic, partition, offset and value; headers may be an object."""
    line = b'{"topic":"t","partition":1,"offset":2,"value":"x","headers":{"a":"b","c":null}}'

    record = decode_line(line)

    assert record == Record("t", 1, 2, -1, None, b"x", (("a", b"b"), ("c", None)))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b'{"topic":"\xff"}', "not-json"),
        (b'{"x":' + b"[" * 100_000, "not-json"),
        (b"[]", "wrong-shape"),
        (b'{"topic":"t","partition":0,"offset":"x","value":""}', "wrong-shape"),
        (b'{"topic":"t","partition":0,"offset":1}', "wrong-shape"),
        (b'{"topic":"t","partition":0,"offset":1,"value_base64":"?"}', "wrong-shape"),
        (b'{"topic":"t","partition":0,"offset":1,"value":null,"key":"\\ud800"}', "not-json"),
    ],
)
def test_a_bad_line_is_a_decode_error(line: bytes, code: str) -> None:
    """A line that is no raw record is refused with a stable code, never a crash."""
    with pytest.raises(DecodeError) as caught:
        decode_line(line)

    assert caught.value.code == code


def test_a_lines_headers_may_be_null() -> None:
    """As a writer without headers may say."""
    line = b'{"topic":"t","partition":1,"offset":2,"value":"x","headers":null}'
    assert decode_line(line).headers == ()
