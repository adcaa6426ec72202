"""What franca.toml may say: one class per section, every setting with its default and its meaning.

Never opens a connection; where a service's address is empty, franca's own local service is meant.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
MOST_HOURS = 1_000_000_000
Hours: TypeAlias = Annotated[int, msgspec.Meta(ge=-1, le=MOST_HOURS)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]

Options: TypeAlias = "dict[str, str | int | float | bool]"


class KafkaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[kafka]`: the cluster. An empty `bootstrap` means the one that `franca up` starts.

    `options` are passed to librdkafka as they are (`security.protocol`, `sasl.mechanism`, `ssl.ca.location`).
    """

    bootstrap: str = ""
    """Host and port of the first brokers to ask, several with commas between."""
    options: Options = {}
    """librdkafka's own settings, for security and for tuning."""


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[store]`: PostgreSQL. An empty `dsn` means the one that `franca up` starts.

    A DSN is a libpq URL or keyword string, TLS options included (`sslmode=verify-full`). `schema` holds
    the entities' tables.
    """

    dsn: str = ""
    """The database's address, in libpq's words."""
    schema: Annotated[str, msgspec.Meta(min_length=1, max_length=63)] = "public"
    """The schema of the entities' tables."""


class LakeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[lake]`: where the Delta tables are; a folder or a URL (`s3://bucket/path`) with its `options`.

    A run of the lake looks after its tables now and then (`franca lake upkeep`).
    """

    url: str = ""
    """The folder or address of the Delta tables; empty is `.franca/lake`."""
    options: dict[str, str] = {}
    """What the object store needs: region, endpoint, keys."""
    upkeep_seconds: Annotated[float, msgspec.Meta(ge=0)] = 300.0
    """How often a run looks whether the tables need something; 0 is never."""
    fold_share: Annotated[float, msgspec.Meta(gt=0)] = 0.2
    """Events are folded when they are this share of the snapshot's rows, and at least 10,000."""
    keep_hours: Annotated[int, msgspec.Meta(ge=1, le=MOST_HOURS)] = 24
    """How long files that were replaced stay, for those who read them."""


class ArchiveSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[archive]`: where raw messages are kept; a folder or a URL (`s3://bucket/path`) with its `options`."""

    url: str = ""
    """The folder or address of the raw messages; empty is `.franca/archive`."""
    options: dict[str, str] = {}
    """What the object store needs: region, endpoint, keys."""


class RegistrySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[registry]`: the schema registry of messages in Avro or JSON Schema. No `url`: none.

    `options` are passed to confluent-kafka's registry client as they are (`ssl.ca.location`,
    `bearer.auth.credentials.source`).
    """

    url: str = ""
    """The registry's address, up to where `/subjects` follows; several of one with commas between."""
    local: bool = False
    """Whether `franca up` starts a registry on this machine, at port 8081 or that of a `url` on it."""
    user: str = ""
    """Who asks, where the registry wants to know."""
    password: str = ""
    """The user's password; `${NAME}` takes it from the environment."""
    options: Options = {}
    """The client's own settings, for security and for tuning."""


class TopicSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[topics]`: how franca creates topics; `[topic.<name>]` says what differs for one.

    Retention -1 keeps for ever. `partitions` of an existing topic are never changed in place,
    because keys would move.
    """

    partitions: Count = 4
    """How many partitions a new topic gets."""
    replication: Count = 1
    """On how many brokers a new topic is kept."""
    raw_retention_hours: Hours = 168
    """How long raw topics keep their messages; the archive keeps them for ever."""
    event_retention_hours: Hours = 168
    """How long entity topics keep every event, deletes too, before compaction leaves each key's newest."""
    dead_letter_retention_hours: Hours = -1
    """How long dead letters are kept."""
    max_message_bytes: Count = 8_388_608
    """The largest message that a topic takes."""
    encoding: Literal["json", "avro", "json-schema"] = "json"
    """How events are written to entity topics; `avro` and `json-schema` need `[registry]`."""


