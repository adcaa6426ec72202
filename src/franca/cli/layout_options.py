"""The options of a command that say how records are laid out, over what a table declares."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from franca.errors import DefinitionError, UsageError
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.layouts import Copybook, Csv, Fixed, Layout, Rule
from franca.model.shape import shape_of


def known_format(name: str) -> str:
    """Return the name of a format as an option gives it. Raises UsageError where there is none of it."""
    try:
        format_named(name or "auto")
    except DefinitionError as error:
        raise UsageError(error.problems) from error
    return name


Delimiter = Annotated[str, typer.Option(help="Of csv; found out from the first line where not said.")]
Quote = Annotated[str | None, typer.Option(help="Of csv; empty where nothing is quoted.")]
Null = Annotated[
    str | None, typer.Option(help="Of csv: the text that is null; the empty one where not said.")
]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Of csv: whether the first row names the columns."),
]
Encoding = Annotated[str, typer.Option("--encoding", "--code-page", help="Of csv, fixed and copybook.")]
CopybookFile = Annotated[
    str, typer.Option("--copybook", help="A file with the COBOL copybook of the records.")
]
Cut = Annotated[
    Literal["", "F", "FB", "V", "VB", "D"],
    typer.Option(help="How the file is cut: fixed, by descriptor words, in blocks, by lines."),
]
Length = Annotated[int | None, typer.Option(min=1, help="Of a record, where the layout does not tell.")]
Which = Annotated[str, typer.Option(help="Which of the copybook's records, by its name.")]
Redefines = Annotated[
    list[str] | None, typer.Option(help="When one is read: ITEM=FIELD:VALUE,VALUE or ITEM=CONDITION.")
]
Occurs = Annotated[
    Literal["", "pad_record", "shift_record", "max_size"],
    typer.Option(help="How tables that depend on a count are written."),
]
Floats = Annotated[
    Literal["", "ibm", "ieee"], typer.Option(help="COMP-1 and COMP-2; by the code page where not said.")
]
"""The options themselves, as typer reads them off a command's parameters."""

_LAYOUTS: dict[str, type[Layout]] = {"csv": Csv, "fixed": Fixed, "copybook": Copybook}
_OF: dict[str, tuple[str, ...]] = {
    "csv": ("delimiter", "quote", "null", "header", "encoding"),
    "fixed": ("encoding", "record_format", "record_length"),
    "copybook": ("encoding", "copybook", "record_format", "record_length", "record", "redefines",
                 "variable_size_occurs", "floats"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOptions:
    """What was said; empty, or None, is what was not."""

    delimiter: str = ""
    quote: str | None = None
    null: str | None = None
    header: bool | None = None
    encoding: str = ""
    copybook: str = ""
    record_format: str = ""
    record_length: int | None = None
    record: str = ""
    redefines: tuple[str, ...] = ()
    variable_size_occurs: str = ""
    floats: str = ""

    def layout(self, name: str, table: type[Table] | None) -> Layout | None:
        """Return how records of a format are laid out, None for a format whose messages are JSON.

        Raises UsageError for an option that the format has not got.
        """
        kind = _LAYOUTS.get("copybook" if self.copybook else name)
        told = {option: getattr(self, option) for option in self.__dataclass_fields__}
        said = {option: value for option, value in told.items() if value not in ("", None, ())}
        if self.quote == "":
            said["quote"] = ""
        wrong = [option for option in said if kind is None or option not in _OF[kind.name]]
        if wrong:
            option = f"--{wrong[0].replace('_', '-')}"
            known = ", ".join(each for each, options in _OF.items() if wrong[0] in options)
            raise UsageError.one(
                option, f"says nothing of the format {name or 'auto'}", f"it is for {known}: --format"
            )
        if kind is None:
            return None
        declared = shape_of(table).format if table is not None else None
        base: Any = declared if isinstance(declared, kind) else kind()
        made: Layout = replace(base, **dict(_named(kind, option, value) for option, value in said.items()))
        return made

    def declares(self, table: type[Table]) -> bool:
        """Return whether the table says itself how its rows of CSV are written."""
        return isinstance(shape_of(table).format, Csv)

    def check(self, layout: Layout, table: type[Table] | None) -> None:
        """Raise UsageError for a file whose columns nobody names."""
        if isinstance(layout, Csv) and not layout.header and not layout.columns and table is None:
            raise UsageError.one(
                "--no-header", "leaves the columns without names", "name a --table of a project"
            )


def _named(kind: type[Layout], option: str, value: Any) -> tuple[str, Any]:
    match option:
        case "delimiter":
            return option, value.replace("\\t", "\t")
        case "copybook":
            if not Path(value).is_file():
                raise UsageError.one("--copybook", f"no such file: {value!r}", "check the path")
            return "path", value
        case "encoding" if kind is Copybook:
            return "code_page", value
        case "redefines":
            return option, dict(_rule(each) for each in value)
    return option, value


def _rule(text: str) -> tuple[str, Rule]:
    """Return a rule: `CONTACT=SEGMENT-ID:P,E`, or `CONTACT=IS-CONTACT`."""
    name, equals, rest = text.partition("=")
    item, colon, values = rest.partition(":")
    if not (name and equals and item):
        raise UsageError.one(
            "--redefines", f"got {text!r}", "expected ITEM=FIELD:VALUE,VALUE or ITEM=CONDITION"
        )
    return name.strip(), ((item.strip(), *values.split(",")) if colon else item.strip())
