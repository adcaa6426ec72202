"""What there is to measure, and what of it is asked for."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from bench.proof import result
from bench.proof.environments import own_command
from bench.proof.ground import Ground
from bench.proof.plan import Plan
from bench.proof.workloads import CHEAP, OWN, WORKLOADS, Measuring


class Round(NamedTuple):
    """One measurement to make."""

    workload: str
    contestant: str
    size: int
    repetition: int
    measuring: Measuring

    @property
    def key(self) -> tuple[str, str, int, int]:
        """As the ledger asks."""
        return self.workload, self.contestant, self.size, self.repetition


def rounds(plan: Plan, programs: Mapping[str, Path]) -> list[Round]:
    """Return what there is to measure: all contestants in turns, so that a busy machine slows them alike."""
    return [
        Round(workload, name, size, repetition, measuring)
        for repetition in range(1, plan.repetitions + 1)
        for workload, contestants in WORKLOADS.items()
        if repetition <= result.repetitions(plan, workload)
        for name, measuring in {**contestants, **_own(workload, programs)}.items()
        for size in result.sizes(plan, workload, name)
    ]


def _own(workload: str, programs: Mapping[str, Path]) -> dict[str, Measuring]:
    if workload not in OWN:
        return {}
    return {name: OWN[workload](name, _command(file)) for name, file in programs.items()}


def _command(file: Path) -> Callable[[Ground], list[str]]:
    return lambda _ground: own_command(file)


def asked(found: list[Round], arguments: argparse.Namespace) -> list[Round]:
    """Return those that the command asks for."""
    workloads, contestants = arguments.workload, arguments.only
    return [
        each
        for each in found
        if (not arguments.short or each.contestant in {*CHEAP.get(each.workload, ()), *arguments.program})
        and (not workloads or each.workload in workloads)
        and (not contestants or each.contestant in contestants)
    ]


def why_none(arguments: argparse.Namespace) -> str:
    """Return why nothing is to be measured."""
    if not arguments.short:
        return "nothing to measure: none of these contestants has a part in these workloads"
    cheap = "; ".join(f"{', '.join(names)} of {workload}" for workload, names in CHEAP.items())
    return f"nothing to measure: the short form has {cheap}, and batches of your own (--program)"
