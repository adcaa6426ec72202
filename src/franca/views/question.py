"""What may be asked of the lake: one statement that only asks. None is carried out here."""

from collections.abc import Iterator
from itertools import pairwise

import duckdb

from franca.errors import DefinitionError

_QUESTIONS = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.MULTI})
"""The kinds of statements that only ask; a pivot is several, of which DuckDB makes one."""

_EXPLAINED = duckdb.StatementType.EXPLAIN
_NAMING = (".", "as")
"""What stands before a name that may be a word of SQL's without quotes."""


def require_question(sql: str) -> None:
    """Refuse what would write or change something, an EXPLAIN of it, and several statements.

    Of these only the last would be answered. Raises DefinitionError, and DuckDB's error where SQL is wrong.
    """
    statements = duckdb.extract_statements(sql)
    if len(statements) != 1:
        reason = f"got {len(statements)} statements, expected one"
        raise DefinitionError.one("query", reason, "ask one question at a time")
    kind = statements[0].type
    if kind == _EXPLAINED:
        kind = _kind_within(sql)  # EXPLAIN ANALYZE carries it out
    if kind not in _QUESTIONS:
        raise _refusal(kind.name)
    if _copies(sql):
        raise _refusal(duckdb.StatementType.COPY.name)


def _refusal(kind: str) -> DefinitionError:
    reason = f"got a statement of the kind {kind}, expected a question"
    return DefinitionError.one("query", reason, "the lake is written by franca run; start with select")


def _kind_within(sql: str) -> duckdb.StatementType:
    """Return the kind of statement that an EXPLAIN is of: the first behind it that can be read."""
    for _, rest in list(_tokens(sql))[1:]:
        try:
            (within,) = duckdb.extract_statements(rest)
        except (duckdb.Error, ValueError):
            continue
        if within.type != _EXPLAINED:
            return within.type
    return _EXPLAINED


def _copies(sql: str) -> bool:
    """Tell whether there is a COPY … TO in brackets, which a part of a WITH may be."""
    words = [token.strip().lower() for token, _ in _tokens(sql)]
    told = iter(pairwise(words))
    return any(pair == ("(", "copy") for pair in told) and any(
        word == "to" and before not in _NAMING for before, word in told
    )


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    """Yield each token of SQL but for comments, and the text from there on."""
    text = sql.encode()
    for (start, kind), (end, _) in pairwise([*duckdb.tokenize(sql), (len(text), None)]):
        if kind != duckdb.token_type.comment:
            yield text[start:end].decode(), text[start:].decode()
