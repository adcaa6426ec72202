"""Folds an entity's new events into its `snapshot`: atomically, in bounded memory, going on after a kill.

Rows of events and snapshot are both in the order of their keys, so that they pass through memory piece by
piece. Files are written first, and become the table in one commit; a note tells whoever begins again after a
kill which of them are done.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec
import obstore
import pyarrow as pa
from deltalake import DeltaTable
from obstore.exceptions import BaseError, NotFoundError

from franca.errors import UnavailableError
from franca.lake.dictionaries import coded
from franca.lake.location import ObjectStore, Options, events_url, open_store
from franca.lake.log import Action
from franca.lake.newest import Newest
from franca.lake.pieces import parts, sized
from franca.lake.position import Position, is_within, joined
from franca.lake.rows_file import fitted
from franca.lake.runs import Ahead, keys_up_to
from franca.lake.scratch import own_folder
from franca.lake.splice import IS_DELETE, KEY, spliced
from franca.lake.state_table import StateTable, in_turn
from franca.lake.tables import Tables, deleted_of, events_of, open_tables, snapshot_of
from franca.lake.translation import translated
from franca.lake.united import all_events, all_states
from franca.model.shape import Shape

FILE_ROWS = 125_000
"""A file of the snapshot has so many rows, or fewer where they are large."""

PIECE_ROWS = 50_000
"""So many events are looked at together, and as `pieces` has it."""

OLD_ROWS = 1 << 15
"""So many rows of the snapshot are merged at a time: their copies stay in the processor's cache."""

NOTE = "_franca/fold.json"
TRIES = 20


class Folded(NamedTuple):
    """What a fold did: `events` that were new, `rows` of the snapshot afterwards, where it is now.

    `is_done` is false where another fold was quicker: nothing was changed.
    """

    entity: str
    events: int
    rows: int
    position: Position
    is_done: bool = True


class _Note(msgspec.Struct):
    """What a fold has written so far: for which version, up to which position and key, the files.

    `schema` are their columns, as Delta writes them: those of a fold by another model are others.
    """

    version: int
    position: Position
    schema: str
    key: str = ""
    adds: list[Action] = []


Tell = Callable[[int, int], None]
"""Is told how many keys of how many are done."""


def fold(
    lake_url: str,
    shape: Shape,
    options: Options,
    scratch: Path,
    tell: Tell | None = None,
    file_rows: int = FILE_ROWS,
) -> Folded:
    """Fold all events that are there now. Raises UnavailableError, DefinitionError.

    `scratch` is a folder for what does not fit into memory, `file_rows` how many rows a file of the snapshot
    gets. Two folds at once do no harm: one of them counts. Files of the other may be the one's, which went on
    with what the other had begun: a vacuum removes what is left.
    """
    snapshot, deleted = snapshot_of(lake_url, shape, options), deleted_of(lake_url, shape, options)
    with own_folder(scratch) as folder, closing(Newest(shape, folder)) as newest:
        events = events_of(lake_url, shape, options)
        if events is None:
            open_tables(lake_url, shape, options).require(options)
            return Folded(shape.name, 0, 0, ())
        snapshot.create()
        deleted.open_to_write()  # behind the snapshot, before the events, which hold all that it tells then
        with translated("lake"):
            events.update_incremental()
        Tables(snapshot, deleted, events).require(options)
        snapshot.widen(all_states(all_events(events, shape), shape))
        return _Fold(shape, snapshot, deleted, newest, tell, file_rows).run(
            events, open_store(events_url(lake_url, shape.name), options)
        )


