"""Which of several alternatives a record has: rules, condition names, and the values that they name."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from franca.errors import DefinitionError
from franca.formats.copybook.item import Condition
from franca.formats.copybook.layout import Node
from franca.model.layouts import Rule


class Choice(NamedTuple):
    """When an alternative is read: the item to look at, its place where that never changes, the test."""

    key: str
    place: int | None
    holds: Callable[[Any], bool]


def choices_of(root: Node, rules: Mapping[str, Rule]) -> dict[int, list[Choice | None]]:
    """Return for each node with alternatives, by identity, the choice of each; None is what is left.

    Nodes for which no rule speaks are left out. Raises DefinitionError for rules of what is not there.
    """
    told = {name.upper(): rule for name, rule in rules.items()}
    found: dict[int, list[Choice | None]] = {}
    for node in root.walk():
        every = [node, *node.alternatives]
        chosen = (
            [_choice(root, each, told.pop(each.item.name, None)) for each in every]
            if node.alternatives
            else []
        )
        if any(chosen):
            found[id(node)] = chosen
    if told:
        name = next(iter(told))
        names = sorted(
            {each.item.name for n in root.walk() if n.alternatives for each in (n, *n.alternatives)}
        )
        reason = f"redefines names {name}, which neither redefines nor is redefined"
        raise DefinitionError.one("copybook", reason, f"expected one of {', '.join(names) or 'none'}")
    return found


def _choice(root: Node, node: Node, rule: Rule | None) -> Choice | None:
    if rule is None:
        return None
    if isinstance(rule, str):
        key, condition = _condition(root, rule.upper())
        ranges: Sequence[tuple[str, str]] = condition.values
    else:
        key = _item(root, rule[0].upper())
        ranges = [(value, value) for value in rule[1:]]
    element = key.element
    if element is None or not ranges:
        raise DefinitionError.one(
            node.item.name, "is chosen by no value of an item", 'name both: ("TYPE", "P")'
        )
    return Choice(key.item.name, _places(root).get(id(key)), _test(ranges, element.is_exact, key.item.name))


def _condition(root: Node, name: str) -> tuple[Node, Condition]:
    for node in root.walk():
        for condition in node.item.conditions:
            if condition.name == name:
                return node, condition
    reason = f"no level 88 is named {name}"
    raise DefinitionError.one("copybook", reason, 'name one, or an item and its values: ("TYPE", "P")')


def _item(root: Node, name: str) -> Node:
    for node in root.walk():
        if node.item.name == name and node.element is not None:
            return node
    raise DefinitionError.one("copybook", f"no item is named {name}", "name one of the copybook's items")


def _test(ranges: Sequence[tuple[str, str]], is_number: bool, name: str) -> Callable[[Any], bool]:
    """Return whether a value is one of some values or within a range of them."""
    try:
        made = [(_same(low, is_number), _same(high, is_number)) for low, high in ranges]
    except InvalidOperation as error:
        reason = f"{name} is a number, and is compared with text"
        raise DefinitionError.one("copybook", reason, "compare it with numbers") from error
    single = {low for low, high in made if low == high}
    wide = [(low, high) for low, high in made if low != high]

    def holds(value: Any) -> bool:
        if value is None or isinstance(value, bytes) or not isinstance(value, str | int | float | Decimal):
            return False
        kept = value.strip(" \0") if isinstance(value, str) else value
        return kept in single or any(low <= kept <= high for low, high in wide)

    return holds


def _same(text: str, is_number: bool) -> Any:
    return Decimal(text) if is_number else text.strip()


def _places(root: Node) -> dict[int, int]:
    """Return the places of items that are the same in every record, by the items' identity."""
    found: dict[int, int] = {}
    _place(root, 0, found)
    return found


def _place(node: Node, at: int, found: dict[int, int]) -> bool:
    """Find the places of a node and what is below it; return whether what follows has such a place too."""
    found[id(node)] = place = at + node.slack
    if node.item.occurs:
        return not node.is_dynamic
    for child in node.children:
        for other in child.alternatives:
            _place(other, place, found)
        if not _place(child, place, found):
            return False
        place += child.slack + child.room
    return True


def item_names(root: Node, choices: Mapping[int, Sequence[Choice | None]]) -> set[str]:
    """Return the items on which something depends: counts of tables, and what chooses alternatives."""
    counts = {node.item.depending for node in root.walk() if node.item.depending}
    return counts | {choice.key for each in choices.values() for choice in each if choice is not None}
