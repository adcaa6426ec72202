"""A schema registry in memory: what was put in is known by number and by GUID, and nothing else is."""

from uuid import UUID, uuid5

from franca.errors import DecodeError
from franca.schemas.frame import SchemaId, WriterSchema, frame

_SPACE = UUID(int=0)


class MemorySchemas:
    """Schemas for tests of what reads messages behind a registry."""

    def __init__(self) -> None:
        self._schemas: dict[SchemaId, WriterSchema] = {}
        self._subjects: dict[str, str] = {}
        self.asked: list[SchemaId] = []

    def add(self, text: str, kind: str = "AVRO", references: dict[str, str] | None = None) -> int:
        """Return the number of a schema from now on."""
        number = len(self._schemas) // 2 + 1
        for id in (number, self.guid(number)):  # noqa: A001  # a registry's own word
            self._schemas[id] = WriterSchema(id, kind, text, references or {})
        return number

    def schema(self, id: SchemaId) -> WriterSchema:  # noqa: A002  # as above
        """Return the schema of an id. Raises DecodeError (`unknown-schema`)."""
        self.asked.append(id)
        if id not in self._schemas:
            raise DecodeError("", f"the registry has no schema {id}", "unknown-schema")
        return self._schemas[id]

    def latest(self, subject: str) -> str | None:
        """Return the text of a subject's newest schema, None where the subject has none."""
        return self._subjects.get(subject)

    def is_compatible(self, subject: str, text: str, kind: str) -> bool:  # noqa: ARG002  # of the protocol
        """Return whether a schema may follow the newest of a subject: only one that is the same."""
        return self._subjects.get(subject, text) == text

    def register(self, subject: str, text: str, kind: str) -> int:
        """Return the number of a subject's schema."""
        known = [key for key, schema in self._schemas.items() if schema.text == text and isinstance(key, int)]
        self._subjects[subject] = text
        return known[0] if known else self.add(text, kind)

    @staticmethod
    def guid(number: int) -> UUID:
        """Return the GUID of the schema with that number."""
        return uuid5(_SPACE, str(number))

    @staticmethod
    def head(number: int) -> bytes:
        """Return the bytes that stand before data of the schema with that number."""
        return frame(number)
