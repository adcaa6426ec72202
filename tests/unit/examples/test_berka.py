"""What the example of the Czech bank says about single rows."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from franca.config.project import Project, load
from franca.errors import MapError
from franca.testing import row

Call = Callable[..., Any]
TRANS = {
    "trans_id": 1,
    "account_id": 2,
    "date": "930226",
    "type": "PRIJEM",
    "operation": "VKLAD",
    "amount": Decimal("1100.00"),
    "balance": Decimal("1100.00"),
    "k_symbol": "",
    "bank": None,
    "account": None,
}


@pytest.fixture(scope="module")
def project() -> Project:
    """Give the example, loaded from its folder."""
    return load(Path(__file__).parents[3] / "examples" / "berka")


@pytest.fixture
def mapped(project: Project) -> Call:
    """Give a function that calls one mapping of the example with a row of its table."""
    mappings = {m.name: m for m in project.mappings()}

    def call(name: str, **columns: object) -> Any:
        return mappings[name](row(mappings[name].table, **columns))

    return call


def test_the_example_has_no_problems(project: Project) -> None:
    """An example that does not pass its own check would teach errors."""
    assert project.problems() == []


def test_every_entity_of_the_model_has_a_mapping(project: Project) -> None:
    """Nothing in the model is only a wish."""
    assert {m.entity for m in project.mappings()} == set(project.entities)


@pytest.mark.parametrize(
    ("number", "sex", "born"),
    [
        ("706213", "Female", date(1970, 12, 13)),
        ("450204", "Male", date(1945, 2, 4)),
        ("005101", "Female", date(1900, 1, 1)),
        ("110820", "Male", date(1911, 8, 20)),
        ("996231", "Female", date(1999, 12, 31)),
    ],
)
def test_a_birth_number_holds_sex_and_birth_date(mapped: Call, number: str, sex: str, born: date) -> None:
    """Women have 50 added to the month, and every year is one of the 1900s."""
    person = mapped("individual", client_id=1, birth_number=number, district_id=18)

    assert (person.id, person.sex.value, person.birth_date) == ("P1", sex, born)


@pytest.mark.parametrize("number", ["706313", "701313", "450230", "004229", "000229"])
def test_an_impossible_birth_number_is_a_problem(mapped: Call, number: str) -> None:
    """A thirteenth month, the 30th of February and the leap day of 1900 never were."""
    with pytest.raises(MapError) as caught:
        mapped("individual", client_id=1, birth_number=number, district_id=18)

    assert (caught.value.path, caught.value.code) == ("birth_date", "not-a-date")
    assert number not in str(caught.value)


def test_an_account_has_a_number_of_ten_digits(mapped: Call) -> None:
    """The business writes account 576 with its zeros, and its statement comes monthly."""
    found = mapped("account", account_id=576, district_id=55, frequency="POPLATEK MESICNE", date="930101")

    assert found.account_number == "0000000576"
    assert (found.statement_frequency.value, found.opened_on) == ("Monthly", date(1993, 1, 1))


def test_a_card_is_issued_at_midnight_in_prague(mapped: Call) -> None:
    """Local time without a zone is the application's, and UTC in the model."""
    summer = mapped("card", card_id=1, disp_id=2, type="gold", issued="980701 00:00:00")
    winter = mapped("card", card_id=1, disp_id=2, type="junior", issued="931107 00:00:00")

    assert summer.issued_at == datetime(1998, 6, 30, 22, tzinfo=UTC)
    assert winter.issued_at == datetime(1993, 11, 6, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("A", ("Finished", False)),
        ("B", ("Finished", True)),
        ("C", ("Running", False)),
        ("D", ("Running", True)),
    ],
)
def test_a_letter_says_two_things_about_a_loan(mapped: Call, status: str, meaning: tuple[str, bool]) -> None:
    """Whether the contract has ended, and whether it was kept."""
    found = mapped(
        "loan",
        loan_id=1,
        account_id=2,
        date="930705",
        amount=Decimal(96396),
        duration=12,
        payments=Decimal("8033.00"),
        status=status,
    )

    assert (found.status.value, found.in_default) == meaning


def test_what_nobody_counted_is_null(mapped: Call) -> None:
    """A question mark among the figures of a district is null, in its own year only."""
    columns = {
        "code": 69,
        "unemployment_95": "?",
        "unemployment_96": "7.01",
        "crimes_95": "?",
        "crimes_96": "1358",
    }

    before, after = mapped("district_year", **columns)

    assert (before.year, before.unemployment_percent, before.crimes) == (1995, None, None)
    assert (after.year, after.unemployment_percent, after.crimes) == (1996, Decimal("7.01"), 1358)


@pytest.mark.parametrize(
    ("symbol", "purpose"), [(" ", None), ("", None), (None, None), ("SIPO", "Household")]
)
def test_a_blank_symbol_is_no_purpose(mapped: Call, symbol: str | None, purpose: str | None) -> None:
    """Blank, empty and missing say the same: nobody knows what the payment is for."""
    assert mapped("transaction", **{**TRANS, "k_symbol": symbol}).purpose == purpose


def test_money_that_leaves_is_negative(mapped: Call) -> None:
    """The amount itself has no sign in the application; the direction has."""
    found = mapped("transaction", **{**TRANS, "type": "VYDAJ", "operation": "VYBER"})

    assert (found.direction.value, found.signed_amount, found.amount) == (
        "Debit",
        Decimal(-1100),
        Decimal(1100),
    )


def test_an_undocumented_type_is_a_problem_of_the_transaction_only(mapped: Call) -> None:
    """The manual knows PRIJEM and VYDAJ; what VYBER means as a type is for its owner to say."""
    columns = {**TRANS, "type": "VYBER", "bank": "YZ", "account": "1"}

    with pytest.raises(MapError) as caught:
        mapped("transaction", **columns)

    assert (caught.value.path, caught.value.code) == ("direction", "unknown-code")
    assert mapped("transfer", **columns).bank == "YZ"


@pytest.mark.parametrize("other", [None, "", " "])
def test_without_another_bank_there_is_no_transfer(mapped: Call, other: str | None) -> None:
    """Cash withdrawals name the account 0 of no bank, which is no account."""
    assert mapped("transfer", **{**TRANS, "bank": other, "account": "0"}) is None
