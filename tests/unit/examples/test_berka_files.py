"""The whole bank through the on-ramp in memory: every row of its files is accounted for."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from franca.cli.rows import RowFile
from franca.config.project import load
from franca.model.shape import shape_of
from franca.pipeline.onramp import OnRamp
from franca.types import Batch, Record
from tests.integration.berka_files import DATA, UNEXPLAINED, Entity, assert_same, everything

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the bank's files are not beside the checkout")


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, dict[str, Entity]], list[Entity]]:
    """Map all eight files; give the entities by topic and key, and the dead letters."""
    (application,) = load(Path(__file__).parents[3] / "examples" / "berka").applications
    on_ramp = OnRamp(application, number=1)
    entities: dict[str, dict[str, Entity]] = {}
    letters: list[Entity] = []
    for table in application.tables:
        name = shape_of(table).name
        values = RowFile(str(DATA / f"{name}.asc")).values(shape_of(table))
        records = [Record(f"raw.bank.{name}", 0, at, 0, None, value.value) for at, value in enumerate(values)]
        for topic, key, value in on_ramp(Batch(records)).items:
            event = msgspec.json.decode(value or b"")
            if topic == "bank.dead-letters":
                letters.append(event)
            else:
                entities.setdefault(topic, {})[(key or b"").decode()] = event["data"]
    return entities, letters


def test_every_entity_is_what_the_files_say(made: tuple[dict[str, dict[str, Entity]], list[Entity]]) -> None:
    """Entity by entity and field by field, the events hold what a recomputation of the files gives."""
    entities, _ = made
    expected = everything()
    expected["transaction"] = {k: v for k, v in expected["transaction"].items() if k not in UNEXPLAINED}

    assert set(entities) == set(expected)
    for entity, fields in expected.items():
        assert_same(fields, entities[entity])


def test_only_what_the_manual_does_not_explain_is_refused(
    made: tuple[dict[str, dict[str, Entity]], list[Entity]],
) -> None:
    """Of all rows only those of the type VYBER are dead letters, each once and with its row."""
    _, letters = made

    assert Counter((each["path"], each["code"]) for each in letters) == {("direction", "unknown-code"): 324}
    rows = [msgspec.json.decode(each["record"]["value"]) for each in letters]
    assert {str(row["trans_id"]) for row in rows} == UNEXPLAINED
