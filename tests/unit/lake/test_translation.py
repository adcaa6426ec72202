"""Every error of deltalake and obstore has its counterpart in franca's tree."""

from pathlib import Path

import deltalake.exceptions
import obstore.exceptions
import obstore.store
import pytest

from franca.errors import DefinitionError, FrancaError, UnavailableError
from franca.lake.translation import translated

WRONG, AWAY = DefinitionError, UnavailableError

TABLE: dict[str, type[FrancaError]] = {
    # deltalake: the network, a lost race, a table that is not there; then what no waiting cures
    **dict.fromkeys(("CommitFailedError", "DeltaError", "TableNotFoundError"), AWAY),
    **dict.fromkeys(("DeltaProtocolError", "SchemaMismatchError"), WRONG),
    # obstore: rights and credentials come and go, as keys are renewed
    **dict.fromkeys(("PermissionDeniedError", "UnauthenticatedError"), AWAY),
    **dict.fromkeys(("BaseError", "GenericError", "JoinError", "NotFoundError", "NotModifiedError"), AWAY),
    **dict.fromkeys(("AlreadyExistsError", "PreconditionError"), AWAY),
    **dict.fromkeys(("InvalidPathError", "NotSupportedError", "UnknownConfigurationKeyError"), WRONG),
}
CLASSES = [
    found
    for module in (deltalake.exceptions, obstore.exceptions)
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, Exception)
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_has_a_counterpart(cls: type[Exception]) -> None:
    """A wrong setting, or a lake or archive that is away."""
    with pytest.raises(FrancaError) as caught, translated("archive"):
        raise cls("the reason")
    assert type(caught.value) is TABLE[cls.__name__]
    assert "archive" in str(caught.value)
    assert "the reason" in str(caught.value)


def test_what_went_wrong_is_told_once(tmp_path: Path) -> None:
    """The library's own tree of the error, which says the same again, is left out."""
    (tmp_path / "file").touch()
    store = obstore.store.LocalStore(tmp_path)
    with pytest.raises(UnavailableError) as caught, translated("lake"):
        obstore.put(store, "file/part", b"x")
    assert "Debug source" not in str(caught.value)
    assert str(caught.value).startswith("lake is unavailable: Generic LocalFileSystem error: Unable to")


def test_the_place_is_told_and_no_colours() -> None:
    """`No such file or directory` alone says little; a log and a dead terminal show colours as rubbish."""
    with pytest.raises(UnavailableError) as caught, translated("lake", "s3://lake/a/events"):
        raise deltalake.exceptions.DeltaError("S3 error \x1b[31m↳\x1b[0m no answer")
    assert str(caught.value).startswith("lake is unavailable: s3://lake/a/events: S3 error ↳ no answer;")
    with pytest.raises(UnavailableError) as caught, translated("lake", "s3://lake/a"):
        raise deltalake.exceptions.DeltaError("s3://lake/a/events is away")
    assert str(caught.value).startswith("lake is unavailable: s3://lake/a/events is away;")


def test_the_calls_of_the_library_are_not_told() -> None:
    """Without symbols they are a list of nothing."""
    with pytest.raises(UnavailableError) as caught, translated("lake", "s3://lake/a"):
        raise deltalake.exceptions.DeltaError("Kernel error: no object\n   0: <unknown>\n   1: <unknown>")
    assert str(caught.value).startswith("lake is unavailable: s3://lake/a: Kernel error: no object;")
