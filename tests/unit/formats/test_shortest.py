"""A float of four bytes is the number that somebody wrote, not the eight bytes that mean the same."""

import struct

import pytest

from franca.formats.numbers import shortest


@pytest.mark.parametrize(
    "written",
    [0.0, 1.1, 123456.79, 16777216.0, 3.4028235e38, 1.1754944e-38, 6.2878e-41, 1e-45, 1023.99994, -2.5],
)
def test_a_number_is_what_it_was_before_four_bytes_held_it(written: float) -> None:
    """As long as it has no more digits than they tell apart, from the smallest to the largest."""
    (held,) = struct.unpack("f", struct.pack("f", written))
    assert shortest(held) == written
    assert str(shortest(-0.0)) == "-0.0"
