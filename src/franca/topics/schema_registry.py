"""How a schema registry is reached, through confluent-kafka's own client, and what its errors mean."""

import re
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from franca.errors import DecodeError, DefinitionError, UnavailableError
from franca.schemas.frame import SchemaId, WriterSchema

WAIT_SECONDS = 10.0
"""How long one question to the registry may take before it counts as away."""

UNKNOWN_SECONDS = 10.0
"""How long an id that the registry does not know is not asked for again: bad messages come by millions."""

_NO_SUBJECT, _NO_VERSION, _NO_SCHEMA = 40401, 40402, 40403
_WRONG = frozenset({400, 401, 403, 404, 405, 406, 407, 410, 411, 413, 414, 415, 501, 505})
"""Answers that waiting does not cure: an address, a password or a right has to be changed."""
_INCOMPATIBLE = 409
_UNUSABLE = 422
_MOST_REFERENCES = 1_000
_MOST_UNKNOWN = 10_000
_LOGIN = re.compile(r"//[^/@\s]+@")
_CHECK = "check url, user, password and options of [registry]"


@dataclass(frozen=True, slots=True)
class RegistryAddress:
    """Where a registry is; several addresses of one with commas between. `options` are the client's own."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict, repr=False)


class SchemaRegistry:
    """A schema registry with Confluent's interface. Nothing is connected before the first question.

    Every question raises UnavailableError where no answer comes, DefinitionError where the registry refuses
    who asks.
    """

    def __init__(self, address: RegistryAddress) -> None:
        self._address = address
        self._schemas: dict[SchemaId, WriterSchema] = {}
        self._unknown: dict[SchemaId, float] = {}

    def schema(self, id: SchemaId) -> WriterSchema:  # noqa: A002  # the protocol's word
        """Return the schema of an id; each is asked for once. Raises DecodeError (`unknown-schema`)."""
        known = self._schemas.get(id)
        if known is not None:
            return known
        if time.monotonic() - self._unknown.get(id, -UNKNOWN_SECONDS) < UNKNOWN_SECONDS:
            raise self._unknown_schema(id)
        found = self._asked(id)
        if found is None:
            if len(self._unknown) >= _MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown[id] = time.monotonic()
            raise self._unknown_schema(id)
        schema = WriterSchema(id, found.schema_type or "AVRO", found.schema_str or "", self._referred(found))
        self._schemas[id] = schema
        return schema

    def latest(self, subject: str) -> str | None:
        """Return the text of a subject's newest schema, None where the subject has none."""
        with _translated():
            try:
                self._client.clear_latest_caches()  # it would never look again
                return str(self._client.get_latest_version(subject).schema.schema_str)
            except _registry_error() as error:
                if error.error_code in {_NO_SUBJECT, _NO_VERSION}:
                    return None
                raise

    def is_compatible(self, subject: str, text: str, kind: str) -> bool:
        """Return whether the registry takes a schema as the next of a subject, as its own rules are."""
        with _translated(subject):
            try:
                return bool(self._client.test_compatibility(subject, self._schema(text, kind)))
            except _registry_error():
                if self._kind(subject) != kind:  # Apicurio reads the new schema as one of the old kind
                    return False
                raise

    def _kind(self, subject: str) -> str:
        return self._client.get_latest_version(subject).schema.schema_type or "AVRO"

    def register(self, subject: str, text: str, kind: str) -> int:
        """Return the id of a subject's schema, registered where it is new. Raises DefinitionError."""
        with _translated(subject):
            return int(self._client.register_schema(subject, self._schema(text, kind)))

    def ping(self) -> None:
        """Return when the registry has answered."""
        with _translated():
            self._client.get_subjects()

    @cached_property
    def _client(self) -> Any:
        from confluent_kafka.schema_registry import SchemaRegistryClient  # in an extra

        address = self._address
        login = {"basic.auth.user.info": f"{address.user}:{address.password}"} if address.user else {}
        own = {"timeout": WAIT_SECONDS, "max.retries": 0}
        try:
            client = SchemaRegistryClient({**own, **login, **address.options, "url": address.url})
        except (ValueError, TypeError, OSError) as error:
            reason = _LOGIN.sub("//", str(error))
            raise DefinitionError.one("registry", f"can't be used: {reason}", _CHECK) from error
        weakref.finalize(self, client.close)
        return client

    def _asked(self, id: SchemaId) -> Any:  # noqa: A002  # as above
        """Return what the registry says of an id, None where it does not know it."""
        with _translated():
            try:
                if isinstance(id, UUID):
                    return self._client.get_schema_by_guid(str(id))
                return self._client.get_schema(id)
            except _registry_error() as error:
                if error.error_code == _NO_SCHEMA or (isinstance(id, UUID) and error.http_status_code == 404):  # noqa: PLR2004, RUF100  # not found
                    return None
                raise

    def _referred(self, schema: Any) -> dict[str, str]:
        """Return the texts of what a schema refers to, and of what these refer to, by name."""
        found: dict[str, str] = {}
        left = list(schema.references or ())
        while left and len(found) < _MOST_REFERENCES:
            reference = left.pop()
            if reference.name in found:
                continue
            with _translated():
                target = self._client.get_version(reference.subject, reference.version).schema
            found[reference.name] = target.schema_str or ""
            left += target.references or ()
        return found

    @staticmethod
    def _schema(text: str, kind: str) -> Any:
        from confluent_kafka.schema_registry import Schema  # in an extra

        return Schema(text, kind)

    def _unknown_schema(self, id: SchemaId) -> DecodeError:  # noqa: A002  # as above
        reason = (
            f"the registry has no schema {id}: check that [registry] names the one that the writer uses, or "
            "register the schema again, then replay the dead letters"
        )
        if id == 0:  # the first half of eight bytes
            reason = (
                "the id is 0, which no schema has: Apicurio's serialisers write eight bytes of an id unless "
                "told apicurio.registry.as-confluent=true and apicurio.registry.use-id=contentId"
            )
        return DecodeError("", reason, "unknown-schema")


