"""What franca.toml may say: one class per section, every setting with its default and its meaning.

Never opens a connection; where a service's address is empty, franca's own local service is meant.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

Options: TypeAlias = "dict[str, str | int | float | bool]"


class KafkaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[kafka]`: the cluster. An empty `bootstrap` means the one that `franca up` starts.

    `options` are passed to librdkafka as they are (`security.protocol`, `sasl.mechanism`, `ssl.ca.location`).
    """

    bootstrap: str = ""
    options: Options = {}


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[store]`: PostgreSQL. An empty `dsn` means the one that `franca up` starts.

    A DSN is a libpq URL or keyword string, TLS options included (`sslmode=verify-full`). `schema` holds
    the entities' tables.
    """

    dsn: str = ""
    schema: str = "public"


class LakeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[lake]`: where the Delta tables are; a folder or a URL (`s3://bucket/path`) with its `options`."""

    url: str = ""
    options: dict[str, str] = {}


class ArchiveSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[archive]`: where raw messages are kept; a folder or a URL (`s3://bucket/path`) with its `options`."""

    url: str = ""
    options: dict[str, str] = {}


class TopicSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[topics]`: how franca creates topics; `[topic.<name>]` says what differs for one.

    Retention -1 keeps for ever. `partitions` of an existing topic are never changed in place,
    because keys would move.
    """

    partitions: int = 4
    replication: int = 1
    raw_retention_hours: int = 168
    dead_letter_retention_hours: int = -1
    max_message_bytes: int = 8_388_608


class TopicOverride(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[topic.<name>]`: what differs for one topic."""

    partitions: int | None = None
    replication: int | None = None
    retention_hours: int | None = None
    config: dict[str, str] = {}


class TableSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[applications.<name>.tables.<table>]`: where a table's changes come from and in which format."""

    topic: str = ""
    format: str = ""


class ApplicationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[applications.<name>]`: what the place decides about an application, not its mappings.

    Raise `epoch` after a failover that restarts positions, or when a raw topic was made anew.
    """

    epoch: Annotated[int, msgspec.Meta(ge=1, le=9999)] | None = None
    format: str = "auto"
    tables: dict[str, TableSettings] = {}


class PipelineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[pipelines.<name>]`: the size of a batch. It is stored at the first of the three bounds."""

    batch_records: int | None = None
    batch_megabytes: float | None = None
    linger_seconds: float | None = None
    workers: int | None = None


class RunSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[run]`: workers and the page for metrics. Port 0 takes a free one, -1 serves none."""

    workers: int = 1
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    session_seconds: float = 10.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of franca.toml, with the chosen profile laid over it."""

    kafka: KafkaSettings = KafkaSettings()
    store: StoreSettings = StoreSettings()
    lake: LakeSettings = LakeSettings()
    archive: ArchiveSettings = ArchiveSettings()
    topics: TopicSettings = TopicSettings()
    topic: dict[str, TopicOverride] = {}
    applications: dict[str, ApplicationSettings] = {}
    pipelines: dict[str, PipelineSettings] = {}
    run: RunSettings = RunSettings()
    modules: list[str] = []
