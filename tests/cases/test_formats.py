"""Raw messages and the change or problem lines that each must give: titled pairs of text.

`formats` holds those of a declared table, `untyped` those of tables that nobody declared.
"""

import pytest

from franca.errors import DecodeError
from franca.formats.change import Change, Loose, Skip, Wanted, decode
from franca.formats.registry import format_named
from franca.model.shape import shape_of
from franca.pipeline.change_line import change_line
from franca.pipeline.loose_line import loose_line
from franca.topics.problem_line import problem_line
from tests.cases.tables import named
from tests.cases.titled import pairs, record_of


@pytest.mark.parametrize(
    ("name", "message", "line"), [pytest.param(n, m, e, id=f"{n}: {t}") for n, t, m, e in pairs("formats")]
)
def test_a_message_gives_its_line(name: str, message: str, line: str) -> None:
    """A message gives the change that the case says, or its problem, and the same when it comes again."""
    chosen, table = named(name)
    columns = frozenset(field.name for field in shape_of(table).fields)
    decoder = format_named(chosen).decoder(Wanted(table, columns, columns))
    for _ in range(2):
        try:
            decoded = decode(decoder, record_of(message))
            each = [decoded] if isinstance(decoded, Change | Skip) else decoded
            got = b" & ".join(change_line("shop", table, one) for one in each)
        except DecodeError as error:
            got = problem_line(error)
        assert got.decode() == line


@pytest.mark.parametrize(
    ("name", "message", "line"), [pytest.param(n, m, e, id=f"{n}: {t}") for n, t, m, e in pairs("untyped")]
)
def test_a_message_gives_its_line_without_a_table(name: str, message: str, line: str) -> None:
    """A message of whatever table gives its change with the values that it tells itself, or its problem."""
    try:
        found = format_named(name).loose(record_of(message))
        each = [found] if isinstance(found, Loose | Skip) else found
        got = b" & ".join(map(loose_line, each))
    except DecodeError as error:
        got = problem_line(error)
    assert got.decode() == line
