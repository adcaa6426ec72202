"""Which of a key's events is the newest: the same in every engine."""

PLACE = ("_offset", "_partition")
"""Where in its topic an event of equal rank is; the mappings of a backfilled row have a partition each."""

FIRST = '"_topic_id", "_offset", "_partition"'
"""What the first of equal rank comes first by, as in a fold."""

RANK = f'"_sequence" DESC, "_mapping" DESC, "_turn", {FIRST}'
"""What the newest comes first by, as in a fold: a folded state, whose turn is the first, among the events."""
