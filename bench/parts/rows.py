"""What two sides come to: the row of their cost, and that of the memory."""

import statistics

from bench.pairs import Side, ratio
from bench.row import Row

CPU = "CPU-s/M"


def cost_row(
    part: str, floor: Side, franca: Side, most: float | None = None, most_ratio: float | None = None
) -> Row:
    """Return the row of a part's CPU-seconds per million records."""
    return Row(
        part=part,
        unit=CPU,
        floor=statistics.median(floor.per_million()),
        franca=statistics.median(franca.per_million()),
        ratio=ratio(franca, floor),
        most=most,
        most_ratio=most_ratio,
        beside={
            "start-up, CPU-s": franca.start_up(),
            "records/s": franca.records_per_second(),
            "Kafka, CPU-s/M": franca.server_per_million("kafka"),
            "PostgreSQL, CPU-s/M": franca.server_per_million("postgres"),
            "floor: start-up, CPU-s": floor.start_up(),
            "floor: records/s": floor.records_per_second(),
            "floor: Kafka, CPU-s/M": floor.server_per_million("kafka"),
            "floor: PostgreSQL, CPU-s/M": floor.server_per_million("postgres"),
        },
    )


def memory_row(part: str, floor: Side, franca: Side, most: float) -> Row:
    """Return the row of a worker's peak, at the larger size; the smaller one is beside."""
    (small, large), (_, floor_large) = franca.peaks(), floor.peaks()
    return Row(
        part=f"memory: {part}",
        unit="MB",
        floor=floor_large,
        franca=large,
        most=most,
        beside={f"at {franca.plan.small:,} records, MB": small, "growth": large / small if small else 0.0},
    )
