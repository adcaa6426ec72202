"""Prints what decoding costs: `python -m bench.formats`; words choose the titles that begin so."""

import sys

from bench.formats.measure import measured

print(f"{'format':24}{'bytes':>8}{'bare':>8}{'franca':>8}{'ratio':>8}")
for each in measured(sys.argv[1:]):
    print(f"{each.title:24}{each.bytes:8}{each.bare:8.2f}{each.franca:8.2f}{each.ratio:8.2f}")
