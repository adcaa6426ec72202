"""Every error of psycopg has its counterpart in franca's tree."""

import traceback

import psycopg
import pytest
from psycopg import errors

from franca.errors import DefinitionError, FrancaError, UnavailableError, WriteError
from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink, refusal, translated

WRONG, AWAY, ROW = DefinitionError, UnavailableError, WriteError

CLASSES: dict[str, type[FrancaError]] = {
    # what the user set up: features, roles, passwords, databases, schemas, tables and rights
    **dict.fromkeys(("0A", "0L", "0P", "28", "2B", "3D", "3F", "42"), WRONG),
    # connections, conflicts, resources, locks, operators, systems, snapshots, files, foreign servers, damage
    **dict.fromkeys(("08", "3B", "40", "53", "55", "57", "58", "72", "F0", "HV", "XX"), AWAY),
    # data, constraints, check options, limits, and what a user's trigger raises
    **dict.fromkeys(("09", "22", "23", "27", "2F", "38", "39", "44", "54", "P0"), ROW),
    # only the rows tell: where each is taken by itself, it is franca's own mistake, and a bug
    **dict.fromkeys(("02", "03", "0B", "0F", "0Z", "10", "20", "21", "24", "25", "26", "2D", "34"), ROW),
}
"""The classes of SQLSTATE, from PostgreSQL's appendix of error codes."""

STATES = {"25006": AWAY}
"""A standby that is not the primary yet, or no longer, takes no writes."""

CLIENT: dict[str, type[FrancaError]] = {
    **dict.fromkeys(("NotSupportedError", "ProgrammingError"), WRONG),
    **dict.fromkeys(("InterfaceError", "OperationalError", "PipelineAborted"), AWAY),
    **dict.fromkeys(("CancellationTimeout", "ConnectionTimeout"), AWAY),
    **dict.fromkeys(("DataError", "DatabaseError", "Error", "IntegrityError", "InternalError"), ROW),
}
"""What the client raises of its own accord, without a SQLSTATE."""

NAMES = sorted(
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, psycopg.Error) and not name.startswith("_")
)


def _expected(name: str, state: str) -> type[FrancaError]:
    if not state:
        return CLIENT[name]
    return STATES.get(state) or CLASSES[state[:2]]


@pytest.mark.parametrize("name", NAMES)
def test_every_error_has_a_counterpart(name: str) -> None:
    """A wrong setting, a store that is away, or a row that it refuses."""
    error = getattr(errors, name)("the reason")
    found = translated(error) or refusal(error)
    assert type(found) is _expected(name, error.sqlstate or "")
    assert name in str(found) if isinstance(found, WriteError) else "the reason" in str(found)


@pytest.mark.parametrize("name", ["InternalError", "InvalidCursorState", "Error"])
def test_whatever_cost_the_connection_means_that_the_store_is_away(name: str) -> None:
    """The server is gone, and the same batch is tried again."""
    assert type(translated(getattr(errors, name)("the reason"), is_lost=True)) is UnavailableError


@pytest.mark.parametrize("dsn", ["host=db password=my secret", "postgresql://u:x@h/db?secret"])
def test_a_dsn_that_can_not_be_read_is_not_repeated(dsn: str) -> None:
    """The client names the piece that it trips over, and that may be half a password."""
    sink = PostgresSink(dsn, [], Parking(lambda _messages: None, "store", []))

    with pytest.raises(DefinitionError, match="dsn") as caught:
        sink.open()

    assert "secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("remedy", "text"),
    [
        ("check user, password and database", 'FATAL:  password authentication failed for user "u"'),
        ("check user, password and database", 'FATAL:  database "nowhere" does not exist'),
        ("check user, password and database", "fe_sendauth: no password supplied"),
        ("check user, password and database", 'FATAL:  role "u" is not permitted to log in'),
        ("check user, password and database", 'FATAL:  permission denied for database "bank"'),
        ("pg_hba.conf", 'no pg_hba.conf entry for host "db", user "u", database "b", no encryption'),
        ("pg_hba.conf", 'FATAL:  pg_hba.conf rejects connection for host "db", user "u"'),
        ("pg_hba.conf", "FATAL:  connection requires a valid client certificate"),
        ("sslmode", "server does not support SSL, but SSL was required"),
        ("sslmode", 'invalid sslmode value: "always"'),
        ("sslrootcert", 'root certificate file "/ca.pem" does not exist Either provide the file, use the'),
        ("sslrootcert", 'could not read root certificate file "/ca.pem": no start line'),
        ("sslrootcert", "SSL error: certificate verify failed"),
        ("sslrootcert", 'server certificate for "other" does not match host name "db"'),
        ("sslrootcert", 'certificate present, but not private key file "/me.key"'),
    ],
)
def test_a_wrong_key_is_not_waited_for(remedy: str, text: str) -> None:
    """The client gives no SQLSTATE for what is said at the door, nor where it trusts nobody there."""
    found = translated(psycopg.OperationalError(text), is_lost=True)
    assert type(found) is DefinitionError
    assert remedy in str(found).removeprefix(f"store: {text}")


@pytest.mark.parametrize(
    "text", ["FATAL:  starting up", "Connection refused", "server closed the connection", "timeout expired"]
)
def test_a_door_that_nobody_opens_is_waited_at(text: str) -> None:
    """Whoever opens it again needs no other settings."""
    found = translated(psycopg.OperationalError(text), is_lost=True)
    assert type(found) is UnavailableError
    assert str(found).endswith("check that PostgreSQL runs, and its address, user and password in [store]")


@pytest.mark.parametrize(
    ("name", "remedy"), [("QueryCanceled", "statement_timeout"), ("LockNotAvailable", "pg_stat_activity")]
)
def test_a_store_that_is_there_is_not_said_to_be_away(name: str, remedy: str) -> None:
    """What takes too long is a matter of the server's settings or of who else is there."""
    found = translated(getattr(errors, name)("canceling statement"))
    assert type(found) is UnavailableError
    assert remedy in str(found)
    assert "password" not in str(found)
