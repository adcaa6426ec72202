"""A mapping: a function from a table's row to an entity, traced once into one expression tree."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import msgspec

from franca.errors import DefinitionError, MapError, Problem
from franca.mapping.checking import item_problems
from franca.mapping.objects import object_of
from franca.mapping.python.compiled import Compiled
from franca.mapping.signature import Signature
from franca.mapping.tracing import trace
from franca.mapping.tree import Expression, Tree, columns_of
from franca.model.entity import LEAVES, Entity, Table
from franca.model.rows import row_type
from franca.model.shape import shape_of

if TYPE_CHECKING:
    from franca.mapping.application import Application

T = TypeVar("T", bound=Table)
R = TypeVar("R")
V = TypeVar("V")


class Mapping(Generic[T, R]):
    """What one table's rows mean for one entity.

    Called with a row, as tests do, it runs the generated function, never the body, and returns what the
    function's annotation says. A mapping with problems raises them, all at once, wherever it is used.
    """

    def __init__(self, application: "Application", signature: Signature) -> None:
        self.application = application
        self.name = signature.name
        self.file, self.line = signature.file, signature.line
        self.is_list, self.optional = signature.is_list, signature.optional
        self._signature = signature
        self._tree: Tree | None = None
        self.problems: tuple[Problem, ...] = signature.problems
        if not self.problems:
            self.problems = self._trace()

    @property
    def table(self) -> type[Table]:
        """The table's class."""
        self.check()
        return cast("type[Table]", self._signature.table)

    @property
    def entity(self) -> type[Entity]:
        """The entity's class."""
        self.check()
        return cast("type[Entity]", self._signature.entity)

    @property
    def tree(self) -> Tree:
        """The expression tree. Raises DefinitionError with the mapping's problems."""
        self.check()
        assert self._tree is not None
        return self._tree

    def check(self) -> None:
        """Raise DefinitionError when the mapping has problems."""
        if self.problems:
            raise DefinitionError(self.problems)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The attributes of the table that the mapping mentions, conditions included."""
        return frozenset().union(*(columns_of(each) for each in self.tree.expressions()))

    @cached_property
    def key_columns(self) -> frozenset[str]:
        """The attributes on which it depends whether, how many and which entities a row makes."""
        keys = {field.name for field in shape_of(self.entity).keys}
        nodes: list[Expression | None] = [self.tree.where]
        for item in self.tree.items:
            nodes.append(item.where)
            nodes.extend(node for name, node in item.fields.items() if name in keys)
        return frozenset().union(*(columns_of(node) for node in nodes if node is not None))

    @property
    def conditional(self) -> bool:
        """Whether there may be rows of which it makes nothing, or less."""
        return self.tree.where is not None or any(item.where is not None for item in self.tree.items)

    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Return per field of the entity the columns it comes from, in the table's order."""
        order = [field.name for field in shape_of(self.table).fields]
        found: dict[str, set[str]] = {}
        for item in self.tree.items:
            for name, node in item.fields.items():
                found.setdefault(name, set()).update(columns_of(node))
        return {name: tuple(sorted(columns, key=order.index)) for name, columns in found.items()}

    def personal(self) -> frozenset[str]:
        """Return the attributes of the table that hold personal data.

        They are marked so, or some mapping of the application makes a field of them that is.
        """
        found = {field.name for field in shape_of(self.table).fields if field.is_personal}
        for each in self.application.mappings:
            if not each.problems and each.table is self.table:
                private = {field.name for field in shape_of(each.entity).fields if field.is_personal}
                found.update(*(columns for name, columns in each.lineage().items() if name in private))
        return frozenset(found)

    def compiled(self) -> Compiled:
        """Return the generated functions for the stream. Raises DefinitionError."""
        return self._compiled

    @cached_property
    def _compiled(self) -> Compiled:
        return Compiled(self.tree, shape_of(self.entity), shape_of(self.table), self.personal)

    def __call__(self, row: T) -> R:
        """Return the entities of a row. Raises MapError for a bad row, DefinitionError for a bad mapping."""
        self.check()
        self._check_row(row)
        made = [self._object(data, index) for index, (_, data) in enumerate(self._compiled.events(row))]
        if self.is_list:
            return cast("R", made)
        return cast("R", made[0] if made else None)

    def _object(self, data: msgspec.Struct, index: int) -> Entity:
        named = self.tree.items[index].fields if len(self.tree.items) == 1 else self._named
        return object_of(data, shape_of(self.entity), named)

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset().union(*(item.fields for item in self.tree.items))

    def _check_row(self, row: object) -> None:
        """Refuse a row whose values are not of the columns' types: the generated function trusts them."""
        values = {name: getattr(row, name, msgspec.UNSET) for name in sorted(self.columns)}
        present = {name: value for name, value in values.items() if value is not msgspec.UNSET}
        absent = [name for name in values if name not in present]
        for name in absent if not hasattr(row, "__struct_fields__") else ():
            raise MapError(name, "the row has no such attribute; expected a row of the table", "absent-input")
        kind = row_type(self.table, self.columns)
        by_column = {field.name: field.column for field in shape_of(self.table).fields}
        try:
            msgspec.convert(
                {by_column[name]: value for name, value in present.items()}, kind, builtin_types=LEAVES
            )
        except msgspec.ValidationError as error:
            place = str(error).rpartition("$.")[2].rstrip("`")
            raise MapError(
                place, f"the row has another type than the table says: {error}", "bad-value"
            ) from None

    def _trace(self) -> tuple[Problem, ...]:
        signature = self._signature
        assert signature.table is not None
        assert signature.entity is not None
        problems: list[Problem] = []
        entity, table = (
            _kept(shape_of, problems, signature.entity),
            _kept(shape_of, problems, signature.table),
        )
        if table is None:
            return tuple(problems)
        self._tree, refused = trace(signature, table, self.application.timezone)
        problems += refused
        if entity is not None and self._tree is not None:
            problems += item_problems(self._tree, entity, signature)
        return tuple(problems)

    def __repr__(self) -> str:
        return f"<mapping {self.application.name}.{self.name}>"


def _kept(make: Callable[..., V], problems: list[Problem], *given: object) -> V | None:
    """Return what is made of the given, or None: its problems are kept and the rest is looked at too."""
    try:
        return make(*given)
    except DefinitionError as error:
        problems.extend(error.problems)
        return None
