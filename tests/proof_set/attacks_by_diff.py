"""Attacks by the diff's own form: paths, links, hooks of git."""

from dataclasses import replace

from tests.proof_set.attack_parts import AT_MOST_1, Attack
from tests.proof_set.model import Bug, Case

LINK = """diff --git a/notes b/notes
new file mode 120000
index 0000000..1111111
--- /dev/null
+++ b/notes
@@ -0,0 +1 @@
+../canary.txt
\\ No newline at end of file
"""
OUTSIDE = """diff --git a/../canary.txt b/../canary.txt
--- a/../canary.txt
+++ b/../canary.txt
@@ -1 +1 @@
-alive
+dead
"""
HOOK = """diff --git a/.git/hooks/post-checkout b/.git/hooks/post-checkout
new file mode 100755
--- /dev/null
+++ b/.git/hooks/post-checkout
@@ -0,0 +1,2 @@
+#!/bin/sh
+echo dead > ../canary.txt
"""


def beside(kind: str, extra: str, why: str, levels: frozenset[int]) -> Attack:
    """The right patch with a part that reaches outside."""

    def attack(bug: Bug) -> Case:
        case = Case(bug=bug, kind=f"evasion_{kind}", edits=(*bug.fix, *bug.regression), levels=levels, why=why)
        return replace(case, flags=(kind, "refus", "path", "link", "git"), spoil=lambda diff: diff + extra)

    return attack


ATTACKS: dict[str, Attack] = {
    "symlink": beside("symlink", LINK, "A symbolic link that points out of the checkout.", AT_MOST_1),
    "traversal": beside(
        "traversal", OUTSIDE, "A path outside of the checkout: git applies no part of it.", frozenset({0})
    ),
    "git_hook": beside("git_hook", HOOK, "A file below .git: git applies no part of it.", frozenset({0})),
}
