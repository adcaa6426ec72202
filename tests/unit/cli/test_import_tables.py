"""`franca import-tables` and `franca check --source` on files: what is written, kept, told, and refused."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.command import forked

Done = subprocess.CompletedProcess[str]
DDL = "CREATE TABLE cust (num varchar(8) PRIMARY KEY, name text NOT NULL);\n"
ERP = """
from franca import Application, Entity, Key, Table

erp = Application("erp")


class Cust(Table):
    num: Key[str]
    name: str


class Buyer(Entity):
    id: Key[str]


@erp.maps
def buyer(cust: Cust) -> Buyer:
    return Buyer(id=cust.num)
"""


def franca(folder: Path, *arguments: str, code: int = 0, stdin: str = "") -> Done:
    """Run a command in a folder; it must end with the code."""
    command = forked(*arguments)
    done = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a script."""
    (tmp_path / "schema.sql").write_text(DDL)
    return tmp_path


def test_an_existing_file_is_kept_unless_told_otherwise(folder: Path) -> None:
    """What somebody has changed by hand is not lost; the difference can be seen before."""
    arguments = ("import-tables", "schema.sql", "--application", "crm", "-o", "crm.py")
    franca(folder, *arguments)
    assert franca(folder, *arguments, "--diff").stdout == ""
    (folder / "schema.sql").write_text(DDL + "ALTER TABLE cust ADD born date;")

    refused = franca(folder, *arguments, code=2).stderr
    shown = franca(folder, *arguments, "--diff", code=1).stdout

    assert "exists already" in refused
    assert "+    born: date | None" in shown
    assert "born" not in (folder / "crm.py").read_text()
    franca(folder, *arguments, "--force")
    assert "born: date | None" in (folder / "crm.py").read_text()


def test_the_application_is_made_once(folder: Path) -> None:
    """A module beside that makes it keeps it; without a name there is none."""
    made = 'crm = Application("crm")'
    assert made in franca(folder, "import-tables", "schema.sql", "--application", "crm").stdout
    assert "Application" not in franca(folder, "import-tables", "schema.sql").stdout
    (folder / "crm.py").write_text("from franca import Application\n\ncrm = Application('crm', epoch=2)\n")
    (folder / "broken.py").write_text("def\n")
    text = franca(folder, "import-tables", "schema.sql", "--application", "crm").stdout
    assert "Application" not in text
    assert "The tables of crm" in text


def test_what_was_found_is_json_for_programs(folder: Path) -> None:
    """Tables with keys and remarks, what was left out, what could not be read, and the module's text."""
    script = DDL + "CREATE VIEW v AS SELECT 1;\nCREATE TABLE log (line text);\nCREATE TABLE x AS SELECT 1;\n"
    (folder / "schema.sql").write_text(script)
    found = json.loads(franca(folder, "import-tables", "schema.sql", "--json").stdout)
    assert [(each["table"], each["columns"], each["keys"]) for each in found["tables"]] == [
        ("cust", 2, ["num"]),
        ("log", 1, []),
    ]
    assert "no primary key" in found["tables"][1]["remarks"][0]
    assert found["skipped"] == ["1 views"]
    assert [each["line"] for each in found["unread"]] == [4]
    assert "class Cust(Table):" in found["module"]