class TopicOverride(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[topic.<name>]`: what differs for one topic."""

    partitions: Count | None = None
    """How many partitions this topic gets."""
    replication: Count | None = None
    """On how many brokers this topic is kept."""
    retention_hours: Hours | None = None
    """How long this topic keeps its messages; an entity's topic every event, before compaction."""
    config: dict[str, str] = {}
    """Kafka's own settings of a topic."""


class TableSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[applications.<name>.tables.<table>]`: where a table's changes come from and in which format."""

    topic: str = ""
    """The topic, or pattern of topics, that feeds the table here."""
    format: str = ""
    """The format of its messages; empty is that of the application."""
    collection: str = ""
    """What Debezium calls the table (`public.cust`); empty is its topic's name behind the `topic_prefix`."""
    capture: Literal["", "auto", "full", "partial"] = ""
    """What its messages hold; empty is as the application says."""


class ApplicationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[applications.<name>]`: what the place decides about an application, not its mappings.

    Raise `epoch` after a failover that restarts positions, or when a raw topic was made anew.
    """

    epoch: Annotated[int, msgspec.Meta(ge=1, le=9999)] | None = None
    """The first part of every sequence, 1 to 9999."""
    format: str = "auto"
    """The format of its messages; `auto` finds out message by message."""
    strict_json: bool = False
    """Whether an object that names a field twice is refused, instead of its last value being taken."""
    signal_topic: str = ""
    """The topic from which Debezium takes signals (`signal.kafka.topic`): `franca resnapshot` sends there."""
    topic_prefix: str = ""
    """Debezium's `topic.prefix`, by which it knows the signals that are meant for it."""
    capture: Literal["auto", "full", "partial"] = "auto"
    """What its messages hold. `full` promises whole rows before and after each change, which is verified;
    `auto` remembers the rows of tables whose mappings need the row before; `partial` remembers all rows, for
    messages that lack columns."""
    source: str = ""
    """The URL of its database, for `franca check --source`: `postgresql://reader:${CRM_PASSWORD}@host/crm`."""
    source_schemas: list[str] = []
    """The schemas of that database that hold its tables; empty is the database's default one."""
    tables: dict[str, TableSettings] = {}


class PipelineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[pipelines.<name>]`: the size of a batch, and how the pipeline is run.

    A batch is stored at the first of its three bounds. A name with a dot stands in quotes:
    `[pipelines."crm.on-ramp"]`.
    """

    batch_records: Count | None = None
    """The most records in a batch."""
    batch_megabytes: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """The most megabytes in a batch."""
    linger_seconds: Seconds | None = None
    """How long a batch waits for more records."""
    workers: Count | None = None
    """How many processes the pipeline gets."""
    skip_lost: bool = False
    """Whether to go on behind records that were deleted before they were read, instead of stopping."""


class RunSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[run]`: workers and the page for metrics. Port 0 takes a free one, -1 serves none."""

    workers: Count = 1
    """How many processes each pipeline gets."""
    metrics_host: str = "127.0.0.1"
    """The address on which the page is served."""
    metrics_port: Annotated[int, msgspec.Meta(ge=-1, le=65_535)] = 0
    """The port of `/metrics` and `/health`."""
    session_seconds: Annotated[float, msgspec.Meta(ge=1)] = 10.0
    """After how many silent seconds a worker counts as lost."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much the workers' logs say."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of franca.toml, with the chosen profile laid over it."""

    kafka: KafkaSettings = KafkaSettings()
    store: StoreSettings = StoreSettings()
    lake: LakeSettings = LakeSettings()
    archive: ArchiveSettings = ArchiveSettings()
    registry: RegistrySettings = RegistrySettings()
    topics: TopicSettings = TopicSettings()
    topic: dict[str, TopicOverride] = {}
    applications: dict[str, ApplicationSettings] = {}
    pipelines: dict[str, PipelineSettings] = {}
    run: RunSettings = RunSettings()
    modules: list[str] = []
    """The Python files of the project, without `.py`; empty are all beside franca.toml."""
