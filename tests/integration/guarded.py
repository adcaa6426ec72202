"""A Kafka that asks who somebody is, and does for them only what was granted."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from franca.local.broker import Storage
from franca.local.kafka import LocalKafka
from franca.local.memory import ServiceState
from franca.local.ports import HOST, choose
from franca.topics.cluster import Cluster
from franca.topics.rights import Right
from tests.integration.crew import wait_for

STRANGERS = 30
PASSWORD = "a secret"
PROTOCOLS = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,GUARDED:SASL_PLAINTEXT"
KINDS = {
    "group": ResourceType.GROUP,
    "topic": ResourceType.TOPIC,
    "transactional id": ResourceType.TRANSACTIONAL_ID,
}
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


class _Guarded(Storage):
    """The broker's folder: one port more, behind which the named users have what was granted."""

    users: tuple[str, ...] = ()
    port = 0

    def write_settings(self, state: ServiceState) -> None:
        super().write_settings(state)
        self.port = self.port or choose("kafka", state.port, state.controller_port)
        own, guarded = f"PLAINTEXT://{HOST}:{state.port}", f"GUARDED://{HOST}:{self.port}"
        users = " ".join(f'user_{user}="{PASSWORD}"' for user in self.users)
        settings = {
            "listeners": f"{own},CONTROLLER://{HOST}:{state.controller_port},{guarded}",
            "advertised.listeners": f"{own},{guarded}",
            "listener.security.protocol.map": PROTOCOLS,
            "listener.name.guarded.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.guarded.plain.sasl.jaas.config": f"{PLAIN} required {users};",
            "connection.failed.authentication.delay.ms": 0,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        with (self.folder / "server.properties").open("a", encoding="ascii") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())


class GuardedKafka(LocalKafka):
    """The broker. At `bootstrap` anybody may do anything; at `guarded` a user may do what was granted.

    Beside the named users it knows strangers, of whom each `user` is another one.
    """

    def __init__(self, folder: Path, *users: str) -> None:
        super().__init__(folder)
        self._guarded = self._storage = _Guarded(self.data)
        strangers = tuple(f"stranger{number}" for number in range(STRANGERS))
        self._guarded.users, self._strangers = (*users, *strangers), iter(strangers)

    @property
    def guarded(self) -> str:
        """The address at which rights hold."""
        return f"{HOST}:{self._guarded.port}"

    def user(self, *rights: Right, password: str = PASSWORD) -> Cluster:
        """Return the cluster as somebody new sees it who has these rights alone."""
        name = next(self._strangers)
        self.grant(
            name, ((KINDS[r.resource], r.name, ResourcePatternType.LITERAL, r.operation) for r in rights)
        )
        return Cluster(self.guarded, self.options(name, password))

    def options(self, user: str, password: str = PASSWORD) -> dict[str, str | int | float | bool]:
        """Return the options by which a user is known."""
        return {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": user,
            "sasl.password": password,
        }

    def grant(self, user: str, rights: Iterable[tuple[ResourceType, str, ResourcePatternType, str]]) -> None:
        """Grant rights: the resource's type, name and pattern, and the operation as Kafka names it."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        bindings = {
            AclBinding(
                kind, name, pattern, f"User:{user}", "*", _operation(operation), AclPermissionType.ALLOW
            )
            for kind, name, pattern, operation in rights
        }
        for granted in admin.create_acls(list(bindings)).values() if bindings else ():
            granted.result(30)
        kind, pattern, may = ResourceType.ANY, ResourcePatternType.ANY, AclPermissionType.ANY
        all_of_them = AclBindingFilter(kind, None, pattern, f"User:{user}", None, AclOperation.ANY, may)  # type: ignore[arg-type]  # None stands for any
        wait_for(lambda: bindings <= set(admin.describe_acls(all_of_them).result(30)), "they hold")


def _operation(name: str) -> AclOperation:
    plain = name.upper().replace("_", "")
    return next(each for each in AclOperation if each.name.replace("_", "") == plain)


@contextmanager
def guarded_kafka(folder: Path, *users: str) -> Iterator[GuardedKafka]:
    """Give the broker, started, and stop it."""
    broker = GuardedKafka(folder, *users)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
