"""Files of CSV and of mainframe records through `decode`, `map` and what `send` makes of them."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from franca.cli.rows import RowFile
from franca.cli.send import messages_of
from franca.config.project import load
from tests.command import forked

COPYBOOK = """\
       01  ACCOUNT.
           05  NR       PIC 9(4).
           05  OWNER    PIC X(5).
           05  KIND     PIC X.
           05  BALANCE  PIC S9(3)V99 COMP-3.
           05  STAFF REDEFINES BALANCE PIC X(3).
"""
MODULE = """
from decimal import Decimal
from typing import Annotated

from franca import Application, Column, Copybook, Csv, Entity, Fixed, Key, Table

core = Application("core")


class Person(Entity):
    id: Key[int]
    name: str


class Account(Table, format=Copybook("account.cpy", code_page="cp273")):
    nr: Key[int]
    owner: str
    balance: Decimal


class Cust(Table, format=Csv(delimiter=";", encoding="latin-1")):
    id: Key[int]
    name: str


class Line(Table, format=Fixed()):
    id: Annotated[Key[int], Column(width=4)]
    name: Annotated[str, Column(width=5)]


@core.maps
def person(cust: Cust) -> Person:
    return Person(id=cust.id, name=cust.name)


class Owner(Entity):
    id: Key[int]
    name: str


@core.maps
def owner(account: Account) -> Owner:
    return Owner(id=account.nr, name=account.owner)


class Other(Entity):
    id: Key[int]
    name: str


@core.maps
def other(line: Line) -> Other:
    return Other(id=line.id, name=line.name)
"""


class Done(NamedTuple):
    """What a command gave: its exit code, and the objects on both streams."""

    code: int
    out: list[Any]
    err: list[Any]

    @property
    def rows(self) -> list[Any]:
        """The rows after the changes."""
        return [line["after"] for line in self.out]


def franca(folder: Path, *arguments: str) -> Done:
    """Run a command in a folder."""
    command = forked(*arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    streams = [[json.loads(x) for x in s.splitlines() if x[:1] == "{"] for s in (done.stdout, done.stderr)]
    return Done(done.returncode, *streams)


def record(number: int, owner: str = "Zoë", balance: str = "01234d") -> bytes:
    """Return a record of an account in German EBCDIC."""
    return f"{number:04d}{owner:5}P".encode("cp273") + bytes.fromhex(balance)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Make a project whose tables are laid out in each of the ways."""
    (tmp_path / "franca.toml").write_text("")
    (tmp_path / "core.py").write_text(MODULE)
    (tmp_path / "account.cpy").write_text(COPYBOOK)
    (tmp_path / "account.bin").write_bytes(record(1) + record(2, balance="123400") + record(3))
    (tmp_path / "cust.txt").write_bytes('id;name\n1;Zoë\n2\n3;"a;\nb"\n4;"open\n5;last\n'.encode("latin-1"))
    (tmp_path / "line.dat").write_text("0001Zoë\n000xAda  \n0003Eve  \n")
    return tmp_path


def test_a_file_of_csv_gives_its_rows_and_a_problem_for_each_that_is_none(tmp_path: Path) -> None:
    """The header names the columns; a row's line is that on which it begins; the rest is decoded."""
    text = 'id,name,,id2\n1,"a\nb",,\n2,"",x,\n3\n4,"open,,\n5,\xff,,\n6,"c"d,,\n7,5" disk,,8\n'.replace(
        "\n", "\r\n"
    )
    (tmp_path / "rows.csv").write_bytes("\ufeff".encode() + text.encode("latin-1"))

    done = franca(tmp_path, "decode", "--format", "csv", "rows.csv")

    assert done.code == 1
    assert done.rows == [
        {"id": "1", "name": "a\r\nb", "column_3": None, "id2": None},
        {"id": "2", "name": "", "column_3": "x", "id2": None},
        {"id": "7", "name": '5" disk', "column_3": None, "id2": "8"},
    ]
    assert [(line["line"], line["code"]) for line in done.err] == [
        (5, "ragged-row"), (6, "unterminated-quote"), (7, "not-utf8"), (8, "stray-quote"),
    ]  # fmt: skip


def test_what_a_file_of_csv_is_written_with_may_be_said(tmp_path: Path) -> None:
    """Delimiter, quote, null and encoding; a column named twice is read by neither name."""
    (tmp_path / "rows.csv").write_bytes("a|b|a\n1|'ü|'|\\N\n".encode("utf-16"))

    options = ("--delimiter", "|", "--quote", "'", "--null", "\\N", "--encoding", "utf-16")
    done = franca(tmp_path, "decode", "--format", "csv", *options, "rows.csv")

    assert (done.code, done.rows) == (1, [{"b": "ü|"}])
    assert [(line["line"], line["path"], line["code"]) for line in done.err] == [(1, "a", "doubled-column")]


def test_a_file_of_a_copybook_needs_no_project(bank: Path) -> None:
    """Its columns are typed by their pictures; a record that is none is a problem with its number."""
    arguments = ("--copybook", "account.cpy", "--code-page", "cp273", "--redefines", "BALANCE=KIND:P")
    done = franca(bank, "decode", *arguments, "account.bin")

    assert done.code == 1
    assert done.rows == [
        {"NR": number, "OWNER": "Zoë", "KIND": "P", "BALANCE": "-12.34"} for number in (1, 3)
    ]
    assert done.out[0]["absent"] == ["STAFF"]
    assert [(line["line"], line["path"], line["code"]) for line in done.err] == [(2, "BALANCE", "bad-sign")]


