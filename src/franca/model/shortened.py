"""Names no longer than PostgreSQL keeps: it cuts longer ones, and takes two that begin alike for one."""

from hashlib import sha256

from franca.model.shape import LONGEST_NAME

_BEGIN, _DIGEST, _END = 37, 8, 16


def shortened(name: str) -> str:
    """Return a name of at most 63 bytes: of a longer one beginning and end, a digest of all of it between.

    >>> shortened("customer_status"), len(shortened("a" * 64))
    ('customer_status', 63)
    """
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{name[:_BEGIN]}_{digest}_{name[-_END:]}"
