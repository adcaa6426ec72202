"""The published versions of an application's mappings: a number that grows with each new hash.

They stand in `contracts/mappings.json` beside franca.toml, to be committed with the mappings, so that
every worker on every machine stamps its events alike.
"""

import os
from pathlib import Path

import msgspec

from franca.errors import DefinitionError

FILE = Path("contracts") / "mappings.json"


class Versions:
    """The hashes of each application's published mappings, oldest first; the number is the place, from 1."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._hashes = _read(self._path)

    def number(self, application: str, mapping_hash: str) -> int:
        """Return the number of the newest version if it is this hash's, else the number it will get."""
        known = self._hashes.get(application, [])
        return len(known) if known[-1:] == [mapping_hash] else len(known) + 1

    def publish(self, application: str, mapping_hash: str) -> int:
        """Return the number of the newest version, which is this hash's from now on.

        Going back to earlier mappings is a new version too: what they say now is what counts. Raises
        DefinitionError where the file can't be written.
        """
        known = self._hashes.setdefault(application, [])
        if not known or known[-1] != mapping_hash:
            known.append(mapping_hash)
            self._write()
        return len(known)

    def _write(self) -> None:
        body = msgspec.json.format(msgspec.json.encode(self._hashes, order="deterministic"), indent=2)
        scratch = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(exist_ok=True)
            scratch.write_bytes(body + b"\n")
            scratch.replace(self._path)
        except OSError as error:
            raise DefinitionError.one(
                str(FILE),
                f"a new version of the mappings can't be published: {error}",
                "run `franca check` where the project is writable, commit the file, deploy it",
                str(self._path),
            ) from error


def _read(path: Path) -> dict[str, list[str]]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise DefinitionError.one(
            str(FILE), f"can't be read: {error}", "take it from version control again", str(path)
        ) from error