class _Fold:
    def __init__(
        self,
        shape: Shape,
        snapshot: StateTable,
        deleted: StateTable,
        newest: Newest,
        tell: Tell | None,
        file_rows: int,
    ) -> None:
        self._shape = shape
        self._snapshot, self._deleted, self._newest = snapshot, deleted, newest
        self._tell, self._file_rows = tell, file_rows

    def run(self, events: DeltaTable, files: ObjectStore) -> Folded:
        """Fold the events of one version of their table; `files` is the store whose root it is."""
        before = self._snapshot.position
        known = sum(file.rows for file in self._snapshot.files())
        self._newest.look_at(events, before, files)
        note = self._known_note()
        if note is None:
            position = joined(before, self._newest.reached())
            note = _Note(self._snapshot.version, position, self._snapshot.schema_text)
        if note.position == before:
            return Folded(self._shape.name, 0, known, before)
        self._newest.bound(before, note.position)
        self._newest.know(in_turn(self._deleted) if self._deleted.table else ())
        count, deletes = self._newest.count()
        self._write(note, known)
        if deletes:
            self._replace_deleted(note.position)
        told = {"franca": f"fold: {count} events"}
        until = self._deleted.position if self._deleted.table else ()
        is_done = self._snapshot.replace(note.adds, note.position, told, until)
        self._forget_note()
        rows = sum(file.rows for file in self._snapshot.files())
        return Folded(self._shape.name, count, rows, self._snapshot.position, is_done)

    def _replace_deleted(self, position: Position) -> None:
        """Store the ranks of deleted keys: that they are ahead of the snapshot for a while is harmless.

        What another fold has stored meanwhile stays: whichever snapshot counts, all its deletes are there.
        """
        for _ in range(TRIES):
            if self._deleted.table is not None:
                adds = [self._deleted.write(rows) for rows in self._newest.deleted(self._file_rows)]
                reached = joined(self._deleted.position, position)
                if self._deleted.replace(adds, reached, {"franca": "fold"}):
                    return
            self._deleted.create()
            self._newest.know(in_turn(self._deleted))
        raise UnavailableError("lake", f"{self._deleted.url}: others fold it without end", "try again")

    def _write(self, note: _Note, known: int) -> None:
        """Write the files of the new snapshot that a note does not name yet."""
        after = note.key if note.adds else None
        done = 0
        schema = coded(self._snapshot.schema, self._snapshot.moved_columns() or self._newest.moved_columns())
        old = self._old(schema, after)
        for rows in folded(old, self._newest, schema, self._file_rows, after):
            note.adds.append(self._snapshot.write(rows))
            note.key = rows[KEY][-1].as_py()
            self._keep_note(note)
            done += rows.num_rows
            del rows  # the next ones are merged meanwhile
            if self._tell:
                self._tell(done, max(known, done))

    def _old(self, schema: pa.Schema, after: str | None) -> Iterator[pa.Table]:
        """Yield the rows of the snapshot behind a key, in the order of the keys, as `schema` has them."""
        if not self._snapshot.is_ordered():
            found = self._newest.ordered(in_turn(self._snapshot), self._snapshot.schema, self._file_rows)
            pieces = (fitted(rows, schema) for rows in found)
        else:
            files = self._snapshot.files()
            left = (file for file in files if after is None or file.most > after)
            pieces = (rows for file in left for rows in self._snapshot.pieces(file, OLD_ROWS, schema))
        for rows in pieces:
            behind = rows if after is None else rows.slice(keys_up_to(rows[KEY], after))
            if behind.num_rows:
                yield behind

    def _known_note(self) -> _Note | None:
        """Return what a fold of the same version left behind, unless its files are gone or no whole ones.

        One that ended before what is told of deleted keys would make their last states of earlier ones.
        """
        with translated("lake", self._snapshot.url):
            try:
                told = obstore.get(self._snapshot.store, NOTE).bytes().to_bytes()
                note = msgspec.json.decode(told, type=_Note)
            except (NotFoundError, FileNotFoundError, msgspec.DecodeError):
                return None
        ahead = self._deleted.position if self._deleted.table else ()
        known = (self._snapshot.version, self._snapshot.schema_text)
        is_ours = (note.version, note.schema) == known and is_within(ahead, note.position)
        return note if is_ours and self._snapshot.has(note.adds) else None

    def _keep_note(self, note: _Note) -> None:
        with translated("lake"):
            obstore.put(self._snapshot.store, NOTE, msgspec.json.encode(note))

    def _forget_note(self) -> None:
        try:
            obstore.delete(self._snapshot.store, NOTE)
        except (BaseError, OSError):
            return


def folded(
    old: Iterable[pa.Table],
    newest: Newest,
    schema: pa.Schema,
    file_rows: int = FILE_ROWS,
    after: str | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows of the new snapshot, in pieces as large as a file is to be, in the order of the keys.

    `old` are the snapshot's rows in that order, with the columns of `schema`; of the newest those behind the
    key `after` count. Columns that no events have stay as they are without newer ones.
    """
    columns = pa.schema([field for field in schema if field.name in newest.schema.names])
    new = Ahead(newest.rows(columns, min(PIECE_ROWS, file_rows), after))
    yield from sized(_merged(old, new, schema), file_rows)


def _merged(old: Iterable[pa.Table], new: Ahead, schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the newest of each key, in the order of the keys."""
    for rest in (piece for rows in old for piece in parts(rows, OLD_ROWS)):
        most = rest[KEY][-1].as_py()
        while (some := new.take(most)) is not None:
            count = keys_up_to(rest[KEY], some[KEY][-1].as_py())
            yield _spliced(rest.slice(0, count), some)
            rest = rest.slice(count)
        yield rest
    while (some := new.take(None)) is not None:
        yield _spliced(schema.empty_table(), some)


def _spliced(old: pa.Table, some: pa.Table) -> pa.Table:
    return spliced(old, fitted(some, old.schema), some[IS_DELETE].combine_chunks())
