"""What a service's log says about a failed start."""

from pathlib import Path

import pytest

from franca.local.logs import ROTATE_BYTES, SYMPTOMS, Log


@pytest.mark.parametrize(("words", "reason", "remedy"), SYMPTOMS)
def test_a_known_reason_is_told_in_plain_words(words: str, reason: str, remedy: str, tmp_path: Path) -> None:
    """The user reads what is wrong and what to do, not the server's log."""
    log = Log(tmp_path / "log")
    log.begin()
    log.path.write_text(f"FATAL: {words}: and so on\n", encoding="utf-8")
    error = log.failure("kafka", "the broker")
    assert str(error) == f"kafka is unavailable: the broker did not start: {reason}; {remedy}"


def test_an_unknown_reason_is_quoted_with_the_logs_place(tmp_path: Path) -> None:
    """Otherwise the last words help."""
    log = Log(tmp_path / "log")
    log.path.write_text("x" * 5_000 + "the end", encoding="utf-8")
    error = log.failure("kafka", "the broker")
    assert error.reason.endswith("xthe end'")
    assert len(error.reason) < 2_000
    assert str(log.path) in error.remedy


def test_earlier_attempts_do_not_count(tmp_path: Path) -> None:
    """A reason of last week is not today's."""
    log = Log(tmp_path / "log")
    log.path.write_text("No space left on device\n", encoding="utf-8")
    log.begin()
    assert log.text() == ""
    assert "disk" not in log.failure("kafka", "the broker").reason


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    """Logs do not grow for ever."""
    log = Log(tmp_path / "kafka.log")
    with log.path.open("wb") as file:
        file.truncate(ROTATE_BYTES + 1)
    log.begin()
    assert [path.name for path in tmp_path.iterdir()] == ["kafka.old.log"]
