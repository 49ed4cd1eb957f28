"""The forms of credentials that can be told from their text alone: one row per form."""

import re
from typing import Final, NamedTuple

from bot.logging.anchors import holds_any


class CredentialFormat(NamedTuple):
    """A credential's form; `anchors` are texts of which every match holds one, so that most texts skip the pattern."""

    kind: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str]
    """Group `secret` is what is replaced, nothing when it is empty; without that group, all of the match is."""

    def redact(self, text: str) -> str:
        """Replace every match."""
        if not holds_any(text, self.anchors):
            return text
        return self.pattern.sub(self._replacement, text)

    def _replacement(self, found: re.Match[str]) -> str:
        marker = f"[redacted:{self.kind}]"
        if "secret" not in self.pattern.groupindex:
            return marker
        if found["secret"] is None:
            return found.group()
        text, start = found.group(), found.start()
        return text[: found.start("secret") - start] + marker + text[found.end("secret") - start :]


def _row(kind: str, anchors: str, pattern: str, flags: re.RegexFlag = re.ASCII) -> CredentialFormat:
    return CredentialFormat(kind, tuple(anchors.split()), re.compile(pattern, flags | re.ASCII))


_START: Final = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
"""Where a short prefix may begin: not inside a word, but after an escaped character or a percent code."""

_PEM_BODY: Final = r"(?:[A-Za-z0-9+/=:,\-\s]|\\+[nr])"

_JWT: Final = r"(?P<secret>eyJ[A-Za-z0-9_=-]{6,}+\.[A-Za-z0-9_=-]{10,}(?:\.[A-Za-z0-9_=-]*){0,3})|eyJ[A-Za-z0-9_=-]*+"
"""A run without the part behind the dot is consumed, though not replaced: so the time stays linear."""

_ADDRESS: Final = (
    r"://(?!(?:localhost|[^\s/:@\"'<>]{1,200}\.[^\s/:@\"'<>]{1,200}):[0-9]{1,5}[/?#])"  # a host with its port
    r"[^\s/?#\"'<>:@\\]{0,200}:"
    r"(?!(?:\[redacted:[a-z-]+\]|\*+|\{[\w.]*\}|%s|\$[A-Z_][A-Z0-9_]*|\$\{\w+\})@[^\s@\"'<>]*(?![^\s\"'<>]))"
    r"(?P<secret>(?:(?!://)[^\s\"'<>]){1,512})@(?=[A-Za-z0-9._{}$%\[-])"
)
"""Up to the last @ of the address: a password that was not encoded may hold one."""

FORMATS: Final[tuple[CredentialFormat, ...]] = (
    _row(
        "private-key",
        "-----BEGIN",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?=(?:\s|\\+[nr]|[\"']){0,12}(?:[A-Za-z0-9+/=]{16}|Proc-Type|Version|Comment|\Z))"
        r"(?:(?!-----)" + _PEM_BODY + r")*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
    ),
    _row("discord-token", ".", r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}"),
    _row("discord-token", "mfa.", r"mfa\.[A-Za-z0-9_-]{20,}"),
    _row(
        "webhook-token",
        "webhooks",
        r"(?:/|%2[Ff])webhooks(?:/|%2[Ff])[0-9]{1,20}(?:/|%2[Ff])(?P<secret>(?!\[redacted:)[A-Za-z0-9._-]{8,})",
    ),
    _row(
        "interaction-token",
        "interactions/",
        r"/interactions/[0-9]{1,20}/(?P<secret>(?!\[redacted:)[A-Za-z0-9._-]{8,})",
    ),
    _row("interaction-token", "aW50ZXJhY3Rpb246", r"aW50ZXJhY3Rpb246[A-Za-z0-9_-]{8,}"),
    _row("confirm-token", "sut-", r"sut-[a-z2-7]{26}"),
    _row("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[opusr]_[A-Za-z0-9_.-]{20,}"),
    _row("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}"),
    _row("gitlab-token", "glpat-", r"glpat-[A-Za-z0-9_.-]{16,}"),
    _row("anthropic-key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    _row("openai-key", "sk-", _START + r"sk-(?!ant-)[A-Za-z0-9_-]{16,}"),
    _row("google-key", "AIza", r"AIza[A-Za-z0-9_-]{30,}"),
    _row("google-oauth", "ya29. GOCSPX-", r"(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{16,}"),
    _row("google-oauth", "1//0", r"1//0[A-Za-z0-9_-]{20,}"),
    _row("sentry-token", "sntry", r"sntry[aus]_[A-Za-z0-9+/=_-]{20,}"),
    _row("slack-token", "xox", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9%-]{10,}"),
    _row("slack-token", "xapp-", r"xapp-[A-Za-z0-9-]{10,}"),
    _row(
        "slack-webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/[a-z]{1,20}/(?P<secret>[A-Za-z0-9][A-Za-z0-9/_-]{8,})",
    ),
    _row("aws-key", "AKIA ASIA ABIA ACCA", r"(?<![A-Z0-9])A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Z0-9])"),
    _row("stripe-key", "k_live_ k_test_", r"[prs]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    _row("stripe-key", "whsec_", r"whsec_[A-Za-z0-9+/=]{16,}"),
    _row("npm-token", "npm_", r"npm_[A-Za-z0-9]{30,}"),
    _row("pypi-token", "pypi-", r"pypi-(?:AgE[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]{40,})"),
    _row("jwt", "eyJ", _JWT),
    _row("bearer", "earer EARER", r"[Bb](?i:earer)[ \t]+(?P<secret>(?=[A-Za-z._~+/-]*[0-9=])[A-Za-z0-9._~+/=-]{8,})"),
    _row("url-password", "://", _ADDRESS),
    _row("url-key", "://", r"://(?P<secret>[A-Za-z0-9_-]{20,200})@"),
)

_LANDMARKS: Final = (
    "-----BEGIN",
    "webhooks",
    "interactions/",
    "slack.com/",
    "aW50ZXJhY3Rpb246",
    "earer",
    "EARER",
    "1//0",
)
_RUN: Final = re.compile(
    r"[_.A-](?:(?<=[_-])(?<!inc_)(?<!run_)[A-Za-z0-9_.+/=%-]{10}"
    r"|(?<=\.)[A-Za-z0-9_-]{6}[A-Za-z0-9_.=-]{4}"
    r"|(?<=A)(?:[KSBC][IC]A|Iza))"
)
"""What all other formats have in common: a sign with a long run behind it, or a cloud key's first letters."""

_ANCHORS: Final = tuple(
    dict.fromkeys(anchor for row in FORMATS for anchor in row.anchors if anchor not in {".", "://"})
)
_BOT_TOKEN_DOTS: Final = re.compile(r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{20}")


def may_hold_format(text: str) -> bool:
    """Whether the text may hold one of the formats; False is certain."""
    if "://" in text and "@" in text:
        return True
    if _RUN.search(text) is None and not holds_any(text, _LANDMARKS):
        return False
    return holds_any(text, _ANCHORS) or _BOT_TOKEN_DOTS.search(text) is not None
