"""What a difference between contracts means for each consumer, in a sentence: it goes on, or it breaks.

Two questions decide. Does who was written by the old contract cope with all that comes from now on? And does
what stands there already break the new contract for certain? docs/reference/contracts.md has the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from franca.contracts.contract import Contract
from franca.contracts.differences import Change, Difference, differences

Consumer: TypeAlias = Literal["topic", "lake", "store"]
"""Subscribers of the topic; readers of the lake's tables and views; of the store's tables and the API."""


class Verdict(NamedTuple):
    """Whether one consumer goes on as before, and what it means for it."""

    compatible: bool
    meaning: str


class Verdicts(NamedTuple):
    """The verdict for each consumer."""

    topic: Verdict
    lake: Verdict
    store: Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference with its verdicts."""

    difference: Difference
    verdicts: Verdicts

    @property
    def compatible(self) -> bool:
        """Whether every consumer goes on as before."""
        return all(verdict.compatible for verdict in self.verdicts)

    @property
    def acceptable(self) -> bool:
        """Whether old and new fit the same topic and tables, so that its owner may accept the difference."""
        return self.compatible or self.difference.change in _ACCEPTABLE


def judged(old: Contract, new: Contract) -> list[Finding]:
    """Return what is different between two contracts of one version, each difference with its verdicts."""
    return [judge(difference) for difference in differences(old, new)]


def judge(difference: Difference) -> Finding:
    """Return a difference with its verdicts."""
    told = MEANINGS[difference.change]
    before, after = difference.before or "nothing", difference.after or "nothing"
    verdicts = [Verdict(good, text.format(before=before, after=after)) for good, text in told]
    return Finding(difference, Verdicts(*verdicts))


def compatible(findings: Sequence[Finding]) -> bool:
    """Return whether no consumer breaks."""
    return all(finding.compatible for finding in findings)


_ACCEPTABLE: frozenset[Change] = frozenset(
    {
        "required-field-added",
        "null-allowed",
        "value-added",
        "constraint-loosened",
        "constraint-changed",
        "link-removed",
        "link-changed",
    }
)
_EARLIER = "goes on; what was published before may be otherwise until it is replayed"

MEANINGS: dict[Change, tuple[tuple[bool, str], tuple[bool, str], tuple[bool, str]]] = {
    "field-added": (
        (True, "events have it from now on; who does not know it ignores it"),
        (True, "the table gets it, null for the events of before until they are replayed"),
        (True, "the table gets it, null in each row until its next event or a replay"),
    ),
    "required-field-added": (
        (False, "every event is said to have it, and those of before lack it"),
        (False, "rows of before hold null where a value is promised"),
        (False, "rows hold null where a value is promised, each until its next event or a replay"),
    ),
    "field-removed": (
        (False, "who reads it finds nothing"),
        (False, "queries for it get nothing from new events"),
        (False, "rows would keep its last value for ever"),
    ),
    "field-renamed": (
        (False, "seems to be {after} now: who reads {before} finds nothing"),
        (False, "queries for {before} get nothing from new events"),
        (False, "{after} is another column, and {before} would keep its last value for ever"),
    ),
    "type-widened": (
        (False, "{after} may hold what readers of {before} can't take"),
        (False, "a column keeps its type: {before}"),
        (False, "a column keeps its type: {before}"),
    ),
    "type-narrowed": (
        (True, "goes on: {after} fits where {before} was expected"),
        (False, "a column keeps its type: {before}"),
        (False, "a column keeps its type: {before}"),
    ),
    "type-changed": (
        (False, "readers of {before} can't take {after}"),
        (False, "a column keeps its type: {before}"),
        (False, "a column keeps its type: {before}"),
    ),
    "null-allowed": (
        (False, "who counts on a value meets null"),
        (False, "queries that count on a value meet null"),
        (False, "who counts on a value meets null"),
    ),
    "null-forbidden": ((True, _EARLIER), (True, _EARLIER), (True, _EARLIER)),
    "key-changed": (
        (False, "messages get other keys and partitions: key {after}, was {before}"),
        (False, "one entity's events of before and after would be two entities"),
        (False, "the primary key and the API's addresses are other ones"),
    ),
    "link-added": (
        (True, "goes on: the value is the same"),
        (True, "goes on; joined views may follow the link to {after}"),
        (True, "goes on; the column gets an index"),
    ),
    "link-removed": (
        (True, "goes on: the value is the same"),
        (False, "joined views along the link to {before} go"),
        (False, "the API's paths along the link to {before} go"),
    ),
    "link-changed": (
        (False, "the value is the key of {after}, was of {before}"),
        (False, "joins with {before} find nothing, or the wrong"),
        (False, "joins with {before} find nothing, or the wrong"),
    ),
    "value-added": (
        (False, "who knows the values of before meets {after}"),
        (True, "goes on: the column takes any text; queries that list the values miss {after}"),
        (True, "goes on: the column takes any text; queries that list the values miss {after}"),
    ),
    "value-removed": ((True, _EARLIER), (True, _EARLIER), (True, _EARLIER)),
    "constraint-loosened": (
        (False, "who counts on {before} meets {after}"),
        (True, "goes on: the column takes it"),
        (True, "goes on: the column takes it"),
    ),
    "constraint-tightened": ((True, _EARLIER), (True, _EARLIER), (True, _EARLIER)),
    "constraint-changed": (
        (False, "who counts on {before} meets {after}"),
        (True, "goes on: the column takes it"),
        (True, "goes on: the column takes it"),
    ),
    "pii-marked": (
        (True, "the same bytes: treat them as personal from now on"),
        (True, "the same values: treat them as personal from now on"),
        (True, "masked for readers without the scope for personal data"),
    ),
    "pii-unmarked": (
        (True, "the same bytes"),
        (True, "the same values"),
        (True, "shown to every reader, in logs and in listings: make sure that it is not personal"),
    ),
    "description-changed": ((True, "goes on"), (True, "goes on"), (True, "goes on")),
    "entity-removed": (
        (False, "no event comes any more"),
        (False, "no row comes any more"),
        (False, "rows would stay as they are for ever"),
    ),
}
