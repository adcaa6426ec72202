"""When the processors are at their usual pace."""

from bench.proof.pace import SLOWEST, Pace


def test_the_quickest_loop_of_all_is_what_the_pace_is_told_by() -> None:
    """Of earlier runs too; those that did not look tell nothing."""
    pace = Pace([0.0, 1e-9])
    assert not pace.is_usual(pace.look())
    now = Pace([0.0])
    assert now.is_usual(1e-9)
    assert not now.is_usual(1_000.0)


def test_a_little_slower_is_usual() -> None:
    """No two loops take the same."""
    pace = Pace([1e-6])
    assert pace.is_usual(1e-6 * SLOWEST)
    assert not pace.is_usual(1e-6 * SLOWEST * 1.01)
