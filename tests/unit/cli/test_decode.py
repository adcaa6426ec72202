"""`franca decode`: changes on standard output, problems and the formats met on standard error."""

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from franca.topics.raw_record import encode_line
from franca.types import Record
from tests.command import forked

SOURCE = {"connector": "postgresql", "name": "srv", "table": "thing", "lsn": 5, "ts_ms": 5}
CHANGE = json.dumps({"before": None, "after": {"id": 7}, "source": SOURCE, "op": "c"})


class Done(NamedTuple):
    """What a command gave: its exit code, and the objects on both streams."""

    code: int
    out: list[Any]
    err: list[Any]


def decode(folder: Path, *arguments: str, stdin: str = "") -> Done:
    """Run `franca decode` in a folder."""
    command = forked("decode", *arguments)
    done = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, check=False, timeout=120
    )
    return Done(
        done.returncode, *([json.loads(x) for x in s.splitlines()] for s in (done.stdout, done.stderr))
    )


def test_no_project_is_needed_and_what_is_bad_does_not_stop_the_rest(tmp_path: Path) -> None:
    """One change line per change, one per message that is no row, a problem line per problem, exit code 1."""
    done = decode(tmp_path, "-", stdin=f'{CHANGE}\n{{\n{{"ts_ms":5}}\nnull\n{{"id":8}}\n')

    assert done.code == 1
    assert [(line["op"], line.get("kind") or line["application"]) for line in done.out] == [
        ("insert", "srv"),
        ("skip", "heartbeat"),
        ("skip", "tombstone"),
        ("insert", ""),
    ]
    assert [line.get("format") or line["code"] for line in done.err] == ["debezium", "not-json", "plain"]
    assert [line["line"] for line in done.err] == [1, 2, 5]


def test_a_packed_file_of_records_keeps_its_positions_and_can_be_quiet(tmp_path: Path) -> None:
    """Raw record lines have their own partition, offset and time; a name with .gz is unpacked."""
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(gzip.compress(encode_line(Record("t", 3, 41, 1_700_000_000_000, None, b'{"id":8}'))))

    done = decode(tmp_path, str(path), "--records", "--quiet")

    assert (done.code, done.err) == (0, [])
    assert done.out[0]["sequence"] == "0001.arrival.000003.00000000000000000041.000"
    assert done.out[0]["time"] == "2023-11-14T22:13:20.000000Z"


def test_with_a_table_of_the_project_the_values_have_its_types(tmp_path: Path) -> None:
    """The declaration decides what a value is, and which columns are absent."""
    subprocess.run(forked("new", "bank"), cwd=tmp_path, check=True, timeout=120)
    row = '{"cust_num":"7","status":"A","lname":"King","sex":"F","born":11000}\n'

    done = decode(tmp_path / "bank", "--table", "crm.cust", "-", stdin=row)

    assert (done.code, done.err) == (0, [{"line": 1, "format": "plain"}])
    assert (done.out[0]["application"], done.out[0]["table"]) == ("crm", "cust")
    assert done.out[0]["after"]["born"] == "2000-02-13"
    assert "fname" in done.out[0]["absent"]


def test_a_table_that_no_mapping_reads_is_known_too(tmp_path: Path) -> None:
    """Imported tables can be tried before their mappings are written; `map` says what is missing."""
    (tmp_path / "erp.py").write_text(
        'from franca import Application, Key, Table\n\nerp = Application("erp")\n\n\n'
        'class Part(Table):\n    """A part."""\n\n    num: Key[int]\n'
    )
    (tmp_path / "franca.toml").touch()

    done = decode(tmp_path, "--table", "erp.part", "--quiet", "-", stdin='{"num":7}\n')

    assert (done.code, done.err, done.out[0]["key"]) == (0, [], {"num": 7})
    command = forked("map", "erp.part", "-")
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert refused.returncode == 2
    assert "write a mapping of it: @erp.maps" in refused.stderr


def test_a_file_that_is_not_there_and_an_unknown_format_are_said(tmp_path: Path) -> None:
    """Wrong use ends the command before it reads, with what to do."""
    for arguments in (["none.jsonl"], ["--format", "maxwel", "-"]):
        command = forked("decode", *arguments)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 2
        assert "no such" in done.stderr
