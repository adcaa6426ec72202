"""A mapping ready for the stream: generated functions from a row to events, without the user's classes."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, cast

import msgspec

from franca.mapping.python import leaves, words
from franca.mapping.python.emitter import Emitter
from franca.mapping.python.explain import Explainer, Part
from franca.mapping.python.failure import Absent, Failed
from franca.mapping.tree import Expression, Item, Tree, columns_of
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape

Events = Sequence[tuple[str, msgspec.Struct]]
"""Per event the subject (the entity's key as text) and its data."""


class Compiled:
    """Runs a mapping on rows as the decoder of `row_type` makes them.

    `events(row)` gives each event's subject and data: a struct of JSON-ready values, every field of the
    entity in the model's order, null where the mapping names none. `keys(row)` gives subject and key fields
    only, and needs only the columns on which the keys depend. Both raise MapError, `events` also where two
    items of a list have the same key. A reason shows no value of the table's columns that `personal` gives;
    it is asked when a row has failed.
    """

    def __init__(
        self, tree: Tree, entity: Shape, table: Shape, personal: Callable[[], frozenset[str]]
    ) -> None:
        self.data_type = leaves.data_type(entity.cls, entity.fields)
        self.key_type = leaves.data_type(entity.cls, entity.keys)
        self._tree, self._entity, self._table = tree, entity, table
        self._personal = personal
        self.events: Callable[[Any], Events] = self._function(entity.fields, self.data_type, unrepeated)

    @cached_property
    def keys(self) -> Callable[[Any], Events]:
        """Return the function for what is known of a deleted row."""
        return self._function(self._entity.keys, self.key_type)

    def _function(
        self, fields: tuple[Field, ...], data: type[msgspec.Struct], check: Callable[[Events], Events] = tuple
    ) -> Callable[[Any], Events]:
        emitter = new_emitter()
        emitter.depth = 2
        names = emitter.constant(data, "D"), emitter.constant(check, "f")
        body(emitter, self._tree, self._entity, fields, *names)
        explain = Explainer(lambda: self._parts(fields)).explain
        lines = [
            "def mapped(row):",
            "    try:",
            *emitter.lines,
            "    except Exception as error:",
            f"        raise {emitter.constant(explain, 'e')}(row, error) from None",
        ]
        return compiled(lines, emitter)

    def inline(self, emitter: Emitter) -> "tuple[str, str] | None":
        """Write the statements for a row into somebody's function; return the atoms of subject and data.

        None where not every row gives exactly one event.
        """
        tree, fields = self._tree, self._entity.fields
        if tree.where is not None or len(tree.items) != 1 or tree.items[0].where is not None:
            return None
        emitter.load(_columns(tree, fields))
        subject, data = _item(
            emitter, tree.items[0], self._entity, fields, emitter.constant(self.data_type, "D")
        )
        return subject, data

    def _parts(self, fields: tuple[Field, ...]) -> list[Part]:
        """Return the mapping piece by piece, to find the place where a row fails."""
        tree, pii = self._tree, self._personal()
        parts = [Part(name, "", True, _column(name)) for name in _columns(tree, fields)]
        if tree.where is not None:
            parts.append(_condition("where", tree.where, pii))
        for index, item in enumerate(tree.items):
            prefix = f"[{index}]." if len(tree.items) > 1 else ""
            if item.where is not None:
                parts.append(_condition(f"{prefix}where", item.where, pii))
            for field in fields:
                node = item.fields.get(field.name)
                if node is not None:
                    hidden = field.is_personal or bool(columns_of(node) & pii)
                    parts.append(Part(f"{prefix}{field.name}", prefix, hidden, _single(node, field)))
        return [*parts, self._repeated(pii)] if len(tree.items) > 1 else parts

    def _repeated(self, pii: frozenset[str]) -> Part:
        """Return the piece that finds a key which several items have."""
        keys, emitter = self._entity.keys, new_emitter()
        names = emitter.constant(self.key_type, "D"), emitter.constant(unrepeated, "f")
        body(emitter, self._tree, self._entity, keys, *names)
        nodes = [item.fields[field.name] for item in self._tree.items for field in keys]
        hidden = any(field.is_personal for field in keys) or any(columns_of(node) & pii for node in nodes)
        run = compiled(["def mapped(row):", *emitter.lines], emitter)
        return Part("/".join(field.name for field in keys), "", hidden, run)


def new_emitter() -> Emitter:
    """Return an emitter that knows every word."""
    return Emitter({**words.STRICT, **leaves.STRICT}, {**words.WHOLE, **leaves.WHOLE})


def scope(emitter: Emitter) -> dict[str, Any]:
    """Return the names to which an emitter's lines refer."""
    return {**emitter.constants, "UNSET": msgspec.UNSET, "Absent": Absent, "Failed": Failed}


def compiled(lines: list[str], emitter: Emitter) -> Callable[[Any], Any]:
    """Return the function whose source the lines are."""
    names = scope(emitter)
    exec(compile("\n".join(lines), "<franca mapping>", "exec"), names)  # noqa: S102  # the text is ours
    return cast("Callable[[Any], Any]", names["mapped"])


def body(
    emitter: Emitter, tree: Tree, entity: Shape, fields: tuple[Field, ...], data: str, check: str
) -> None:
    """Write the statements that turn a row into events; `check` is who looks at a list of them, if anyone."""
    if tree.where is not None:
        emitter.load(sorted(columns_of(tree.where)))
        emitter.line(f"if not {emitter.emit(tree.where)}:")
        emitter.line("    return ()")
    emitter.load(_columns(tree, fields))
    if len(tree.items) == 1 and tree.items[0].where is None:
        emitter.line(f"return ({_made(emitter, tree.items[0], entity, fields, data)},)")
        return
    emitter.line("made = []")
    for item in tree.items:
        if item.where is None:
            emitter.line(f"made.append({_made(emitter, item, entity, fields, data)})")
        else:
            with emitter.branch(f"if {emitter.emit(item.where)}:"):
                emitter.line(f"made.append({_made(emitter, item, entity, fields, data)})")
    emitter.line(f"return {check}(made)" if len(tree.items) > 1 else "return made")


def unrepeated(made: Events) -> Events:
    """Return the events of a list, of which no two may have the same key. Raises Failed."""
    if len(dict(made)) < len(made):
        ((subject, _),) = Counter(subject for subject, _ in made).most_common(1)
        expected = "a key that no other item of the list has: give each item a key of its own"
        raise Failed("repeated-key", expected, subject)
    return made


def _columns(tree: Tree, fields: tuple[Field, ...]) -> list[str]:
    """Return the columns that the conditions and the given fields mention, in a fixed order."""
    names = {field.name for field in fields}
    found: dict[str, None] = {}
    nodes = [tree.where, *(item.where for item in tree.items)]
    nodes += [node for item in tree.items for name, node in item.fields.items() if name in names]
    for node in nodes:
        if node is not None:
            found.update(dict.fromkeys(sorted(columns_of(node))))
    return list(found)


def _made(emitter: Emitter, item: Item, entity: Shape, fields: tuple[Field, ...], data: str) -> str:
    return f"({', '.join(_item(emitter, item, entity, fields, data))})"


def _item(
    emitter: Emitter, item: Item, entity: Shape, fields: tuple[Field, ...], data: str
) -> tuple[str, str]:
    atoms = {field.name: _field(emitter, item.fields.get(field.name), field) for field in fields}
    subject = key_text(emitter, [(field, atoms[field.name]) for field in entity.keys])
    return subject, f"{data}({', '.join(atoms[field.name] for field in fields)})"


def _field(emitter: Emitter, node: "Expression | None", field: Field) -> str:
    """Write a field's JSON-ready value, its constraints checked."""
    if node is None:
        return "None"
    if field.constraints:
        atom = emitter.emit(node)
        check = emitter.constant(leaves.checker(field), "f")
        emitter.line(f"if {atom} is not None:" if node.type.nullable else "if True:")
        emitter.line(f"    {check}({atom})")
    return emitter.emit(leaves.leafed(node, field))


def key_text(emitter: Emitter, keys: Sequence[tuple[Field, str]]) -> str:
    """Write the key's text: that of the one field, or of several joined by `/` with `%` and `/` encoded."""
    texts = [_key_part(field, atom) for field, atom in keys]
    if len(texts) > 1:
        encode = emitter.constant(encoded, "f")
        return emitter.bind(' + "/" + '.join(f"{encode}({text})" for text in texts))
    field, _ = keys[0]
    if field.kind is not Kind.TEXT:
        return texts[0]
    emitter.line(f"if not {texts[0]}:")
    emitter.line(f'    raise Failed("empty-key", "a key with at least one character", {texts[0]})')
    return texts[0]


def _key_part(field: Field, atom: str) -> str:
    if field.kind is Kind.INTEGER:
        return f"str({atom})"
    if field.kind is Kind.BOOLEAN:
        return f"str({atom}).lower()"
    return atom


def encoded(text: str) -> str:
    """Return one part of a key of several fields.

    >>> encoded("50%/a")
    '50%25%2Fa'
    """
    return text.replace("%", "%25").replace("/", "%2F")


def _single(node: Expression, field: Field) -> Callable[[Any], object]:
    emitter = new_emitter()
    emitter.load(sorted(columns_of(node)))
    atom = _field(emitter, node, field)
    if field.key:
        key_text(emitter, [(field, atom)])
    emitter.line(f"return {atom}")
    return compiled(["def mapped(row):", *emitter.lines], emitter)


def _condition(path: str, node: Expression, pii: frozenset[str]) -> Part:
    emitter = new_emitter()
    emitter.load(sorted(columns_of(node)))
    emitter.line(f"return {emitter.emit(node)}")
    run = compiled(["def mapped(row):", *emitter.lines], emitter)
    return Part(path, path.removesuffix("where"), bool(columns_of(node) & pii), run, condition=True)


def _column(name: str) -> Callable[[Any], object]:
    def present(row: Any) -> object:
        if getattr(row, name) is msgspec.UNSET:
            raise Absent
        return None

    return present
