"""The dialects of DDL: their names, how they fold the case of names, and which one a text is likely in."""

import re

from franca.errors import UsageError

DIALECTS = {
    "postgres": "postgres", "postgresql": "postgres",
    "mysql": "mysql", "mariadb": "mysql",
    "oracle": "oracle",
    "tsql": "tsql", "sqlserver": "tsql", "mssql": "tsql",
    "db2": "db2", "ibm_db_sa": "db2",
    "sqlite": "sqlite",
}  # fmt: skip
"""What users and drivers call the dialects, and what they are called here (as sqlglot does where it can)."""

_SIGNS = {
    "postgres": r"::\w|\bcharacter varying\b|\bOWNER TO\b|\b(?:BIG|SMALL)?SERIAL\b|\bTIMESTAMPTZ\b|\bBYTEA\b"
    r"|\bJSONB\b|\bnextval\(|\bALTER TABLE ONLY\b|\bwithout time zone\b|\bUSING btree\b|\bAS \$"
    r"|\bCREATE DOMAIN\b|^\\\w+",
    "mysql": r"`\w+`|\bENGINE\s*=|\bAUTO_INCREMENT\b|\bunsigned\b|\b(?:MEDIUM|LONG|TINY)(?:TEXT|BLOB)\b"
    r"|\bENUM\s*\(|/\*!\d+",
    "oracle": r"\bN?VARCHAR2\b|\bNUMBER\b\s*\(|\bNUMBER\b|\bTABLESPACE\b|\bENABLE\b|^/\s*$|\bPCTFREE\b"
    r"|\bSYSDATE\b|\bNOCACHE\b|\bSTORAGE\s*\(",
    "tsql": r"^\s*GO\s*$|\[\w+\]\.\[\w+\]|\bNVARCHAR\b|\bIDENTITY\s*\(|\bDATETIME2?\b|\bCLUSTERED\b|\bdbo\b"
    r"|\bUNIQUEIDENTIFIER\b|\bDATETIMEOFFSET\b|\bSMALLMONEY\b",
    "db2": r"\bFOR BIT DATA\b|\bDECFLOAT\b|\bWITH DEFAULT\b|\bCCSID\b|\bORGANIZE BY\b|\bIN USERSPACE\w*"
    r"|\bVARGRAPHIC\b|\bGENERATED (?:ALWAYS|BY DEFAULT) AS IDENTITY \(|\bDATA CAPTURE\b|\bIN \w+\.\w+\s*;"
    r"|\bINDEX IN\b|\bNOT LOGGED\b|\bTIMESTMP\b",
    "sqlite": r"\bAUTOINCREMENT\b|\bWITHOUT ROWID\b|^PRAGMA\b|\bsqlite_sequence\b|^BEGIN TRANSACTION;",
}
_SAMPLE = 2_000_000


def dialect_named(name: str) -> str:
    """Return a dialect by any of its names. Raises UsageError."""
    known = DIALECTS.get(name.lower())
    if known is None:
        expected = ", ".join(dict.fromkeys(DIALECTS.values()))
        raise UsageError.one("--dialect", f"is {name!r}, expected one of {expected}", "name one")
    return known


def guessed(text: str) -> str:
    """Return the dialect with the most signs in the text, PostgreSQL where there are none.

    >>> guessed("CREATE TABLE CUST (ID NUMBER(10), NAME VARCHAR2(40));")
    'oracle'
    """
    counts = {
        name: len(re.findall(signs, text[:_SAMPLE], re.IGNORECASE | re.MULTILINE))
        for name, signs in _SIGNS.items()
    }
    return max(counts, key=lambda name: counts[name])


def folded(name: str, dialect: str) -> str:
    """Return an unquoted name as the database keeps it, and as changes will have it."""
    if dialect == "postgres":
        return name.lower()
    return name.upper() if dialect in {"oracle", "db2"} else name
