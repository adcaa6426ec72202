"""Each line marked with an error is refused by the type checker."""

from franca import Application, Entity, Key, Table, codes, join, upper

crm = Application("crm")


class Person(Entity):
    nick: str | None = None
    id: Key[str]
    name: str


class Cust(Table):
    num: Key[str]
    name: str | None
    age: int


@crm.maps
def nullable_in_plus(cust: Cust) -> Person:
    return Person(id=cust.num, name="x" + cust.name)  # error: operator


@crm.maps
def nullable_in_field(cust: Cust) -> Person:
    return Person(id=cust.num, name=cust.name)  # error: arg-type


@crm.maps
def nullable_kept(cust: Cust) -> Person:
    return Person(id=cust.num, name=upper(cust.name))  # error: arg-type


@crm.maps
def wrong_type(cust: Cust) -> Person:
    return Person(id=cust.age, name=join(" ", cust.num))  # error: arg-type


@crm.maps
def unknown_column(cust: Cust) -> Person:
    return Person(id=cust.number, name="x")  # error: attr-defined


@crm.maps
def unknown_field(cust: Cust) -> Person:
    return Person(id=cust.num, name="x", nickname="y")  # error: call-arg


@crm.maps
def missing_field(cust: Cust) -> Person:
    return Person(id=cust.num)  # error: call-arg


@crm.maps
def nullable_code(cust: Cust) -> Person:
    return Person(id=cust.num, name=codes(cust.name, {"a": "b"}))  # error: arg-type


def frozen() -> None:
    person = Person(id="1", name="x")
    person.name = "y"  # error: misc
