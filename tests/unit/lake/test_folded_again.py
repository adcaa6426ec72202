"""What `franca seek` has read again is folded again, when it has come and not before."""

from pathlib import Path

import pytest

from franca.lake.fold import fold
from franca.lake.verification import verify
from franca.types import Batch
from tests.individuals import SHAPE, event, record
from tests.unit.lake.test_fold import PLACES, Lake


def test_what_is_read_again_is_folded_again(tmp_path: Path) -> None:
    """`franca seek` moves the position back: what was refused the time before may be taken now."""
    lake = Lake(tmp_path)
    lake.write(("b", 1, 1, "one"), ("d", 1, 1, "one"))
    lake.fold()
    place = PLACES[0]
    assert lake.sink.move({place: (2, 0)})
    rows = [record(event("f", 5, name="late"), 0, 0), record(event("b", 1, name="one"), 1, 0)]
    assert lake.sink.write(Batch(rows, {place: 2}, {place: 0}))
    assert lake.current == {"b": "one", "d": "one", "f": "late"}
    lake.fold()
    assert lake.snapshot == lake.current


@pytest.mark.parametrize("folded_before", [True, False])
def test_a_fold_while_events_are_read_again_goes_no_further_than_that(
    tmp_path: Path, folded_before: bool
) -> None:
    """What was refused the time before is folded when it has come, however often others fold meanwhile."""
    lake, place = Lake(tmp_path), PLACES[0]
    first, refused, last = (record(event(key, 1), at, 0) for at, key in enumerate("bfd"))
    assert lake.sink.write(Batch([first, last], {place: 3}, {place: 0}))
    if folded_before:
        lake.fold()
    assert lake.sink.move({place: (3, 0)})
    assert lake.fold().events == 0
    assert lake.sink.write(Batch([first], {place: 1}, {place: 0}))
    lake.fold()
    assert lake.current.keys() == set("bd")
    assert lake.sink.write(Batch([refused, last], {place: 3}, {place: 1}))
    assert lake.current.keys() == set("bdf")
    lake.fold()
    assert lake.snapshot == lake.current
    assert verify(lake.url, SHAPE, {}, tmp_path / "scratch").problems == []


@pytest.mark.parametrize("folded_before", [True, False])
def test_a_fold_that_began_before_positions_were_moved_counts_for_nothing(
    tmp_path: Path, folded_before: bool
) -> None:
    """It would say that what is to be read again is folded."""
    lake, place = Lake(tmp_path), PLACES[0]
    lake.write(("a", 1, 1, "x"), ("b", 1, 1, "x"))
    if folded_before:
        lake.fold()
    lake.write(("d", 1, 1, "x"), ("f", 1, 1, "x"))

    def move(done: int, total: int) -> None:
        assert lake.sink.move({place: (3, 1)})

    assert not fold(lake.url, SHAPE, {}, tmp_path / "scratch", move).is_done
    assert lake.current == lake.expected
