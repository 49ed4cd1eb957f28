"""What a placement is: one way in which a credential gets into a line."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.redaction_held_out.grammar import Credential

Grade = Literal["ordinary", "hard", "extreme"]
Put = Callable[[Credential, random.Random], tuple[str, str]]
"""The line, and the needle: how the secret reads in it."""


@dataclass(frozen=True)
class Placement:
    """Where a credential stands; one that carries no name takes only credentials that tell themselves."""

    name: str
    grade: Grade
    carries_name: bool
    put: Put

    def takes(self, credential: Credential) -> bool:
        """Whether the line would tell a reader that there is a secret in it."""
        return self.carries_name or credential.stands_alone


def template(line: str) -> Put:
    """NAME, VALUE and a few changing facts, put into a line as they are."""

    def put(credential: Credential, rng: random.Random) -> tuple[str, str]:
        text = (
            line.replace("@ID", str(rng.randrange(10**17, 10**18)))
            .replace("@MS", str(rng.randrange(2, 900)))
            .replace(
                "@TIME",
                f"2026-0{rng.randrange(1, 9)}-1{rng.randrange(10)} 0{rng.randrange(10)}:14:2"
                f"{rng.randrange(10)},{rng.randrange(100, 999)}",
            )
            .replace("@NAME", credential.name)
            .replace("@VALUE", credential.text)
        )
        return text, credential.secret

    return put


def encoded(line: str, encode: Callable[[str], str]) -> Put:
    """As `template`, the value written in a form that changes it letter by letter."""

    def put(credential: Credential, rng: random.Random) -> tuple[str, str]:
        changed = Credential(
            text=encode(credential.text),
            secret=encode(credential.secret),
            name=credential.name,
            stands_alone=credential.stands_alone,
        )
        return template(line)(changed, rng)

    return put