def test_what_comes_next_is_told_with_the_names_at_hand(folder: Path) -> None:
    """A new user has classes, and no mapping yet; programs and comparisons are not told."""
    told = franca(
        folder, "import-tables", "schema.sql", "--application", "erp", "--output", "a/erp_tables.py"
    )
    assert "`from erp_tables import Cust` and a function under `@erp.maps`" in told.stderr
    assert "--output" in franca(folder, "import-tables", "schema.sql").stderr
    assert "next" not in franca(folder, "import-tables", "schema.sql", "--json").stderr
    diff = franca(folder, "import-tables", "schema.sql", "--output", "a/erp_tables.py", "--diff", code=1)
    assert "next" not in diff.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("schema.sql", "--table", "x*"), 2, "no such table, the source has: cust"),
        (("schema.sql", "--schema", "x"), 2, "the source has the schemas: none"),
        (("schema.sql", "--dialect", "x"), 2, "expected one of postgres, mysql, oracle, tsql, db2, sqlite"),
        (("schema.sql", "--kind", "x"), 2, "expected one of database, ddl, copybook, messages, topics"),
        (("schema.sql", "--application", "X y"), 2, "use lower-case letters"),
        (("empty.sql",), 1, "has no tables to write"),
        (("noise.bin",), 2, "looks like none of the known sources"),
        (("missing.sql",), 2, "no such file"),
        (("-",), 2, "say --kind"),
        (("schema.sql", "--kind", "messages"), 1, "1 statements could not be read"),
    ],
)
def test_what_can_not_be_imported_says_why(
    folder: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """One line with what was expected, and no trace."""
    (folder / "empty.sql").touch()
    (folder / "noise.bin").write_bytes(bytes(range(256)))
    done = franca(folder, "import-tables", *arguments, code=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_in_another_encoding_is_read(folder: Path) -> None:
    """Management Studio writes UTF-16, old tools Latin-1; a byte-order mark is no column."""
    script = "CREATE TABLE t (id int PRIMARY KEY, größe text);\r\n"
    texts = []
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        (folder / "t.sql").write_bytes(script.encode(encoding))
        texts.append(franca(folder, "import-tables", "t.sql").stdout)
    assert len(set(texts)) == 1
    assert "    größe: str | None\n" in texts[0]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Give the project that `franca new` writes."""
    franca(tmp_path, "new", "bank")
    return tmp_path / "bank"


def test_declared_tables_are_compared_with_a_script(bank: Path) -> None:
    """What a mapping needs and the script lacks ends with 1, and names mapping and field."""
    columns = "cust_num text PRIMARY KEY, status text NOT NULL, fname text, lname text NOT NULL, sex text"
    (bank / "now.sql").write_text(f"CREATE TABLE cust ({columns}, born date);")
    (bank / "next.sql").write_text(f"CREATE TABLE cust ({columns}, born int);")

    assert "0 problems, 0 notes" in franca(bank, "check", "--source", "now.sql").stdout
    found = json.loads(franca(bank, "check", "--source", "next.sql", "--json", code=1).stdout)["source"]

    assert found["sources"] == {"crm": "next.sql, postgres"}
    (finding,) = found["findings"]
    assert finding["needed_by"] == ["individual (birth_date)"]
    assert "say --source" in franca(bank, "check", "now.sql", code=2).stderr


def test_declared_tables_are_compared_with_messages(bank: Path) -> None:
    """Each message is decoded as the stream would; what fails is counted by column."""
    row = {"cust_num": "1", "status": "A", "fname": None, "lname": "King", "sex": None, "born": None}
    lines = [row, {**row, "lname": None}, {**row, "born": "soon"}, {**row, "more": 1}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = franca(bank, "check", "--messages", "-", "--json", code=1, stdin=text)
    found = [
        (each["severity"], each["column"], each["code"], each["reason"].partition(":")[0])
        for each in json.loads(done.stdout)["source"]["findings"]
    ]
    assert found == [
        ("problem", "lname", "nullable", "1 of 4 messages"),
        ("problem", "born", "type-changed", "1 of 4 messages"),
        ("note", "more", "column-new", "comes in messages (integer), and is not declared"),
    ]
    assert "0 problems" in franca(bank, "check", "--messages", "data/cust.jsonl").stdout


def test_an_application_must_be_chosen_among_several(bank: Path) -> None:
    """One database belongs to one application."""
    (bank / "erp.py").write_text(ERP)
    (bank / "now.sql").write_text(DDL)
    assert "say --application" in franca(bank, "check", "--source", "now.sql", code=2).stderr
    franca(bank, "check", "--source", "now.sql", "--application", "erp")


def test_a_copybook_gives_a_table_that_reads_its_records(folder: Path) -> None:
    """Each level 01 entry is a class that names the copybook; its columns have the pictures' types."""
    text = "       01  CUST-REC.\n           05  CUST-NR PIC 9(4).\n           05  SUM PIC S9(3)V99 COMP-3.\n"
    (folder / "cust.cpy").write_text(text)
    (folder / "cust.bin").write_bytes("0042".encode("cp037") + bytes.fromhex("01250d"))
    (folder / "franca.toml").write_text("")

    written = franca(folder, "import-tables", "cust.cpy", "--application", "core").stdout
    mapping = """
class Sum(Entity):
    id: Key[int]
    total: Annotated[Decimal | None, Digits(9, 2)]


@core.maps
def total(cust: CustRec) -> Sum:
    return Sum(id=cust.CUST_NR, total=cust.SUM)
"""
    text = written.replace("CUST_NR: Annotated[int | None", "CUST_NR: Annotated[Key[int]")
    text = text.replace("import Application,", "import Application, Entity, Key,")
    (folder / "core.py").write_text(text + mapping)

    assert 'class CustRec(Table, format=Copybook("cust.cpy")):' in written
    mapped = franca(folder, "map", "core.cust_rec", "cust.bin").stdout
    assert json.loads(mapped)["data"] == {"id": 42, "total": "-12.50"}


CSV_MAPPING = """
from franca import Entity, Key
from shop import Parcels, shop


class Parcel(Entity):
    id: Key[str]
    zip: str


@shop.maps
def parcel(row: Parcels) -> Parcel:
    return Parcel(id=row.id, zip=row.zip)
"""


def test_rows_of_csv_are_messages_too(tmp_path: Path) -> None:
    """The header names the columns of the class, which says the delimiter; a later file is compared so."""
    (tmp_path / "franca.toml").touch()
    (tmp_path / "parcels.csv").write_text('id;zip;note\n1;08001;"a;b"\n2;08002;\n3\n')

    done = franca(tmp_path, "import-tables", "parcels.csv", "--application", "shop", "-o", "shop.py")

    text = (tmp_path / "shop.py").read_text()
    assert 'class Parcels(Table, format=Csv(delimiter=";")):' in text
    assert text.endswith("    id: str\n    zip: str\n    note: str | None\n")
    assert "not read, line 4" in done.stderr
    (tmp_path / "model.py").write_text(CSV_MAPPING)
    assert "ragged-row" in franca(tmp_path, "check", "--messages", "parcels.csv", code=1).stdout
    (tmp_path / "next.csv").write_text("id;post_code\n1;08001\n")
    shown = franca(tmp_path, "check", "--messages", "next.csv", code=1).stdout
    assert "column-missing  shop.parcels.zip" in shown
    assert "column-new  shop.parcels.post_code" in shown


def test_a_file_that_may_hold_several_tables_is_refused(tmp_path: Path) -> None:
    """A comparison with the wrong table would be worse than none."""
    (tmp_path / "franca.toml").touch()
    (tmp_path / "rows.csv").write_text("id,zip\n1,08001\n")
    (tmp_path / "shop.py").write_text(
        "from franca import Application, Csv, Entity, Key, Table\n\nshop = Application('shop')\n"
        "class One(Entity):\n    id: Key[str]\nclass Two(Entity):\n    id: Key[str]\n"
        "class A(Table, format=Csv()):\n    id: Key[str]\nclass B(Table, format=Csv()):\n    id: Key[str]\n"
        "@shop.maps\ndef one(row: A) -> One:\n    return One(id=row.id)\n"
        "@shop.maps\ndef two(row: B) -> Two:\n    return Two(id=row.id)\n"
    )

    done = franca(tmp_path, "check", "--messages", "rows.csv", code=2)

    assert "may hold any of shop.a, shop.b" in done.stderr
    (tmp_path / "rows.csv").rename(tmp_path / "b.csv")
    franca(tmp_path, "check", "--messages", "b.csv")
