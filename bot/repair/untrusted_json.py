"""Untrusted text as a data file: JSON whose strings hold no sign that a reader could take for an end or for a role."""

import json
import re

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SIGNS = re.compile(
    r"[<>`{}\[\]|#~]"  # tags, fences, templates, Markdown, chat markers
    r"|(?<![A-Za-z])[-=*_](?=[-=*_]{2})"  # the first of a ruled line
    r"|(?<=system)\s*:|(?<=assistant)\s*:|(?<=user)\s*:|(?<=developer)\s*:|(?<=tool)\s*:|(?<=human)\s*:|(?<=admin)\s*:",
    re.IGNORECASE,
)


def escaped(signs: str) -> str:
    """Characters as JSON's own escapes: the same text to whoever parses it, no marker to whoever only reads it."""
    return "".join(f"\\u{ord(sign):04x}" for sign in signs)


def neutral_json(value: object) -> str:
    """The value as ASCII JSON; parsed it is the same, read as text it holds no marker."""
    text = json.dumps(value, ensure_ascii=True, indent=1)
    return STRING.sub(lambda found: SIGNS.sub(lambda sign: escaped(sign[0]), found[0]), text)
