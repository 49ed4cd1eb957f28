"""Every attack on the prover by its name."""

from tests.proof_set import attacks_by_diff, attacks_by_process, attacks_by_settings, attacks_by_tests
from tests.proof_set.attack_parts import Attack

EVASIONS: dict[str, Attack] = {
    **attacks_by_settings.ATTACKS,
    **attacks_by_process.ATTACKS,
    **attacks_by_tests.ATTACKS,
    **attacks_by_diff.ATTACKS,
}
