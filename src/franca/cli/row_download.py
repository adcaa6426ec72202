"""Brings files of rows from an object store or a web server to this machine, while they are loaded."""

import fnmatch
import hashlib
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, IncompleteRead, InvalidURL
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from obstore.exceptions import NotFoundError

from franca.cli.output import without_login
from franca.cli.row_sources import is_data, is_pattern, partitions_of
from franca.cli.rows import RowFile
from franca.config.project import Project
from franca.errors import UnavailableError, UsageError
from franca.lake.location import ObjectStore, open_store
from franca.lake.translation import translated

_WEB = ("http", "https")
_SECONDS = 60
_SERVICE = "source"


def objects_of(project: Project, source: RowFile) -> Iterator[RowFile]:
    """Yield the URL of each object that a URL names: itself, those below a `/`, or those that fit a pattern.

    Raises UsageError where there is none, UnavailableError.
    """
    root, key = _taken_apart(source.path)
    is_web = source.path.split(":", 1)[0].lower() in _WEB
    if is_web or not (is_pattern(key) or key.endswith("/") or not key):
        yield replace(source, partitions=partitions_of(unquote(key) if is_web else key))
        return
    fixed = key if key.endswith("/") and not is_pattern(key) else _fixed(key)
    with translated(_SERVICE):
        listed = _store(project, root).list(fixed.rstrip("/") or None)
        names = sorted(str(each["path"]) for chunk in listed for each in chunk)
    found = [name for name in names if _fits(name, key)]
    if not found:
        raise UsageError.one(source.path, "no object with rows has such a name", "check the URL")
    for name in found:
        yield replace(source, path=f"{root}/{name}", partitions=partitions_of(name))


@contextmanager
def downloaded(project: Project, source: RowFile) -> Iterator[RowFile]:
    """Give a copy of a file that a URL names, which is removed when the block ends.

    Its content names it, and its time is that of the original, so that a backfill that was killed goes on
    with the new copy. Raises UsageError for what is not there, UnavailableError.
    """
    place = hashlib.sha256(source.path.encode()).hexdigest()[:16]
    root, key = _taken_apart(source.path)
    folder = project.state / "backfill" / place
    path = folder / (PurePosixPath(key).name or "file")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(0o600)  # it may hold personal data
        if source.path.split(":", 1)[0].lower() in _WEB:
            _from_web(source.path, path)
        else:
            _from_store(_store(project, root), key, path, source.path)
        yield replace(source, path=str(path))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _taken_apart(url: str) -> tuple[str, str]:
    """Return the root of a store and the key in it; a query belongs to neither."""
    scheme, _, rest = url.partition("://")
    host, _, key = rest.partition("/")
    return f"{scheme}://{host}", urlsplit(url).path.lstrip("/") if scheme.lower() in _WEB else key


def _store(project: Project, root: str) -> ObjectStore:
    return open_store(root, project.settings.lake.options)


def _fixed(key: str) -> str:
    """Return the folder in which all lies that a pattern may fit."""
    parts = key.split("/")
    count = next(place for place, part in enumerate(parts) if is_pattern(part))
    return "".join(f"{part}/" for part in parts[:count])


def _fits(name: str, key: str) -> bool:
    if not is_pattern(key):
        return name.startswith(key) and is_data(name.removeprefix(key))
    parts, wanted = name.split("/"), key.split("/")
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def _from_store(store: ObjectStore, key: str, path: Path, url: str) -> None:
    try:
        with translated(_SERVICE), path.open("wb") as file:
            found = store.get(key)
            for chunk in found:
                file.write(chunk)
    except UnavailableError as error:
        if isinstance(error.__cause__, NotFoundError | FileNotFoundError):
            raise UsageError.one(url, "no such object", "check the URL") from error
        raise
    _have_time(path, found.meta["last_modified"])


def _from_web(url: str, path: Path) -> None:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer, path.open("wb") as file:  # noqa: S310 - http or https
            shutil.copyfileobj(answer, file)
            size, written = (answer.headers.get(name) for name in ("Content-Length", "Last-Modified"))
    except urllib.error.HTTPError as error:
        if error.code in (404, 410):
            raise UsageError.one(_shown(url), "no such file", "check the URL") from error
        raise UnavailableError(_SERVICE, f"answers {error.code} {error.reason}", "check the URL") from error
    except InvalidURL as error:  # it tells what it takes for a port, which may be a password
        reason = "is not how a URL of a file is written"
        raise UsageError.one(_shown(url), reason, "write no login in it, and blanks as %20") from error
    except IncompleteRead as error:
        raise _broken_off() from error
    except (OSError, ValueError, HTTPException) as error:
        reason = str(error).strip() or type(error).__name__
        raise UnavailableError(_SERVICE, reason, "check the URL, and try again") from error
    if size is not None and size.isdecimal() and path.stat().st_size != int(size):
        raise _broken_off()
    if written is not None:
        with suppress(ValueError):  # a server that writes it otherwise tells no time
            _have_time(path, parsedate_to_datetime(written))


def _broken_off() -> UnavailableError:
    return UnavailableError(_SERVICE, "broke off before the file's end", "try again")


def _have_time(path: Path, written: datetime) -> None:
    """Give a copy the time of the original, which orders its rows among those of other files."""
    os.utime(path, (written.timestamp(), written.timestamp()))


def _shown(url: str) -> str:
    """Return a URL without its login, and without its query, which may hold a signature."""
    return without_login(url).partition("?")[0]
