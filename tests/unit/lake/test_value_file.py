"""Values that lie in a file are read by their places, close together or far apart."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from franca.lake import value_file
from franca.lake.value_file import ValueFile


@pytest.mark.parametrize("filling", [0, 8 * value_file.FAR], ids=["close together", "far apart"])
def test_values_are_read_where_they_were_written(tmp_path: Path, filling: int) -> None:
    """In any order, several at once or alone, empty ones too."""
    chance = random.Random(3)
    some = [chance.randbytes(chance.randrange(40)) for _ in range(200)]
    with closing(ValueFile(tmp_path / "values")) as file:
        places = list(zip(*file.write(some), strict=True))
        file.write([bytes(filling)])
        places += zip(*file.write(some[::-1]), strict=True)
        wanted = dict(zip(places, some + some[::-1], strict=True))
        chance.shuffle(places)

        assert file.read(*zip(*places, strict=True)) == [wanted[place] for place in places]
        assert [file.place(*place).read() for place in places] == [wanted[place] for place in places]
        assert file.read([], []) == []
