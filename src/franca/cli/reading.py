"""How a file of rows is read, as far as that is not what its table and its own head tell."""

import codecs
from dataclasses import replace

from franca.cli.rows import RowFile
from franca.errors import DefinitionError
from franca.model.layouts import Csv, Layout


def reading_of(file: RowFile, layout: Layout | None, *, is_laid_out: bool) -> str:
    """Return what was said of how a file is read, empty where it would be read so anyway.

    Its rows are such as the table's layout says, if `is_laid_out`. Raises UsageError for what can't be said.
    """
    if is_laid_out:
        return _of_csv(layout, file.csv_layout(layout)) if isinstance(layout, Csv) else ""
    kind = "" if layout is None else file.kind
    if file.kind != "csv":
        return kind
    told = file.csv_layout(Csv())
    if not file.delimiter:
        return kind + _of_csv(Csv(delimiter=told.delimiter), told)
    try:
        usual = replace(file, delimiter="").open_csv().layout
    except DefinitionError:  # so nobody has read it
        usual = Csv(delimiter="")
    return kind + _of_csv(Csv(delimiter=usual.delimiter), told)


def _of_csv(usual: Csv, told: Csv) -> str:
    encodings = [codecs.lookup(each.encoding).name for each in (usual, told)]
    encoding = encodings[1] if encodings[0] != encodings[1] else ""
    delimiter = told.delimiter if told.delimiter != usual.delimiter else ""
    return f"{delimiter}{encoding}"
