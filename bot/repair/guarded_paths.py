"""Which files a patch may touch, but never without a person being told: those that guard, and those that mend."""

import re
from collections.abc import Callable, Sequence

Question = Callable[[str], bool]
"""Asked of a name in the form of `file_names.compared`."""

GUARD_WORDS = frozenset({
    "auth", "authn", "authz", "authentication", "authorisation", "authorization", "oauth", "csrf", "acl",
    "rbac", "permission", "permissions", "guard", "guards", "security", "redact", "redacted", "redaction",
    "redactor", "credential", "credentials", "secret", "secrets", "confirmation",
    "confirmations",
})  # fmt: skip
"""Words in the name of a file or folder, in any project, that say that it guards something."""
GUARDS = (
    "bot/logging/**", "bot/cogs/buttons.py", "bot/cogs/review.py", "bot/sandbox/github_gate.py", "security.md",
    "tests/faults/**", "tests/test_architecture.py", "**/test_injection*.py", "**/test_protected_paths.py",
    "**/test_hostile*.py", "codeowners", "docs/codeowners", "**/.pre-commit-config.yaml", "makefile",
)  # fmt: skip
HEALER = (
    "bot/repair/**", "bot/healing/**", "bot/agents/**", "bot/watchdog/**", "bot/records/**", "bot/incident/**",
    "bot/events/**", "bot/apis/__init__.py", "bot/apis/github.py", "bot/apis/github_shapes.py",
    "bot/apis/conditional.py", "bot/apis/http.py", "bot/apis/origins.py", "bot/__init__.py", "bot/__main__.py",
    "bot/cli/**", "tests/**/repair/**", "tests/**/healing/**", "tests/**/agents/**", "tests/**/watchdog/**",
)  # fmt: skip
TAUGHT = (
    "**/agents.md", "**/claude.md", "**/gemini.md", "**/copilot-instructions.md", "**/.cursorrules",
    "**/.codex/**", "**/.claude/**", "**/.cursor/**", "**/.agents/**", "**/.aider*",
)  # fmt: skip
MIGRATIONS = ("**/migrations/**", "**/alembic/**", "**/alembic.ini", "**/*.sql", "**/schema.prisma")
DEPENDENCIES = (
    "**/pyproject.toml", "**/setup.py", "**/setup.cfg", "**/requirements*.txt", "**/requirements*.in",
    "**/requirements/**", "**/constraints*.txt", "**/pipfile", "**/environment.y*ml", "**/package.json",
    "**/.npmrc", "**/.pypirc", "**/pip.conf", "**/uv.toml", "**/go.mod", "**/cargo.toml", "**/gemfile",
    "**/composer.json",     "**/pom.xml", "**/build.gradle*", "**/tox.ini", "**/pytest.ini", "**/noxfile.py",
)  # fmt: skip
SELF_STARTING = ("**/sitecustomize.py", "**/usercustomize.py", "**/*.pth")


PIECES = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}


def pattern_of(glob: str) -> re.Pattern[str]:
    """A glob over paths: `**/` stands for any folders or none, `**` for anything, `*` for anything without a slash."""
    parts = re.split(r"(\*\*/|\*\*|\*)", glob.casefold())
    return re.compile("".join(PIECES.get(part, re.escape(part)) for part in parts), re.DOTALL)


def one_of(globs: Sequence[str]) -> Question:
    """Does one of the globs fit the whole name?"""
    patterns = [pattern_of(glob) for glob in globs]
    return lambda name: any(pattern.fullmatch(name) for pattern in patterns)


def has_guard_word(name: str) -> bool:
    """Does a file's or folder's name hold a word that says that it guards?"""
    return not GUARD_WORDS.isdisjoint(re.split(r"[^a-z]+", name))


guards_by_place = one_of(GUARDS)
RULES: tuple[tuple[str, Question], ...] = (
    ("a file that guards", lambda name: has_guard_word(name) or guards_by_place(name)),
    ("the healer itself", one_of(HEALER)),
    ("what coding agents are told", one_of(TAUGHT)),
    ("a migration of the data", one_of(MIGRATIONS)),
    ("the dependencies or the tools' settings", one_of(DEPENDENCIES)),
    ("code that Python starts by itself", one_of(SELF_STARTING)),
)
"""What it is, and whether a name is one."""
