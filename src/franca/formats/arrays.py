"""PostgreSQL's arrays as it writes them in a text: `{1,NULL,"a, b"}`, of one dimension."""

import re

from franca.formats.unfit import Unfit

_ITEM = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^{}",\\\s](?:[^{}",\\]|\\.)*))\s*', re.DOTALL
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def items_of_array(text: str) -> list[str | None]:
    r"""Return the items of an array's text. Raises Unfit for what is none, or has several dimensions.

    >>> items_of_array('{1,NULL,"a, \\"b\\""}')
    ['1', None, 'a, "b"']
    """
    if not (text.startswith("{") and text.endswith("}")):
        raise Unfit("is text that is no array: expected text such as {1,2}", "malformed")
    inner, at, items = text[1:-1], 0, list[str | None]()
    if not inner.strip():
        return items
    while True:
        found = _ITEM.match(inner, at)
        if found is None:
            raise Unfit("is an array that can't be read: expected one dimension, as {1,2}", "malformed")
        items.append(_value(found["quoted"], found["bare"]))
        at = found.end()
        if at == len(inner):
            return items
        if inner[at] != ",":
            raise Unfit("is an array that can't be read: expected one dimension, as {1,2}", "malformed")
        at += 1


def _value(quoted: str | None, bare: str | None) -> str | None:
    if quoted is not None:
        return _ESCAPE.sub(r"\1", quoted)
    assert bare is not None
    return None if bare.strip().upper() == "NULL" else _ESCAPE.sub(r"\1", bare.strip())
