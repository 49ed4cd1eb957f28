"""A file's name as a rule compares it: what a file system, or a hasty eye, would take for the same name."""

import re
import unicodedata

LOOK_ALIKES = str.maketrans("аеорсухѕіјһԁɡνοαιρτκмт", "aeopcyxsijhdgvoaiptkmt")
"""Cyrillic, Greek and phonetic letters that are drawn as Latin ones (Unicode's confusables, the small letters)."""
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
"""Characters that are not drawn, and that HFS+ leaves out when it compares names."""
SHORT_NAME = re.compile(r"^git~\d+$")
"""How NTFS also calls `.git`."""


def compared(name: str) -> str:
    """The name in small Latin letters with single slashes between its parts, and no ends that Windows drops."""
    plain = unicodedata.normalize("NFKC", UNSEEN.sub("", name)).casefold().translate(LOOK_ALIKES)
    return "/".join(part_of(part) for part in plain.replace("\\", "/").split("/"))


def part_of(part: str) -> str:
    """One part of a path without what NTFS leaves out: a stream's name, and dots and spaces at its end."""
    if not part.strip(". "):
        return part.strip()
    kept = part.split(":", 1)[0].strip(" ").rstrip(". ")
    return ".git" if SHORT_NAME.match(kept) else kept


def is_seen(name: str) -> bool:
    """Can every character of the name be seen?"""
    return all(char.isprintable() for char in name)
