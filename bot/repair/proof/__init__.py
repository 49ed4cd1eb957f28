"""Proof: how far a diff holds, shown on throw-away copies before a person is asked.

The code under test is taken for hostile: it runs in a cell, and its results are believed only where several ways agree.
Nothing here needs settings; the workflow's steps call `prove` and `prove_revert`, and nothing else
from here.
"""

from bot.repair.proof.exact_revert import prove_revert
from bot.repair.proof.project import DEFAULT_TESTS, Suite
from bot.repair.proof.prover import prove

__all__ = ["DEFAULT_TESTS", "Suite", "prove", "prove_revert"]
