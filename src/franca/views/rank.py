"""Which of a key's events is the newest: the same in every engine."""

PLACE = ("_offset", "_partition")
"""Where an event stands among those of equal rank; the mappings of a backfilled row have a partition each."""

RANK = '"_sequence" DESC, "_mapping" DESC, "_turn", "_offset", "_partition"'
"""What the newest comes first by; a folded state, whose turn is before the events', among them."""
