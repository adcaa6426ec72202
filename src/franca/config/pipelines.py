"""The pipelines that a project declares, described by name and built for one worker."""

from collections.abc import Sequence
from typing import Any

from franca.config.endpoints import Endpoints
from franca.config.names import ARCHIVE, LAKE, ON_RAMP, STORE, member_of, pipelines_of
from franca.config.project import Project
from franca.config.row_memory import gaps_of, workers_rows
from franca.config.schema_registry import encoder_of, opener_of, registry_of
from franca.config.settings import PipelineSettings
from franca.config.tables import capture_of, told_format
from franca.config.topics import entity_topics, table_topic
from franca.errors import UsageError
from franca.formats.registry import format_named
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import Shape, shape_of
from franca.pipeline.control import KafkaControl
from franca.pipeline.drift import DriftWatch, Watched
from franca.pipeline.encoding import Encoding, Opening
from franca.pipeline.onramp import OnRamp, Tables
from franca.pipeline.pictures import pictures
from franca.pipeline.refused_events import RefusedEvents
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.runner import Pipeline
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.sinks.letterbox import Letterbox
from franca.sinks.parking import Parking
from franca.sinks.sink import Sink
from franca.sources.kafka import KafkaSource
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.topics.cluster import Cluster
from franca.topics.names import consumer_group, dead_letter_topic, entity_topic
from franca.types import Batch, Record

_BATCHES = {
    ON_RAMP: PipelineSettings(batch_records=20_000, batch_megabytes=16, linger_seconds=0.0),
    ARCHIVE: PipelineSettings(batch_records=20_000, batch_megabytes=16, linger_seconds=5.0),
    LAKE: PipelineSettings(batch_records=20_000, batch_megabytes=16, linger_seconds=1.0),
    STORE: PipelineSettings(batch_records=5_000, batch_megabytes=8, linger_seconds=0.0),
}
"""How large a batch is where franca.toml does not say: on-ramp and store are quick, files are large."""


def pipeline_names(project: Project) -> list[str]:
    """Return the names of all pipelines, upstream first."""
    return pipelines_of(project.applications)


def chosen_pipelines(project: Project, wanted: Sequence[str]) -> list[str]:
    """Return the wanted pipelines, all where none is named. Raises UsageError for one that there is not."""
    known = pipeline_names(project)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        there = ", ".join(known) or "none"
        raise UsageError.one(unknown[0], f"no such pipeline, the project has: {there}", "check the name")
    return list(dict.fromkeys(wanted)) or known


def source_topics(project: Project, name: str) -> list[str]:
    """Return the topics that a pipeline reads, patterns among them."""
    if name in (LAKE, STORE):
        return entity_topics(project)
    application = project.application(name.rpartition(".")[0])
    return sorted({table_topic(project, application, table) for table in application.tables})


def build(project: Project, places: Endpoints, name: str, worker: str) -> Pipeline[Any]:
    """Return the pipeline of that name for the worker of that name. Nothing is connected yet."""
    cluster = places.cluster
    control = KafkaControl(cluster, name, worker)
    read = reading(project, cluster, name, worker)
    source = KafkaSource(read, lambda: control.pause() is not None, control.settle)
    if name in (LAKE, STORE):
        opening = _opening(project)
        parking = _parking(project, cluster, name, opening)
        store = (_lake if name == LAKE else _store)(project, places, parking)
        return Pipeline(name, source, opening or _as_is, store, worker, control=control)
    application = project.application(name.rpartition(".")[0])
    if name.endswith(f".{ARCHIVE}"):
        return Pipeline(name, source, _as_is, _archive(project, places, application), worker, control=control)
    memory = workers_rows(project, application, cluster, worker)
    step = on_ramp(project, application, memory)
    opener, encoder = opener_of(project), encoder_of(project)
    refused = RefusedEvents(application.name, step, opener.opened if opener else None)
    last = step if encoder is None else Encoding(step, encoder, refused)
    gaps = gaps_of(project, application, cluster, memory)
    sink = _publishing(cluster, application, worker, refused)
    watch = drift_watch(project, application)
    if gaps is None:
        return Pipeline(name, source, last, sink, worker, memory, control, watch)
    return Pipeline(name, source, gaps.noting(last), sink, worker, gaps, control, watch)


def _opening(project: Project) -> Opening | None:
    """Return the step that makes JSON of events, None where no registry is named and they are JSON."""
    opener = opener_of(project)
    return None if opener is None else Opening(opener)


def warm_up(project: Project, places: Endpoints, name: str) -> None:
    """Load and generate what a pipeline will need, and open nothing: a worker on standby is ready then."""
    cluster = places.cluster
    if name in (LAKE, STORE):
        parking = _parking(project, cluster, name, _opening(project))
        (_lake if name == LAKE else _store)(project, places, parking).close()
    elif name.endswith(f".{ARCHIVE}"):
        _archive(project, places, project.application(name.rpartition(".")[0])).close()
    else:
        on_ramp(project, project.application(name.rpartition(".")[0]))


