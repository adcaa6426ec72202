"""What every command shares: the project it works on, loaded when it is first asked for."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from franca.config.toml import FILE_NAME

if TYPE_CHECKING:
    from franca.config.project import Project


class Context:
    """The project's folder and profile. The folder may be below the one that holds franca.toml."""

    def __init__(self, folder: Path, profile: str) -> None:
        self._folder = folder
        self.profile = profile

    @cached_property
    def folder(self) -> Path:
        """Return the folder of franca.toml: the given one or the nearest above it that has one."""
        start = self._folder.resolve()
        return next((p for p in (start, *start.parents) if (p / FILE_NAME).is_file()), start)

    @cached_property
    def project(self) -> "Project":
        """Return the loaded project. Raises DefinitionError with all its problems."""
        from franca.config.project import load

        return load(self.folder, self.profile)
