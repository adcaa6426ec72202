"""Which words each dialect of SQL can say. A word that is missing is refused at definition."""

from collections.abc import Mapping

from franca.mapping.sql import casts, identity, logic, moments, numbers, tables, text
from franca.mapping.sql.scope import Translate
from franca.mapping.sql.spark import words_of

_ALL: dict[str, Translate] = {
    **casts.WORDS,
    **identity.WORDS,
    **logic.WORDS,
    **moments.WORDS,
    **numbers.WORDS,
    **tables.WORDS,
    **text.WORDS,
}

DIALECTS: Mapping[str, Mapping[str, Translate]] = {"duckdb": _ALL, "spark": words_of(_ALL)}
