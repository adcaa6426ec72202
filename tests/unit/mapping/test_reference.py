"""Reference tables: dicts, and CSV files beside the module that names them."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from franca.errors import DefinitionError
from franca.mapping.reference import Reference

MODULE = """
from franca.mapping.reference import Reference

table = Reference("codes.csv"{})
"""


def loaded(folder: Path, content: str | None, arguments: str = "") -> ModuleType:
    """Return a module that reads the file `codes.csv` beside it."""
    if content is not None:
        (folder / "codes.csv").write_text(content, encoding="utf-8")
    path = folder / "bank.py"
    path.write_text(MODULE.format(arguments))
    spec = spec_from_file_location("bank_of_references", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_file_is_found_beside_the_module_wherever_the_program_runs(tmp_path: Path) -> None:
    """The first two columns are code and meaning; a byte order mark is no part of the first."""
    module = loaded(tmp_path, "\ufeffcode,name\n1,Praha\n2,Brno\n")
    assert module.table.rows == {"1": "Praha", "2": "Brno"}
    assert module.table.name == "codes.csv"
    assert "bank_of_references" not in sys.modules


def test_columns_and_delimiter_can_be_named(tmp_path: Path) -> None:
    """The other columns do not matter."""
    module = loaded(tmp_path, "a;b;c\n1;x;Praha\n", ', key="a", value="c", delimiter=";"')
    assert module.table.rows == {"1": "Praha"}


def test_a_code_may_be_there_twice_with_the_same_meaning(tmp_path: Path) -> None:
    """It says nothing new."""
    assert loaded(tmp_path, "a,b\n1,x\n1,x\n").table.rows == {"1": "x"}


@pytest.mark.parametrize(
    ("content", "arguments", "reason"),
    [
        (None, "", "can't be read"),
        ("a,b\n1,x\n1,y\n", "", "twice"),
        ("a,b\n", "", "empty"),
        ("", "", "no column"),
        ("a,b\n1,x\n", ', key="z"', "no column 'z'"),
        ("a,b\n1\n", "", "no value"),
        (
            "a,b\n1,\ud83d\n".encode("utf-8", "surrogatepass").decode("latin-1"),
            ', encoding="ascii"',
            "can't be read",
        ),
    ],
)
def test_a_file_that_is_no_code_table_is_refused_with_its_place(
    tmp_path: Path, content: str | None, arguments: str, reason: str
) -> None:
    """The problem is at the line that names the file."""
    with pytest.raises(DefinitionError) as caught:
        loaded(tmp_path, content, arguments)
    (problem,) = caught.value.problems
    assert reason in problem.reason
    assert (Path(problem.file).name, problem.line) == ("bank.py", 4)


def test_a_dict_is_a_reference_too() -> None:
    """It is copied."""
    source = {"1": "Praha"}
    reference = Reference(source)
    source["2"] = "Brno"
    assert reference.rows == {"1": "Praha"}
