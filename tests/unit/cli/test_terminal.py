"""What stands in data never steers a terminal, forges a line of a log, or runs in a spreadsheet."""

import csv
import io
import json
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from franca.cli.output import print_csv, print_json, print_table, tell
from franca.pipeline.visible import LineFormatter, visible_json

STEERING = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\link",
    "\x9b31mred",
    "\x9d0;title\x9c",
    "a\rb",
    "a\bb",
    "\x07",
    "\x7f",
    "a\u202eb",
    "a\u2066b",
    "a\u2028b",
    "a\x85b",
    "\U000e0041",
]
MARKUP = ["[red]x[/red]", "[link=http://evil]x[/link]", "[bold", "[/]", "\\[red]", ":smile:", "[blink]x"]


def on_terminal(code: str, *arguments: str, stdin: str = "") -> str:
    """Return what a Python program writes to a terminal, on both of its streams."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    program = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    assert program.stdin is not None
    program.stdin.write(stdin.encode("utf-8", "surrogatepass"))
    program.stdin.close()
    written = b""
    try:
        while chunk := os.read(ours, 65_536):
            written += chunk
    except OSError:  # how a terminal says that the other end is closed
        pass
    program.wait()
    os.close(ours)
    return written.decode()


def is_tame(text: str) -> bool:
    """Return whether nothing in a text steers a terminal: only printed characters and line breaks."""
    return all(c.isprintable() or c in "\r\n" for c in text)


def test_decode_shows_a_terminal_what_it_would_obey() -> None:
    """The line means the same: what is not printed is one of JSON's escapes."""
    lines = "".join(json.dumps({"id": text}, ensure_ascii=False) + "\n" for text in STEERING)
    written = on_terminal("from franca.cli.main import main; main()", "decode", "-q", "-", stdin=lines)

    assert is_tame(written)
    assert [json.loads(line)["after"]["id"] for line in written.splitlines() if line] == STEERING


def test_an_answer_that_is_too_wide_for_a_terminal_has_a_line_for_each_column() -> None:
    """Columns of two or three characters tell nothing; a narrow answer is a table as ever."""
    code = "from franca.cli.output import exact, print_answer\n"
    code += "print_answer(['id', 'name'], [(1, 'x' * 199), (2, None)], exact)\n"
    code += "print_answer(['id'], [(7,)], exact)"
    lines = on_terminal(code).split("\r\n")

    name = f"    name  {'x' * 199}"
    assert lines[:6] == ["row 1", "    id    1", name, "row 2", "    id    2", "    name"]
    assert lines[-2].strip() == "7"


def test_decode_writes_to_a_pipe_what_it_reads() -> None:
    """Programs get the bytes as they are."""
    line = '{"id":"\x9b31m \u202e"}'
    done = subprocess.run(
        [sys.executable, "-m", "franca", "decode", "-q", "-"],
        input=line.encode(),
        capture_output=True,
        check=True,
    )
    assert '"after":{"id":"\x9b31m \u202e"}' in done.stdout.decode()


def test_a_problem_and_a_file_name_are_tame_too(tmp_path: Path) -> None:
    """What stands in a reason, or in a name that somebody else chose."""
    code = "from franca.cli.main import main; main()"
    assert is_tame(on_terminal(code, "decode", "-", stdin='{"op":"\x9b31m","source":{"connector":"x"}}\n'))
    told = on_terminal(code, "decode", f"{tmp_path}/\x1b[31mred\x9b1m\nfile.jsonl")
    assert is_tame(told)
    assert "\\x1b[31mred\\x9b1m" in told


@pytest.mark.parametrize("text", [*STEERING, *MARKUP])
def test_a_table_shows_a_value_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither escapes nor markup, links and emoji of the library that draws it mean anything in a cell."""
    print_table(f"title {text}", (f"a{text}", "b"), [(text, 1)])

    shown = capsys.readouterr().out
    assert is_tame(shown)
    if text.isprintable():
        assert shown.count(text) == 3


@pytest.mark.parametrize("text", STEERING)
def test_json_and_messages_on_a_terminal_are_tame(text: str) -> None:
    """As `dead-letters show`, `status --json` and every error print them."""
    code = "import sys; from franca.cli.output import print_json, tell; {}(sys.argv[1])"
    arguments = text.replace("\x00", "")
    assert is_tame(on_terminal(code.format("print_json"), arguments))
    assert is_tame(on_terminal(code.format("tell"), arguments))


def test_json_in_a_pipe_is_what_it_was(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Programs read exactly the value."""
    print_json({"a": "\x9b \u202e"})
    assert json.loads(capfdbinary.readouterr().out) == {"a": "\x9b \u202e"}


@pytest.mark.parametrize("text", ["\x9b", "\u2028", "\U000e0041", "é\U0001f600", "\n"])
def test_the_escapes_of_json_mean_the_same(text: str) -> None:
    """Beyond the first plane a character takes two."""
    written = json.dumps(text, ensure_ascii=False).encode()
    assert json.loads(visible_json(written)) == text


def test_a_log_record_can_not_forge_another() -> None:
    """What follows a line break is indented, and nothing steers the terminal that shows the log."""
    formatter = LineFormatter("%(levelname)s %(message)s")
    record = logging.LogRecord(
        "franca", logging.INFO, "", 1, "got %s", ("\x1b[2Jx\nERROR franca: forged\rERROR",), None
    )

    assert formatter.format(record) == "INFO got \\x1b[2Jx\n  ERROR franca: forged\\rERROR"


def test_an_error_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """A problem of several lines stays readable."""
    tell("one\ntwo\x1b[0m")
    assert capsys.readouterr().err == "one\ntwo\\x1b[0m\n"


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd",
    "-2+3+cmd",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    "=1+1",
]
HARMLESS = [
    "-5",
    "+41 79 123 45 67",
    "-1.5e3",
    "a=b",
    " =1",
    "",
    "'quoted",
    "é",
    "a,b",
    'a"b',
    "a\rb",
    "a\nb",
]


def test_no_text_of_csv_is_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    """A spreadsheet shows the text and its apostrophe; numbers and all other texts are exact, names too."""
    print_csv(("=n", "t"), [(-5, text) for text in [*FORMULAS, *HARMLESS]])

    rows = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert rows == [
        ["'=n", "t"],
        *[["-5", f"'{text}"] for text in FORMULAS],
        *[["-5", text] for text in HARMLESS],
    ]
