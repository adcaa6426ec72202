"""What the measured work would cost on AWS: an estimate from list prices, all of them in prices.toml."""

import tomllib
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("prices.toml")
SPARK = ("spark", "spark-merge", "spark-merge-dv", "spark-stream")


class Processor(msgspec.Struct, frozen=True):
    """What a virtual processor costs an hour, with so many gigabytes where these are paid apart."""

    vcpu_hour: float
    source: str
    gb_hour: float = 0.0
    gb: float = 0.0

    @property
    def hour(self) -> float:
        """Both together."""
        return self.vcpu_hour + self.gb * self.gb_hour


class Put(msgspec.Struct, frozen=True):
    """What writing a thousand objects costs."""

    per_thousand: float
    source: str


class Broker(msgspec.Struct, frozen=True):
    """What a broker costs an hour, and how many there are."""

    hour: float
    nodes: int
    source: str


class Prices(msgspec.Struct, frozen=True):
    """The whole file."""

    date: str
    compute: Processor
    spark: Processor
    put: Put
    broker: Broker

    def million(self, contestant: str, cpu_seconds: float, objects: float) -> float:
        """Return what a million changes cost: processors that are busy all of the paid time, and objects."""
        processor = self.spark if contestant in SPARK else self.compute
        return cpu_seconds / 3600 * processor.hour + objects / 1000 * self.put.per_thousand

    def standing(self) -> float:
        """Return what a stream's brokers cost an hour, whatever flows."""
        return self.broker.hour * self.broker.nodes


def read() -> Prices:
    """Return the prices."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), Prices)
