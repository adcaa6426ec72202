"""Makes messages wrong: in their structure, in their values, in their bytes. The same seed gives the same."""

import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.fuzz.seeds import Seed
from tests.fuzz.tree import Node, Object, Tree, atom
from tests.fuzz.values import BYTES, DEPTH_WEIGHTS, DEPTHS, NAMES, TEXTS, VALUES

Mutator = Callable[[random.Random, Tree, Sequence[Seed]], None]


def mutated(chance: random.Random, value: bytes | None, seeds: Sequence[Seed]) -> bytes | None:
    """Return a value with one thing made wrong: None for nothing at all."""
    if value is None or chance.random() < 0.002:
        return None
    if value[:1] == b"\0" and chance.random() < 0.7:  # what stands behind the id of a schema
        return value[:5] + (mutated(chance, value[5:], seeds) or b"")
    if chance.random() < 0.75:
        with suppress(ValueError, RecursionError):  # what is no JSON, or too deep, has no structure
            tree = Tree(value)
            chance.choice(STRUCTURE)(chance, tree, seeds)
            return bytes(tree)
    return chance.choice(FLAT)(chance, value, seeds)


def _set_value(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    chance.choice(tree.places()).put(chance.choice(VALUES))


def _set_text(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    place = chance.choice(tree.places())
    text = chance.choice(TEXTS)
    if isinstance(place.node, bytes) and place.node.startswith(b'"'):
        at = chance.randint(1, max(1, len(place.node) - 1))
        place.put(place.node[:at] + atom(text)[1:-1] + place.node[at:])
    else:
        place.put(atom(text))


def _other_type(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    place = chance.choice(tree.places())
    text = bytes(place.node) if isinstance(place.node, bytes) else b"5"
    inner = text[1:-1] if text.startswith(b'"') else b'"' + text + b'"'
    place.put(chance.choice((inner, [place.node], Object([(b'"a"', place.node)]), b"null", b"true", b"0")))


def _blow_up(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    numbers = [p for p in tree.places() if isinstance(p.node, bytes) and p.node[:1] in b"-0123456789"]
    if numbers:
        place = chance.choice(numbers)
        digits = bytes(place.node)[:20] if isinstance(place.node, bytes) else b""  # twice is not 25 MB
        count = chance.choice((2, 5, 19, 40, 400, 5_000))
        ends = (digits * count, digits + b"0" * count, digits + b"e%d" % count, digits + b"." + b"3" * count)
        place.put(
            chance.choice((*ends, b"-" + digits, digits + b"E-%d" % count, digits + b"." + b"0" * count))
        )


def _nest(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    place, depth = chance.choice(tree.places()), chance.choices(DEPTHS, DEPTH_WEIGHTS)[0]
    opening, closing = chance.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b'{"$date":', b"}"), (b'{"after":', b"}"))
    )
    text = bytes(place.node) if isinstance(place.node, bytes) else b"1"
    whole = opening * depth + text + closing * depth
    place.put(atom(whole.decode("utf-8", "replace")) if chance.random() < 0.2 else whole)


def _splice(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    """Put a part of another message here, by preference what has the same name there."""
    try:
        other = Tree(chance.choice(seeds).value)
    except ValueError:
        return
    objects, others = tree.objects(), other.objects()
    if objects and others and chance.random() < 0.7:
        ours, theirs = chance.choice(objects), dict(chance.choice(others).members)
        shared = [at for at, (name, _) in enumerate(ours.members) if name in theirs]
        if shared:
            at = chance.choice(shared)
            ours.members[at] = (ours.members[at][0], theirs[ours.members[at][0]])
            return
        ours.members += theirs.items()
        return
    chance.choice(tree.places()).put(chance.choice(other.places()).node)


def _members(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    """Drop, double, rename, reorder or exchange members of an object."""
    objects = tree.objects()
    if not objects:
        return
    members = chance.choice(objects).members
    at = chance.randrange(len(members))
    name, value = members[at]
    match chance.randrange(6):
        case 0:
            del members[at]
        case 1:
            members.insert(chance.randint(0, len(members)), (name, chance.choice((value, *VALUES[:20]))))
        case 2:
            members[at] = (chance.choice(NAMES), value)
        case 3:
            chance.shuffle(members)
        case 4:
            other = chance.randrange(len(members))
            members[at], members[other] = (name, members[other][1]), (members[other][0], value)
        case _:
            members.append((chance.choice(NAMES), value))


def _within_text(chance: random.Random, tree: Tree, seeds: Sequence[Seed]) -> None:
    """Mutate the JSON that a text holds, as MongoDB's documents and forwarded messages."""
    texts = [p for p in tree.places() if isinstance(p.node, bytes) and p.node.startswith((b'"{', b'"['))]
    if not texts:
        _members(chance, tree, seeds)
        return
    place = chance.choice(texts)
    try:
        text = Tree(bytes(place.node)).root if isinstance(place.node, bytes) else b""
        inner = mutated(chance, _unquoted(text), seeds)
    except (ValueError, RecursionError):
        return
    place.put(atom((inner or b"").decode("utf-8", "replace")))


def _unquoted(node: Node) -> bytes:
    return str(json.loads(node if isinstance(node, bytes) else b'""')).encode("utf-8", "replace")


def _flip(chance: random.Random, value: bytes, seeds: Sequence[Seed]) -> bytes:
    data = bytearray(value)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _cut(chance: random.Random, value: bytes, seeds: Sequence[Seed]) -> bytes:
    first, last = sorted((chance.randint(0, len(value)), chance.randint(0, len(value))))
    return chance.choice((value[:first], value[last:], value[:first] + value[last:], value[first:last]))


def _insert(chance: random.Random, value: bytes, seeds: Sequence[Seed]) -> bytes:
    at = chance.choice((0, len(value), chance.randint(0, len(value))))
    return value[:at] + chance.choice(BYTES) + value[at:]


def _fill(chance: random.Random, value: bytes, seeds: Sequence[Seed]) -> bytes:
    """Fill a stretch with one byte, as a field that nobody set: blanks, zeros, low and high values."""
    first, length = chance.randint(0, len(value)), chance.choice((1, 1, 2, 4, 8))
    return value[:first] + chance.choice(FILLINGS) * length + value[first + length :]


def _join(chance: random.Random, value: bytes, seeds: Sequence[Seed]) -> bytes:
    other = chance.choice(seeds).value
    return value[: chance.randint(0, len(value))] + other[chance.randint(0, len(other)) :]


def _recode(chance: random.Random, value: bytes, seeds: Sequence[Seed]) -> bytes:
    coding = chance.choice(("utf-16", "utf-16-le", "utf-32-be", "utf-8-sig", "utf-7", "cp500"))
    return value.decode("utf-8", "replace").encode(coding, "replace")


STRUCTURE: tuple[Mutator, ...] = (
    _set_value, _set_value, _set_text, _other_type, _blow_up, _nest, _splice, _splice, _members, _members,
    _members, _within_text,
)  # fmt: skip
FLAT = (_flip, _flip, _cut, _insert, _fill, _join, _recode)
FILLINGS = (b" ", b"0", b"9", b"\x00", b"\xff", b"\x40", b"\xf0", b"\x0c", b"\x0d", b"\x0f")
