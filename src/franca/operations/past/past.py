"""What a replay of the archive reads: of which tables, of which time, and how far of each partition."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from franca.config.endpoints import Endpoints
from franca.config.names import ON_RAMP
from franca.config.pipelines import archive_paths
from franca.config.project import Project
from franca.config.topics import table_topic
from franca.errors import DefinitionError, UsageError
from franca.lake.archive import Link, Shelf, written
from franca.lake.location import open_store
from franca.lake.translation import translated
from franca.mapping.application import Application
from franca.model.shape import shape_of
from franca.sinks.ledger import committed
from franca.sources.archive import Course
from franca.topics.admin import beginnings, ends, matching
from franca.topics.cluster import Cluster
from franca.topics.names import consumer_group, entity_topic, fits
from franca.types import Partition, Positions, Record


class Time(Enum):
    """Where a record stands to the time that is replayed."""

    BEFORE = "before"
    WITHIN = "within"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Past:
    """A part of an application's past. An empty `table` means all.

    `since` and `until` are milliseconds since 1970, of when a record came to its raw topic: what came at
    `since` is meant, what came at `until` is not.
    """

    application: str
    table: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it goes from the beginning to now."""
        return self.since is None and self.until is None

    def time_of(self, record: Record) -> Time:
        """Return where a record stands to the time that is replayed."""
        if self.has(record.timestamp):
            return Time.WITHIN
        is_early = self.since is not None and record.timestamp < self.since
        return Time.BEFORE if is_early else Time.BEHIND

    def has(self, timestamp: int) -> bool:
        """Return whether a record of that time, in milliseconds, is replayed."""
        return (self.since is None or timestamp >= self.since) and (
            self.until is None or timestamp < self.until
        )

    def entities(self, project: Project) -> set[str]:
        """Return the topics of the entities that its tables give. Raises UsageError for an unknown table."""
        application = project.application(self.application)
        if self.table:
            project.table(f"{self.application}.{self.table}")
        return {
            entity_topic(shape_of(mapping.entity))
            for mapping in application.mappings
            if self.table in ("", shape_of(mapping.table).name)
        }

    def mappings(self, project: Project) -> set[str]:
        """Return the names of the mappings of its tables."""
        return {
            mapping.name
            for mapping in project.application(self.application).mappings
            if self.table in ("", shape_of(mapping.table).name)
        }


@dataclass(frozen=True, slots=True)
class Courses:
    """What is read, partition by partition, and what is left out because its topic was made anew since."""

    read: Sequence[Course]
    left_out: Sequence[Partition]


def courses(project: Project, places: Endpoints, cluster: Cluster, past: Past) -> Courses:
    """Return what is read of a past: what the on-ramp has read, from the archive and else from the topics.

    Behind that the on-ramp goes on by itself, with the mappings that it runs. Raises UnavailableError, and
    UsageError where a raised epoch asks for a time.
    """
    application = project.application(past.application)
    if application.epoch > 1 and past.since is None:
        reason = (
            f"the epoch was raised to {application.epoch}, and what came before would seem newer than it is"
        )
        raise UsageError.one("--since", reason, "say since when the epoch holds")
    patterns = {
        table_topic(project, application, table)
        for table in application.tables
        if past.table in ("", shape_of(table).name)
    }
    if not patterns:
        raise UsageError.one(past.table or past.application, "it has no mappings", "check the name")
    admin = cluster.admin()
    living = ends(admin, matching(admin, patterns))
    first = beginnings(admin, {place.topic for place in living})
    done = _read_so_far(cluster, application, living)
    chains = _chains(project, places, application, patterns)
    found: list[Course] = []
    left: list[Partition] = []
    known = {(place.topic, place.partition): place for place in living}
    newest = {(place.topic, place.partition): place for place in chains}
    for place, (shelf, links) in chains.items():
        number = (place.topic, place.partition)
        if number in known:
            if written(known[number].topic_id) != place.topic_id:
                left.append(place)
        elif newest[number] == place:
            found.append(Course(place, shelf, links, _end(shelf, links), None))
        else:
            left.append(place)
    for place, last in living.items():
        name = place._replace(topic_id=written(place.topic_id))
        shelf, links = chains.get(name, (_shelf(project, places, application, place.topic), []))
        found.append(Course(place, shelf, links, done.get(place, last), first[place]))
    return Courses(sorted(found, key=lambda course: course.partition), left)


def _read_so_far(cluster: Cluster, application: Application, living: Positions) -> dict[Partition, int]:
    group = consumer_group(f"{application.name}.{ON_RAMP}")
    return {place: entry.next for place, entry in committed(cluster, group, list(living)).items()}


def _chains(
    project: Project, places: Endpoints, application: Application, patterns: set[str]
) -> dict[Partition, tuple[Shelf, Sequence[Link]]]:
    found: dict[Partition, tuple[Shelf, Sequence[Link]]] = {}
    with translated("archive"):
        for shelf in _shelves(project, places, application, patterns):
            for topic in shelf.topics():
                if any(fits(pattern, topic) for pattern in patterns):
                    chains = shelf.chains(topic)
                    found |= {place: (shelf, links) for place, links in chains.items()}
    return found


def _shelves(
    project: Project, places: Endpoints, application: Application, patterns: set[str]
) -> Iterator[Shelf]:
    store = open_store(places.archive_url, places.archive_options)
    paths = archive_paths(project, application)
    for path in sorted({paths[pattern] for pattern in patterns}):
        yield Shelf(store, *path.split("/", 1))


def _shelf(project: Project, places: Endpoints, application: Application, topic: str) -> Shelf:
    paths = archive_paths(project, application)
    path = paths.get(topic) or next(path for pattern, path in paths.items() if fits(pattern, topic))
    return Shelf(open_store(places.archive_url, places.archive_options), *path.split("/", 1))


def _end(shelf: Shelf, links: Sequence[Link]) -> int:
    """Return where a chain ends; of one whose last object is damaged, behind that one's first record."""
    try:
        _, end = shelf.load(links[-1])
    except DefinitionError:
        return links[-1].start + 1
    return end
