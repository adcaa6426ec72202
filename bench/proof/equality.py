"""Proof that contestants did the same work: columns, their types, count and content of their tables."""

from pathlib import Path

from bench.process import MeasurementError
from bench.proof.difference import Wanted, difference
from bench.proof.reading import Stored, UnreadableError, asked, content, opened

OWN = {
    "franca": frozenset({"_topic_id", "_partition", "_offset", "_subject"}),
    "dlt": frozenset({"_dlt_id", "_dlt_load_id"}),
}
"""What a contestant writes beside what is asked for."""

PLAIN = frozenset({"flink", "spark-merge-dv"})
"""Whose rows are compared without a log: Flink has none, and Spark reads its deletion vectors for others."""

ONCE = "_event_id"
CONSTANT = "_mapping_hash"
"""A contestant's own values: those tell events apart, this is the same in every row."""


class DifferentError(MeasurementError):
    """A contestant's table is not what it should be, so that its cost can't be compared."""


def expect(who: str, folder: Path, wanted: Wanted, suffix: str = "") -> None:
    """Raise DifferentError, which says what differs first, where a contestant's table is not as it should be.

    `suffix` is what ends franca's names in this measurement.
    """
    rows = Stored(folder, who in PLAIN)
    try:
        told = _different(who, rows, wanted, suffix)
    except UnreadableError as error:
        told = f"{wanted.name!r} can't be read: {error}"
    if told:
        raise DifferentError(f"{who}: {told}")


def _different(who: str, rows: Stored, wanted: Wanted, suffix: str) -> str:
    """Return what differs, '' where nothing does."""
    name = f"{wanted.name!r}"
    if not rows.exists():
        return f"{name}: no {'Parquet files' if rows.is_plain else 'Delta table'} there"
    if told := _columns(who, rows, wanted):
        return told
    found = content(rows, wanted.compared, suffix, wanted.where)
    what = "rows" if wanted.where == "true" else "changed rows"
    if found[0] != wanted.content[0]:
        return f"{name} has {found[0]:,} {what}, expected {wanted.content[0]:,}"
    if found != wanted.content:
        return f"{name} has {found[0]:,} {what} as expected, but {difference(rows, wanted, suffix)}"
    return _own_values(rows, wanted) if found[0] else ""


def _columns(who: str, rows: Stored, wanted: Wanted) -> str:
    """Compare columns and what they are; a contestant's OWN may come besides."""
    found = rows.kinds()
    own = OWN.get(who.partition("+")[0].partition("-")[0], frozenset())
    for name in sorted({*wanted.kinds, *found} - (own - wanted.kinds.keys())):
        if found.get(name) != wanted.kinds.get(name):
            is_, should = (each.get(name, "absent") for each in (found, wanted.kinds))
            return f"{name!r} of {wanted.name!r} is {is_}, expected {should}"
    return ""


def _own_values(rows: Stored, wanted: Wanted) -> str:
    """Compare what is a contestant's own with itself."""
    connection = opened(rows)
    if ONCE in wanted.kinds:
        ((count, different),) = asked(connection, f"SELECT count(*), count(DISTINCT {ONCE}) FROM found")
        if different != count:
            return f"{ONCE!r} of {wanted.name!r} has {different:,} values in {count:,} rows"
    if CONSTANT in wanted.kinds:
        query = f"SELECT count(*) - count({CONSTANT}), count(DISTINCT {CONSTANT}) FROM found"
        ((null, different),) = asked(connection, query)
        if null or different > 1:
            return f"{CONSTANT!r} of {wanted.name!r} is not the same in every row"
    return ""
