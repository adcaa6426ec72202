"""What differs between declared tables and their source: one line each, a problem or a note."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import Shape, shape_of

Severity = Literal["problem", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `code` is a stable word, `needed_by` the mappings that the column matters to."""

    severity: Severity
    table: str
    column: str
    code: str
    reason: str
    remedy: str = ""
    needed_by: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the reason, and whom it concerns."""
        return f"{self.reason}; needed by {'; '.join(self.needed_by)}" if self.needed_by else self.reason


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared table: name, shape, and who needs each of its attributes."""

    application: Application
    table: type[Table]
    needs: Mapping[str, tuple[str, ...]]

    @property
    def shape(self) -> Shape:
        """Return what the class says."""
        return shape_of(self.table)

    @property
    def name(self) -> str:
        """Return `application.table`."""
        return f"{self.application.name}.{self.shape.name}"

    def finding(self, attribute: str, code: str, reason: str, remedy: str = "") -> Finding:
        """Return a finding of a column: a problem where a mapping needs it, else a note."""
        needs = self.needs.get(attribute, ())
        field = self.shape.field(attribute)
        return Finding("problem" if needs else "note", self.name, field.column, code, reason, remedy, needs)


def declared(application: Application, table: type[Table]) -> Declared:
    """Return a table with what each of its attributes is needed for: `individual (name, gender)`."""
    needs: dict[str, list[str]] = {}
    for mapping in application.mappings:
        if mapping.problems or mapping.table is not table:
            continue
        lineage = mapping.lineage()
        for attribute in sorted(mapping.columns):
            needs.setdefault(attribute, []).append(_need(mapping.name, attribute, lineage))
    return Declared(application, table, {name: tuple(each) for name, each in needs.items()})


def _need(mapping: str, attribute: str, lineage: Mapping[str, Any]) -> str:
    fields = [field for field, columns in lineage.items() if attribute in columns]
    return f"{mapping} ({', '.join(fields) or 'its condition'})"
