"""Qualified names of tables, as messages write them."""

import re

_QUOTED = re.compile(r'(?:"(?:[^"]|"")*"|[^".]+)(?:\.|$)')


def owner_and_table(name: str) -> tuple[str, str]:
    """Return what stands before a qualified name's last part, and that part, without quotes.

    >>> owner_and_table("PDB1.SALES.ORDERS"), owner_and_table('SALES."Mixed.Case"')
    (('PDB1.SALES', 'ORDERS'), ('SALES', 'Mixed.Case'))
    """
    parts = _QUOTED.findall(name) if '"' in name else []
    if not parts or "".join(parts) != name:
        owner, _, table = name.rpartition(".")
        return owner, table
    *owners, table = (_bare(part.removesuffix(".")) for part in parts)
    return ".".join(owners), table


def _bare(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part