def _lake(project: Project, places: Endpoints, parking: Parking) -> Sink[Record]:
    from franca.sinks.delta import DeltaSink  # in an extra, and slow to load: only its own worker needs it

    names = names_of(shapes(project))
    return DeltaSink(places.lake_url, shapes(project), parking, LAKE, places.lake_options, names)


def _store(project: Project, places: Endpoints, parking: Parking) -> Sink[Record]:
    from franca.sinks.postgres import PostgresSink  # in an extra, as above

    names = names_of(shapes(project))
    return PostgresSink(places.dsn, shapes(project), parking, STORE, project.settings.store.schema, names)


def _archive(project: Project, places: Endpoints, application: Application) -> Sink[Record]:
    from franca.sinks.archive import ArchiveSink  # in an extra, as above

    return ArchiveSink(places.archive_url, archive_paths(project, application), places.archive_options)


def on_ramp(project: Project, application: Application, memory: RowMemory | None = None) -> OnRamp:
    """Return the step that maps an application's raw records, as franca.toml and the versions have it."""
    return OnRamp(
        application,
        number=project.versions.number(application.name, application.hash),
        tables=tables_of(project, application),
        memory=memory,
        room=project.settings.topics.max_message_bytes - 1_024,
        schemas=registry_of(project.settings.registry),
    )


def tables_of(project: Project, application: Application) -> Tables:
    """Return what franca.toml says of an application's tables."""
    tables = {shape_of(table).name: table for table in application.tables}
    return Tables(
        {name: format_of(project, application, table) for name, table in tables.items()},
        {name: table_topic(project, application, table) for name, table in tables.items()},
        {name: capture_of(project.settings, application.name, name) for name in tables},
        is_strict(project, application),
    )


def drift_watch(project: Project, application: Application) -> DriftWatch:
    """Return what notices where an application's messages leave its tables' declarations."""
    schemas = registry_of(project.settings.registry)
    watched = [
        Watched(
            table,
            table_topic(project, application, table),
            format_named(format_of(project, application, table), schemas),
        )
        for table in application.tables
    ]
    known = [d for p in pictures(project.state, f"{application.name}.{ON_RAMP}") for d in p.drift]
    return DriftWatch(watched, known, format_named("auto", schemas))


def format_of(project: Project, application: Application, table: type[Table]) -> str:
    """Return the name of the format of a table's messages, `auto` where nothing is said."""
    return told_format(project.settings, application, table)


def is_strict(project: Project, application: Application) -> bool:
    """Return whether franca.toml says `strict_json` of an application."""
    place = project.settings.applications.get(application.name)
    return place is not None and place.strict_json


def archive_paths(project: Project, application: Application) -> dict[str, str]:
    """Return where each raw topic, or pattern of topics, is archived: `<application>/<table>`."""
    return {
        table_topic(project, application, table): f"{application.name}/{shape_of(table).name}"
        for table in application.tables
    }


def reading(project: Project, cluster: Cluster, name: str, worker: str) -> KafkaSourceSettings:
    """Return what a pipeline's source reads, and how, as franca.toml has it."""
    default = _BATCHES[name.rpartition(".")[2]]
    own = project.settings.pipelines.get(name, PipelineSettings())
    records = own.batch_records or default.batch_records or 1
    megabytes = own.batch_megabytes or default.batch_megabytes or 1
    linger = default.linger_seconds if own.linger_seconds is None else own.linger_seconds
    topics = tuple(source_topics(project, name))
    return KafkaSourceSettings(
        cluster=cluster,
        group=consumer_group(name),
        topics=topics,
        member=member_of(worker, topics),
        batch_records=records,
        batch_bytes=int(megabytes * 1_048_576),
        linger_seconds=linger or 0.0,
        session_seconds=project.settings.run.session_seconds,
        skip_lost=own.skip_lost,
    )


def _publishing(cluster: Cluster, application: Application, worker: str, refused: RefusedEvents) -> KafkaSink:
    name = f"{application.name}.{ON_RAMP}"
    topics = {entity_topic(shape_of(m.entity)) for m in application.mappings}
    topics |= {dead_letter_topic(application.name)}
    settings = KafkaSinkSettings(
        cluster=cluster,
        group=consumer_group(name),
        transactional_id=f"{consumer_group(name)}.{worker}",
        topics=tuple(sorted(topics)),
        epoch=application.epoch,
    )
    return KafkaSink(settings, refused)


def _parking(project: Project, cluster: Cluster, pipeline: str, opening: Opening | None) -> Parking:
    origin = None if opening is None else opening.origin
    return Parking(Letterbox(cluster).publish, pipeline, [a.name for a in project.applications], origin)


def shapes(project: Project) -> Sequence[Shape]:
    """Return the shapes of the entities that some mapping gives."""
    wanted = set(entity_topics(project))
    return [shape_of(e) for e in project.entities if entity_topic(shape_of(e)) in wanted]


def names_of(shapes: Sequence[Shape]) -> dict[str, str]:
    """Return the entities by their topics, as the sinks want them."""
    return {entity_topic(shape): shape.name for shape in shapes}


def _as_is(batch: Batch[Record]) -> Batch[Record]:
    return batch
