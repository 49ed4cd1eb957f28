"""Placements that hide the secret from a reader of plain text: codes, unseen characters, broken lines."""

import base64
import random
from collections.abc import Callable
from urllib.parse import quote

from tests.redaction_held_out.grammar import Credential
from tests.redaction_held_out.placement import Placement, Put, encoded, template


def in_base64(line: str) -> Put:
    """The text in base 64; the needle is what its secret bytes alone decide."""

    def put(credential: Credential, rng: random.Random) -> tuple[str, str]:
        before, secret, _ = credential.text.encode().partition(credential.secret.encode())
        code = base64.b64encode(credential.text.encode()).decode()
        first, last = -(-len(before) * 4 // 3), (len(before) + len(secret)) * 4 // 3
        whole = Credential(text=code, secret=code[first:last], name=credential.name, stands_alone=True)
        return template(line)(whole, rng)

    return put


def broken(line: str, joint: str) -> Put:
    """The secret broken in its middle third by something."""

    def put(credential: Credential, rng: random.Random) -> tuple[str, str]:
        secret = credential.secret
        at = rng.randint(len(secret) // 3, 2 * len(secret) // 3)
        parted = f"{secret[:at]}{joint}{secret[at:]}"
        changed = Credential(
            text=credential.text.replace(secret, parted, 1),
            secret=parted,
            name=credential.name,
            stands_alone=credential.stands_alone,
        )
        return template(line)(changed, rng)

    return put


def every(form: str) -> Callable[[str], str]:
    """Each character in one form of writing its code."""
    return lambda text: "".join(form.format(ord(each)) for each in text)


def in_columns(line: str, width: int) -> Put:
    """The secret in lines of a terminal or a mail that is so wide."""

    def put(credential: Credential, rng: random.Random) -> tuple[str, str]:
        secret = credential.secret
        narrow = "\n".join(secret[at : at + width] for at in range(0, len(secret), width))
        text = credential.text.replace(secret, narrow, 1)
        changed = Credential(text=text, secret=narrow, name=credential.name, stands_alone=credential.stands_alone)
        return template(line)(changed, rng)

    return put


def twice(text: str) -> str:
    """Encoded for a URL inside of a URL."""
    return quote(quote(text, safe=""), safe="")


def listed(text: str) -> str:
    """As a list of characters."""
    return repr(list(text))[1:-1]


BASE64 = {
    "base64 under its name": "@NAME: @VALUE",
    "base64 in a secret's manifest": "kind: Secret\ndata:\n  @NAME: @VALUE",
    "base64 in a data url": "GET /open?doc=data:text/plain;base64,@VALUE",
    "base64 in a sentence": "payload was @VALUE (base64)",
}
JOINTS = {
    "zero-width space inside": "\u200b",
    "zero-width joiner inside": "\u200d",
    "byte order mark inside": "\ufeff",
    "soft hyphen inside": "\u00ad",
    "split over two lines": "\n",
    "split over two indented lines": "\n        ",
    "shell continuation": "\\\n",
    "quoted-printable break": "=\r\n",
    "string joined in code": "' + '",
    "neighbouring strings": "'\n    '",
    "colour inside": "\x1b[1m",
    "html word break inside": "<wbr>",
    "backspace inside": "\x00",
}
CODES = {
    "unicode escapes": every("\\u{:04x}"),
    "hex escapes": every("\\x{:02x}"),
    "octal escapes": every("\\{:03o}"),
    "html numbers": every("&#{};"),
    "html hex numbers": every("&#x{:x};"),
    "every character url-encoded": every("%{:02X}"),
    "url-encoded twice": twice,
    "hex dump": lambda text: text.encode().hex(),
    "spaced hex dump": lambda text: text.encode().hex(" "),
    "letters spaced out": " ".join,
    "list of characters": listed,
    "two-byte characters": "\x00".join,
}

EXTREME = [
    Placement("wrapped at twenty columns", "extreme", True, in_columns("@NAME: @VALUE", 20)),
    Placement("wrapped at sixty columns", "extreme", True, in_columns("@NAME: @VALUE", 60)),
    *(
        Placement(name, "extreme", name != "base64 in a sentence" and "data url" not in name, in_base64(line))
        for name, line in BASE64.items()
    ),
    *(Placement(name, "extreme", True, broken("@NAME='@VALUE'", joint)) for name, joint in JOINTS.items()),
    *(Placement(name, "extreme", True, encoded('{"@NAME": "@VALUE"}', code)) for name, code in CODES.items()),
]
