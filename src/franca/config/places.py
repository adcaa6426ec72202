"""Where the lake and the archive are, as franca.toml says it: a folder, or the URL of an object store."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from franca.config.project import Project
from franca.config.settings import ArchiveSettings, LakeSettings
from franca.errors import DefinitionError

_ODD = re.compile(r"[?\\\x00-\x1f\x7f]|%[0-9A-Fa-f]{2}")
"""What Delta's libraries take for a part of an address, or refuse, in the name of a folder."""

_UNNAMED = re.compile(r"[?#\x00-\x1f\x7f]")
"""What ends the path of a URL: libraries leave out what follows, and all tables would be one."""

_MISSPELT = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/(?!/)")
_FILE = re.compile(r"file://", re.IGNORECASE)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_PREFIX = re.compile("^(aws|azure|google)_")
_ENDPOINTS = ("endpoint", "endpoint_url")
_EMULATORS = ("use_emulator", "storage_use_emulator")
_TRUE = ("1", "true", "on", "yes", "y")


def place(project: Project, settings: LakeSettings | ArchiveSettings, name: str) -> str:
    """Return the URL that settings tell, or an absolute folder: relative ones are below the project's.

    `name` is their table in franca.toml. Raises DefinitionError where it is a file, or what Delta can't name,
    and where options name an address that no request can be sent to.
    """
    url = settings.url
    if misspelt := _MISSPELT.match(url):
        expected = f"expected {misspelt[1]}:// with two slashes, or a folder"
        raise _wrong(name, f"got {url!r}, which is no URL; {expected}")
    if "://" not in url:
        return _folder((project.folder / Path(url)) if url else project.state / name, name)
    if _FILE.match(url):
        return _folder(_path_of(url, name), name)
    if odd := _UNNAMED.search(url):
        raise _wrong(name, f"got {url!r}; expected a URL without {odd.group()!r}, which would end its path")
    _require_endpoint(settings.options, name)
    return url


def _require_endpoint(options: Mapping[str, str], name: str) -> None:
    """Refuse an endpoint without its scheme, and one of plain HTTP where that is allowed nowhere."""
    plain = {_PREFIX.sub("", option.lower()): (option, value) for option, value in options.items()}
    told = next((plain[each] for each in _ENDPOINTS if each in plain), None)
    if told is None:
        return
    option, address = told
    path = f"{name}.options.{option}"
    if not re.match(r"https?://[^/]", address, re.IGNORECASE):
        reason = f"got {address!r}, expected http://HOST:PORT or https://HOST"
        raise DefinitionError.one(path, reason, f"change it in [{name}.options] in franca.toml")
    allowed = [plain[each][1] for each in ("allow_http", *_EMULATORS) if each in plain]
    allowed += [os.environ.get(f"{maker}_ALLOW_HTTP", "") for maker in ("AWS", "AZURE", "GOOGLE")]
    if address.lower().startswith("http:") and not any(each.lower() in _TRUE for each in allowed):
        reason = f"got {address!r}, and requests are sent by HTTPS alone unless HTTP is allowed"
        raise DefinitionError.one(path, reason, f'say "aws_allow_http" = "true" in [{name}.options]')


def _path_of(url: str, name: str) -> Path:
    """Return the folder of a URL that begins with `file://`."""
    path = _FILE.sub("", url)
    path = path.removeprefix("localhost") if path.startswith("localhost/") else path
    if not path.startswith("/") or _ENCODED.search(path):
        raise _wrong(name, f"got {url!r}, expected file:///FOLDER on this machine, or the folder as a path")
    return Path(path)


def _folder(folder: Path, name: str) -> str:
    if folder.exists() and not folder.is_dir():
        raise _wrong(name, f"got {str(folder)!r}, which is a file; expected a folder or the URL of one")
    odd = _ODD.search(str(folder)) if name == "lake" else None
    if odd:
        expected = f"expected a folder without {odd.group()!r}, which Delta's libraries can't name"
        raise _wrong(name, f"got {str(folder)!r}; {expected}")
    return str(folder)


def _wrong(name: str, reason: str) -> DefinitionError:
    return DefinitionError.one(f"{name}.url", reason, f"change url of [{name}] in franca.toml")
