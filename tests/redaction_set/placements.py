"""All placements of secrets."""

from tests.redaction_set import placements_long, placements_plain, placements_python, placements_wire

PLACEMENTS = (
    *placements_plain.PLACEMENTS,
    *placements_wire.PLACEMENTS,
    *placements_python.PLACEMENTS,
    *placements_long.PLACEMENTS,
)