def test_files_with_descriptor_words_are_cut_by_them(bank: Path) -> None:
    """Blocks and records say how long they are."""
    records = [(len(data) + 4).to_bytes(2, "big") + b"\0\0" + data for data in (record(1), record(2))]
    block = b"".join(records)
    (bank / "vb.bin").write_bytes(((len(block) + 4).to_bytes(2, "big") + b"\0\0" + block) * 2)

    done = franca(bank, "decode", "--table", "core.account", "--record-format", "VB", "vb.bin")

    assert (done.code, [row["nr"] for row in done.rows]) == (0, [1, 2, 1, 2])


def test_map_and_decode_read_a_table_as_it_is_laid_out(bank: Path) -> None:
    """The file's name does not matter; what is bad is said with its line, and the rest is mapped."""
    for table, file, names, bad in (
        ("cust", "cust.txt", [(1, "Zoë"), (3, "a;\nb"), (5, "last")], [3, 6]),
        ("line", "line.dat", [(1, "Zoë"), (3, "Eve")], [2]),
        ("account", "account.bin", [(1, "Zoë"), (2, "Zoë"), (3, "Zoë")], []),
    ):
        done = franca(bank, "map", f"core.{table}", file)
        assert [(event["data"]["id"], event["data"]["name"]) for event in done.out] == names
        assert [line["line"] for line in done.err] == bad
    decoded = franca(bank, "decode", "--table", "core.account", "account.bin")
    assert [row["balance"] for row in decoded.rows] == ["-12.34", "-12.34"]
    assert [line["line"] for line in decoded.err] == [2]


def test_send_makes_messages_of_rows_as_they_are_with_their_keys(bank: Path) -> None:
    """A row that is none is not sent but told, as it stands in the file."""
    (application,) = load(bank).applications
    tables = {table.__name__: table for table in application.tables}
    refused: list[bytes] = []

    def sent(name: str, file: str, kind: str) -> list[tuple[bytes | None, bytes | None]]:
        messages = messages_of(RowFile(str(bank / file)), tables[name], kind, "t", refused)
        return [(key, value) for _, key, value in messages]

    assert sent("Cust", "cust.txt", "csv") == [
        (b'{"id":1}', "1;Zoë".encode("latin-1")), (b'{"id":3}', b'3;"a;\nb"'), (b'{"id":5}', b"5;last"),
    ]  # fmt: skip
    assert [key for key, _ in sent("Account", "account.bin", "copybook")] == [
        b'{"nr":%d}' % n for n in (1, 2, 3)
    ]
    assert [json.loads(line)["code"] for line in refused] == ["ragged-row", "unterminated-quote"]


def test_a_raw_record_line_that_is_none_is_told_and_the_others_are_sent(bank: Path) -> None:
    """Tombstones among them; nothing that stands before the bad line is lost."""
    table = load(bank).applications[0].tables[0]
    lines = ('{"topic":"t","partition":0,"offset":0,"key":"k","value":"v"}', "{", "",
             '{"topic":"t","partition":0,"offset":1,"key":"k","value":null}')  # fmt: skip
    (bank / "raw.jsonl").write_text("\n".join(lines))
    refused: list[bytes] = []

    sent = list(messages_of(RowFile(str(bank / "raw.jsonl"), "records"), table, "auto", "t", refused))

    assert sent == [("t", b"k", b"v"), ("t", b"k", None)]
    assert [(line["line"], line["code"]) for line in map(json.loads, refused)] == [(2, "not-json")]


def test_a_row_of_csv_that_does_not_fit_its_header_is_no_json_of_a_plain_table(bank: Path) -> None:
    """It is said to be ragged, and what is sent of the file's other rows are JSON rows."""
    (bank / "core.py").write_text(MODULE.replace(', format=Csv(delimiter=";", encoding="latin-1")', ""))
    (bank / "cust.csv").write_text('id,name\n1,Ada\n2\n3,Eve\n4,"x\n')

    done = franca(bank, "map", "core.cust", "cust.csv")

    assert (done.code, [event["data"]["id"] for event in done.out]) == (1, [1, 3])
    assert [(line["line"], line["code"]) for line in done.err] == [
        (3, "ragged-row"),
        (5, "unterminated-quote"),
    ]


def test_a_layout_that_can_not_be_is_a_problem_of_the_project(bank: Path) -> None:
    """`check` says so before anything runs, at the class or at the copybook's line."""
    (bank / "account.cpy").write_text(COPYBOOK.replace("PIC X(5)", "PIC Q(5)"))
    (bank / "core.py").write_text(
        MODULE.replace("Column(width=5)", 'Column("N")').replace('"latin-1"', '"latin-x"')
    )

    done = subprocess.run(
        forked("check"),
        cwd=bank,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 1
    for reason in ("its PICTURE Q(5) has the symbol 'Q'", "has no width", "no such encoding: 'latin-x'"):
        assert reason in done.stderr.replace("\n", " "), done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--delimiter", ";"), "--delimiter"),
        (("--format", "csv", "--record", "A"), "--record"),
        (("--copybook", "none.cpy"), "no such file"),
        (("--format", "fixed"), "--table"),
        (("--format", "csv", "--no-header"), "without names"),
        (("--copybook", "account.cpy", "--redefines", "A"), "ITEM=FIELD"),
    ],
)
def test_options_that_say_nothing_are_refused(bank: Path, arguments: tuple[str, ...], reason: str) -> None:
    """An option that is not heeded would be a wrong reading in silence."""
    command = forked("decode", *arguments, "cust.txt")
    done = subprocess.run(command, cwd=bank, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode in {1, 2}
    assert reason in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
