"""Every placement in the set."""

from tests.redaction_held_out.placements_extreme import EXTREME
from tests.redaction_held_out.placements_hard import HARD
from tests.redaction_held_out.placements_ordinary import ORDINARY

ALL_PLACEMENTS = (*ORDINARY, *HARD, *EXTREME)
