"""`franca decode` and files that are not what one hopes: it says so, in little memory, and ends quietly."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import forked

DECODE = [sys.executable, "-m", "franca", "decode", "--quiet"]
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def decode(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Run the command to its end."""
    return subprocess.run(
        forked("decode", "--quiet", *arguments), input=stdin, capture_output=True, check=False, timeout=120
    )


@pytest.mark.parametrize(
    "content", [b'{"id":1}\r\n{"id":2}\r\n', b'{"id":1}\n{"id":2}', b'{"id":1}\r\n{"id":2}\r']
)
def test_lines_may_end_in_any_way(content: bytes) -> None:
    """With a carriage return, and the last one not at all."""
    done = decode("-", stdin=content)
    assert (done.returncode, done.stdout.count(b"\n"), done.stderr) == (0, 2, b"")


def test_each_line_of_garbage_is_a_problem_with_its_number(tmp_path: Path) -> None:
    """Whatever bytes there are, what follows them is decoded."""
    path = tmp_path / "garbage"
    lines = [bytes([first, second]) for first in range(0, 256, 15) for second in range(256)]
    lines = [line for line in lines if b"\n" not in line]
    path.write_bytes(b"\n".join([*lines, b'{"id":1}']))

    done = decode("--format", "plain", str(path))

    assert done.returncode == 1
    decoded = done.stdout.count(b"\n") + done.stderr.count(b"\n")
    assert decoded == len(lines) + 1
    assert b'"after":{"id":1}' in done.stdout.splitlines()[-1]


def test_a_line_longer_than_any_message_is_a_problem_and_not_kept(tmp_path: Path) -> None:
    """A file of one endless line does not fill the memory; the lines behind it are read."""
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.seek(1_500_000_000)
        file.write(b'\n{"id":1}\n')
    little = "import resource as r; r.setrlimit(r.RLIMIT_AS, (1_200_000_000,) * 2); import franca.__main__"
    command = [sys.executable, "-c", little.replace("franca.__main__", "franca.cli.main as m; m.main()")]

    done = subprocess.run(
        [*command, "decode", "-q", str(path)], capture_output=True, check=False, timeout=120
    )

    assert done.returncode == 1
    assert b'"line":1,"stage":"decode"' in done.stderr
    assert b'"code":"too-large"' in done.stderr
    assert done.stdout.count(b"\n") == 1


@pytest.mark.parametrize(
    ("make", "said", "code"),
    [
        (lambda path: path.mkdir(), b"Is a directory", 1),
        (lambda path: None, b"no such file", 2),
        (lambda path: path.with_suffix(".gz").write_bytes(b"x"), b"no such file", 2),
    ],
)
def test_what_is_no_file_is_said(tmp_path: Path, make: object, said: bytes, code: int) -> None:
    """In one line, with its name."""
    path = tmp_path / "input"
    make(path)  # type: ignore[operator]  # one of the functions above

    done = decode(str(path))

    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_who_stops_reading_hears_nothing(tmp_path: Path) -> None:
    """As under `head`: a closed pipe is no error to tell."""
    path = tmp_path / "many.jsonl"
    path.write_bytes(b'{"id":1}\n' * 50_000)
    with subprocess.Popen([*DECODE, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_from_the_start_is_an_empty_one(tmp_path: Path, closed: str) -> None:
    """No file that is opened later takes its place, and nothing crashes."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id":1}\nx\n')
    for name in ("-", str(path)):
        command = ["sh", "-c", f'"$@" {closed}', "sh", *DECODE, name]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode == (0 if name == "-" else 1)
    assert path.read_bytes() == b'{"id":1}\nx\n'


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="the interrupt is ignored here")
def test_ctrl_c_ends_it_without_a_trace(tmp_path: Path) -> None:
    """While it waits for input; what came before is told."""
    with subprocess.Popen(
        [*DECODE, "-"], env=BUFFERED, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdin is not None
        assert program.stderr is not None
        os.write(program.stdin.fileno(), b"x\n")
        assert b"not-json" in program.stderr.readline()
        program.send_signal(signal.SIGINT)
        said = program.stderr.read()
        program.stdin.close()
    assert program.returncode not in {0, None}
    assert b"Traceback" not in said


def test_a_terminal_has_each_line_at_once() -> None:
    """While more is waited for."""
    master, terminal = os.openpty()
    try:
        with subprocess.Popen(
            [*DECODE, "-"], env=BUFFERED, stdin=subprocess.PIPE, stdout=terminal, stderr=subprocess.PIPE
        ) as program:
            assert program.stdin is not None
            os.write(program.stdin.fileno(), b'{"id":1}\n')
            assert select.select([master], [], [], 60)[0]
            assert b'"id":1' in os.read(master, 10_000)
            program.stdin.close()
        assert program.returncode == 0
    finally:
        os.close(master)
        os.close(terminal)
