"""Python's names for tables, columns and codes: as they are where Python allows it, else the nearest."""

import keyword
import re
import unicodedata
from collections.abc import Set

_TAKEN = frozenset(
    {"Annotated", "Application", "Column", "Copybook", "Csv", "Decimal", "Digits", "Enum", "Key", "Pii"}
    | {
        "Table",
        "UUID",
        "bool",
        "bytes",
        "date",
        "datetime",
        "float",
        "int",
        "list",
        "property",
        "str",
        "time",
        "type",
    }
)
"""What annotations name: a column called so would hide it from the columns behind it."""


def attribute_name(column: str, taken: Set[str]) -> str:
    """Return the attribute of a column: its own name where that is one, else the nearest not taken yet.

    >>> [attribute_name(name, set()) for name in ("cust_num", "CUST-NUM", "class", "date", "2nd line", "_id")]
    ['cust_num', 'CUST_NUM', 'class_', 'date_', 'c_2nd_line', 'id']
    """
    name = _identifier(column.lstrip("_"), "c_")
    if name in _TAKEN or name.startswith("franca_"):
        name += "_"
    return _free(name, taken)


def class_name(name: str, taken: Set[str]) -> str:
    """Return the class of a table or an enumeration.

    >>> [class_name(name, set()) for name in ("film_actor", "CUSTMAST", "InvoiceLine", "date", "T-001")]
    ['FilmActor', 'Custmast', 'InvoiceLine', 'Date', 'T001']
    """
    parts = [part for part in re.split(r"[\W_]+", unicodedata.normalize("NFKC", name)) if part]
    made = "".join(_capital(part) for part in parts)
    made = _identifier(made, "T")
    return _free(f"{made}Table" if made in _TAKEN else made, taken)


def member_name(label: str, taken: Set[str]) -> str:
    """Return the member of an enumeration's value.

    >>> [member_name(label, set()) for label in ("PG-13", "in stock", "4x", "")]
    ['PG_13', 'IN_STOCK', 'V_4X', 'EMPTY']
    """
    name = _identifier(re.sub(r"[\W_]+", "_", label).strip("_").upper(), "V_") if label else "EMPTY"
    return _free("MRO_" if name == "MRO" else name, taken)


def _capital(part: str) -> str:
    return part.capitalize() if part.isupper() else part[:1].upper() + part[1:]


def _identifier(text: str, prefix: str) -> str:
    """Return the text with what Python does not allow replaced; Python reads names in their NFKC form."""
    name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", text)).strip()
    name = name if name == text else name.strip("_")
    if not name.isidentifier():
        name = f"{prefix}{name}"
    if not name.isidentifier():  # digits of other scripts and the like
        name = f"{prefix}{re.sub(r'[^A-Za-z0-9_]', '_', name)}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _free(name: str, taken: Set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
