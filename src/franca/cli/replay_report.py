"""What a replay of the archive changes, as tables for people and as JSON; personal values are masked."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import typer

from franca.cli.masking import MASK, Masking
from franca.cli.output import print_json, print_table
from franca.config.project import Project
from franca.model.field import Field
from franca.model.shape import Shape, shape_of
from franca.operations.past.changes import Changes, Report, Sample
from franca.operations.past.republish import Republished
from franca.sources.archive import Damage
from franca.topics.names import entity_topic
from franca.types import Partition

KINDS = ("created", "changed", "deleted", "same", "overtaken", "orphaned", "stale", "late")
SAMPLED = ("created", "changed", "deleted", "orphaned")


class ReplayReport:
    """Shows a report of a project's application. `is_revealed` says that nothing is masked."""

    def __init__(self, project: Project, report: Report, *, is_revealed: bool) -> None:
        self._project = project
        self._report = report
        self._is_revealed = is_revealed
        self._masking = Masking(project, report.application)
        self._shapes = {entity_topic(shape_of(entity)): shape_of(entity) for entity in project.entities}

    def print_json(self, published: Republished | None) -> None:
        """Print all of it as one object."""
        shown: dict[str, Any] = msgspec.to_builtins(self._report)
        shown["entities"] = {
            name: self._entity(self._shapes[name], changes) for name, changes in self._report.entities.items()
        }
        shown["refused"]["samples"] = [
            msgspec.to_builtins(letter) if self._is_revealed else self._masking.letter(letter)
            for letter in self._report.refused.samples
        ]
        shown["damages"] = [
            each._asdict() | {"partition": each.partition._asdict()} for each in self._report.damages
        ]
        shown["left_out"] = [each._asdict() for each in self._report.left_out]
        if published is not None:
            shown["published"] = msgspec.to_builtins(published)
        print_json(shown)

    def print_tables(self) -> None:
        """Print counts, changed fields, samples, refusals and damages."""
        report = self._report
        kinds = [
            kind
            for kind in KINDS
            if kind in KINDS[:4] or any(getattr(each, kind) for each in report.entities.values())
        ]
        rows = [(name, *(getattr(each, kind) for kind in kinds)) for name, each in report.entities.items()]
        typer.echo(f"{report.records:,} records through the mappings {report.version}\n")
        print_table("", ("entity", *kinds), rows)
        fields = [
            (name, field, count)
            for name, changes in report.entities.items()
            for field, count in sorted(changes.fields.items(), key=lambda pair: -pair[1])
        ]
        if fields:
            print_table("\nChanged fields", ("entity", "field", "entities"), fields)
        samples = [
            row for name, changes in report.entities.items() for row in self._sample_rows(name, changes)
        ]
        if samples:
            print_table("\nSamples", ("entity", "key", "what", "field", "old", "new"), samples)
        refused = report.refused
        typer.echo(
            f"\nrefused: {refused.now:,} now, {refused.still:,} still, {refused.no_longer:,} no longer"
        )
        if refused.samples:
            letters = [(each.id, each.code, self._masking.reason(each)) for each in refused.samples]
            print_table("\nRefused now", ("id", "code", "reason"), letters)
        print_damages(report.damages, report.left_out)

    def _entity(self, shape: Shape, changes: Changes) -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.to_builtins(changes)
        shown["samples"] = {
            kind: [
                {
                    "key": self._key(shape, each),
                    "event": each.event,
                    "fields": dict(self._fields(shape, each)),
                }
                for each in samples
            ]
            for kind, samples in changes.samples.items()
        }
        return shown

    def _sample_rows(self, name: str, changes: Changes) -> Iterator[tuple[object, ...]]:
        shape = self._shapes[name]
        for kind in SAMPLED:
            for sample in changes.samples.get(kind, ()):
                key = self._key(shape, sample)
                fields = list(self._fields(shape, sample)) if kind == "changed" else []
                for field, (old, new) in fields or [("", ("", ""))]:
                    yield name, key, kind, field, _text(old), _text(new)

    def _key(self, shape: Shape, sample: Sample) -> str:
        is_personal = any(map(_is_personal, shape.keys))
        return MASK if is_personal and not self._is_revealed else sample.key

    def _fields(self, shape: Shape, sample: Sample) -> Iterator[tuple[str, tuple[Any, Any]]]:
        personal = {field.name for field in shape.fields if _is_personal(field)}
        for name, (old, new) in sample.fields.items():
            if name in personal and not self._is_revealed:
                yield name, (None if old is None else MASK, None if new is None else MASK)
            else:
                yield name, (old, new)


def print_damages(damages: Sequence[Damage], left_out: Sequence[Partition]) -> None:
    """Print what could not be read from the archive, and what was not."""
    if damages:
        print_table("\nDamaged in the archive", ("partition", "offsets", "what"), map(_damage, damages))
    if left_out:
        places = [(f"{each.topic}/{each.partition}", each.topic_id) for each in left_out]
        print_table("\nLeft out: archived of topics that were made anew since", ("partition", "id"), places)


def _is_personal(field: Field) -> bool:
    parts = [*field.fields, *([field.item] if field.item else [])]
    return field.pii or any(map(_is_personal, parts))


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _damage(damage: Damage) -> tuple[str, str, str]:
    place = f"{damage.partition.topic}/{damage.partition.partition}"
    where = "lost: neither here nor on the topic" if damage.is_lost else "read from the topic"
    return place, f"{damage.first} to {damage.last - 1}", f"{damage.reason}; {where}"
