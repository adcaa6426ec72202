"""`franca map`: raw messages in, events out, without any service."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from franca.cli.context import Context
from franca.cli.rows import RowFile, keys_of
from franca.config.pipelines import on_ramp
from franca.config.topics import table_topic
from franca.model.shape import shape_of
from franca.pipeline.lines import map_lines


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("map")(map_)
