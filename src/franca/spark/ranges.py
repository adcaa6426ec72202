"""Ranges of keys, so many as there is work: each is folded by a task of its own."""

from collections.abc import Sequence

from franca.lake.state_table import StateFile


def splits(files: Sequence[StateFile], sample: Sequence[str], events: int, most: int) -> list[str]:
    """Return the keys at which ranges begin, but the first, so that none has many more rows than `most`.

    `files` are the snapshot's in the order of their keys, `sample` some keys of the new events, of which
    there are as many as `events`.
    """
    found = set()
    rows = 0
    for file in files:
        if rows and rows + file.rows > most:
            found.add(file.least)
            rows = 0
        rows += file.rows
    keys = sorted(sample)
    parts = min(-(-events // most), len(keys))
    found.update(keys[len(keys) * part // parts] for part in range(1, parts))
    return sorted(found)


def bounds(splits: Sequence[str], place: int) -> tuple[str | None, str | None]:
    """Return where a range begins, and where the next one does; None where nothing is before or behind."""
    low = splits[place - 1] if place else None
    return low, splits[place] if place < len(splits) else None


def within(files: Sequence[StateFile], low: str | None, high: str | None) -> list[StateFile]:
    """Return the files that have keys from `low` on and before `high`."""
    return [
        file for file in files if (high is None or file.least < high) and (low is None or file.most >= low)
    ]
