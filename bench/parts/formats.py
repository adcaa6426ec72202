"""Formats: what decoding a message costs beside the bare reading of its bytes; no services take part."""

from bench.formats.measure import MESSAGES, ROUNDS, measured
from bench.parts.rows import CPU
from bench.plan import Plan, tell
from bench.row import Row
from bench.stage import Stage

PART = "decode: "
MOST_RATIO = 3.0


def measure(stage: Stage, plan: Plan) -> list[Row]:  # noqa: ARG001  # of a part's shape
    """Return a row for each format and kind of message."""
    tell("formats")
    messages = min(MESSAGES, plan.small // 50)
    rounds = min(ROUNDS, plan.repetitions * 8)
    return [
        Row(
            part=PART + each.title,
            unit=CPU,
            floor=each.bare,
            franca=each.franca,
            ratio=each.ratio,
            most_ratio=MOST_RATIO,
            beside={"bytes": each.bytes},
        )
        for each in measured((), messages, rounds)
    ]
