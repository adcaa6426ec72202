"""A log that is gone, has gaps, or a commit that is no whole one: it is told, and how to go on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from franca.errors import DefinitionError
from tests.unit.lake.test_events_table import ROWS, table


def test_a_table_that_lost_its_log_is_not_begun_anew(tmp_path: Path) -> None:
    """Its rows would be forgotten without a word, and those of what the topics no longer have for good."""
    events = table(tmp_path)
    assert events.append(ROWS, {"a": 1}, {})
    (tmp_path / "_delta_log").rename(tmp_path.parent / "log")
    with pytest.raises(DefinitionError, match=r"a table has lost its log.*bring _delta_log back"):
        table(tmp_path)
    (tmp_path.parent / "log").rename(tmp_path / "_delta_log")
    assert table(tmp_path).mark("a") == 1


def test_a_log_that_lacks_a_commit_says_which(tmp_path: Path) -> None:
    """Waiting does not bring it back."""
    events = table(tmp_path)
    for value in range(3):
        assert events.append(ROWS, {"a": value}, {})
    log = tmp_path / "_delta_log"
    (log / f"{2:020}.json").rename(log / "kept")
    with pytest.raises(DefinitionError, match=rf"commits of its log are missing behind {1:020}\.json; bring"):
        table(tmp_path)
    (log / "kept").rename(log / f"{2:020}.json")
    (log / f"{0:020}.json").unlink()
    with pytest.raises(DefinitionError, match="the first commits of its log are missing; bring them back"):
        table(tmp_path)


@pytest.mark.parametrize(
    "damage", [lambda body: body[:200], lambda body: b"\0" * len(body), lambda body: b""]
)
def test_a_commit_that_is_damaged_is_told(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """By who opens the table, and by a writer who runs: a power cut or a copy leaves half of it."""
    events, other = table(tmp_path), table(tmp_path)
    assert other.append(ROWS, {"b": 1}, {})
    commit = tmp_path / "_delta_log" / f"{1:020}.json"
    commit.write_bytes(damage(commit.read_bytes()))
    with pytest.raises(DefinitionError, match=rf"damaged: _delta_log/{1:020}\.json: "):
        events.refresh()
    with pytest.raises(
        DefinitionError, match=r"commits of its log are damaged: .*; the last one can be removed"
    ):
        table(tmp_path)
    commit.unlink()
    assert table(tmp_path).append(ROWS, {"b": 1}, {})
