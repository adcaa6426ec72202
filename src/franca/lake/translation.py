"""What the errors of deltalake and obstore mean: the one border where they become franca's."""

from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import DeltaError, DeltaProtocolError, SchemaMismatchError
from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    NotSupportedError,
    UnknownConfigurationKeyError,
)

from franca.errors import DefinitionError, UnavailableError

_WRONG = (
    DeltaProtocolError,
    InvalidPathError,
    NotSupportedError,
    SchemaMismatchError,
    UnknownConfigurationKeyError,
)
"""Waiting does not cure these: somebody has to change a setting, or what else is done with the table."""

_REMEDY = "check the folder or bucket, its free space and its rights"


@contextmanager
def translated(service: str) -> Iterator[None]:
    """Turn the errors of deltalake, obstore and the file system into franca's; the service is named."""
    try:
        yield
    except (DeltaError, BaseError, OSError) as error:
        reason = " ".join(str(error).partition("Debug source:")[0].split())[:500]  # which says it all again
        if isinstance(error, _WRONG):
            raise DefinitionError.one(service, reason, f"check [{service}] in franca.toml") from error
        raise UnavailableError(service, reason, _REMEDY) from error