def _registry_error() -> Any:
    from confluent_kafka.schema_registry.error import SchemaRegistryError  # in an extra

    return SchemaRegistryError


@contextmanager
def _translated(subject: str = "") -> Iterator[None]:
    """Turn the client's errors into franca's; `subject` is what is to be registered."""
    from confluent_kafka.schema_registry.common._httpx_compat import httpx  # whichever the client uses
    from confluent_kafka.schema_registry.error import OAuthTokenError, SchemaRegistryError

    try:
        yield
    except SchemaRegistryError as error:
        raise _counterpart(error, subject) from error
    except OAuthTokenError as error:
        raise UnavailableError("registry", f"gives no token: {error}", _CHECK) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise DefinitionError.one("registry", f"its address is none: {error}", _CHECK) from error
    except (httpx.HTTPError, OSError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise UnavailableError("registry", reason, "check that it runs, and its url in [registry]") from error
    except ValueError as error:  # what is no JSON, though the answer says all is well
        raise DefinitionError.one(
            "registry", f"answers with what is no registry's: {error}", _CHECK
        ) from error


def _counterpart(error: Any, subject: str) -> DefinitionError | UnavailableError:
    status, text = error.http_status_code, " ".join(str(error).split())[:500]
    if status == _INCOMPATIBLE:
        return incompatible(subject, text)
    if status in _WRONG or status == _UNUSABLE:
        return DefinitionError.one(subject or "registry", f"the registry refuses: {text}", _CHECK)
    return UnavailableError("registry", text, "check that it runs, and its url in [registry]")


def incompatible(subject: str, reason: str = "") -> DefinitionError:
    """Return the error for a schema that the registry's rules for its subject forbid."""
    return DefinitionError.one(
        subject,
        "its new schema is not compatible with the one in the registry" + (f": {reason}" if reason else ""),
        "add fields that may be null, and neither remove nor retype any; else give the entity a new name, or "
        "delete the subject when nobody reads its old messages any more",
    )
