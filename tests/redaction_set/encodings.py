"""Makers of the credentials that hold more than random characters: checksums, signed tokens, key blocks."""

import base64
import json
import zlib
from collections.abc import Callable
from random import Random

from tests.redaction_set.secret import ALPHABETS, Secret, characters, uuid

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# fmt: off
SEED_WORDS = (
    "abandon", "ability", "absorb", "abstract", "accident", "account", "acoustic", "acquire", "bamboo", "banana",
    "banner", "barely", "bargain", "basket", "canal", "cancel", "canyon", "captain", "caution", "cement", "census",
    "dolphin", "donkey", "dragon", "drastic", "eagle", "earth", "echo", "economy", "fabric", "family", "gadget",
    "galaxy", "garage", "habit", "hammer", "harvest", "island", "ivory", "jacket", "jaguar", "kangaroo", "kidney",
    "ladder", "lawsuit", "machine", "magnet",
)
# fmt: on


def base62(number: int, width: int) -> str:
    """A number in base 62, padded with zeros."""
    out = ""
    while number:
        number, digit = divmod(number, 62)
        out = BASE62[digit] + out
    return out.rjust(width, "0")


def with_crc32(prefix: str, count: int) -> Callable[[Random], Secret]:
    """A maker of `prefix`, `count` random characters and the six base 62 digits of their CRC32, as GitHub's are."""

    def make(rng: Random) -> Secret:
        body = characters(rng, "a", count)
        return whole(prefix + body + base62(zlib.crc32(body.encode()), 6))

    return make


def whole(text: str) -> Secret:
    """A text that is secret from end to end."""
    return Secret(text, (text,))


def random_bytes(rng: Random, count: int) -> bytes:
    """Bytes of the seeded generator."""
    return rng.getrandbits(count * 8).to_bytes(count, "big")


def base64_text(rng: Random, count: int) -> str:
    """Standard base64, with padding, of `count` random bytes."""
    return base64.b64encode(random_bytes(rng, count)).decode()


def unpadded(value: object) -> str:
    """base64url of compact JSON, without padding, as in a JSON Web Token."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def jwt(algorithm: str, claims: dict[str, str] | None = None, prefix: str = "") -> Callable[[Random], Secret]:
    """A maker of signed tokens; HS256 signatures are 43 characters, RS256 ones 342."""

    def make(rng: Random) -> Secret:
        header = {"alg": algorithm, "typ": "JWT"} if algorithm == "HS256" else {"alg": algorithm, "kid": uuid(rng)}
        issued = rng.randrange(1_600_000_000, 1_800_000_000)
        body = {"sub": uuid(rng), "iat": issued, "exp": issued + 3600, **(claims or {})}
        signature = characters(rng, "B", 342 if algorithm.startswith(("RS", "PS")) else 43)
        return whole(f"{prefix}{unpadded(header)}.{unpadded(body)}.{signature}")

    return make


def encrypted_jwt(rng: Random) -> Secret:
    """A JWE of five parts."""
    header = unpadded({"alg": "RSA-OAEP-256", "enc": "A256GCM"})
    sizes = (342, 16, 120, 22)
    return whole(".".join([header, *(characters(rng, "B", size) for size in sizes)]))


def unsecured_jwt(rng: Random) -> Secret:
    """A token of two parts and an empty signature, as some gateways pass on."""
    return whole(f"{unpadded({'alg': 'none'})}.{unpadded({'sub': uuid(rng), 'role': 'admin'})}.")


def block(label: str, lines: int, head: str = "", joint: str = "\n") -> Callable[[Random], Secret]:
    """A maker of key blocks; `joint` is what ends a line: a newline, or a backslash and an n."""

    def make(rng: Random) -> Secret:
        body = [base64_text(rng, 48) for _ in range(lines)]
        body.append(base64_text(rng, 25))
        dashes = "-" * 5
        first = [f"{dashes}BEGIN {label}{dashes}", *head.splitlines()]
        return Secret(joint.join([*first, *body, f"{dashes}END {label}{dashes}"]), tuple(body))

    return make


def service_account(indent: int | None) -> Callable[[Random], Secret]:
    """A maker of Google's service account file, on one line or indented."""

    def make(rng: Random) -> Secret:
        key = block("PRIVATE " + "KEY", 24)(rng)
        project = f"app-{characters(rng, 'd', 6)}"
        account = {
            "type": "service_account",
            "project_id": project,
            "private_key_id": characters(rng, "h", 40),
            "private_key": key.text + "\n",
            "client_email": f"bot@{project}.iam.gserviceaccount.com",
            "client_id": characters(rng, "d", 21),
            "token_uri": "https://oauth2.googleapis.com/token",
        }
        return Secret(json.dumps(account, indent=indent), key.parts)

    return make


def putty_key(rng: Random) -> Secret:
    """A PuTTY private key file, version 3."""
    lines = [base64_text(rng, 48) for _ in range(8)]
    head = ["PuTTY-User-Key-File-3: ssh-rsa", "Encryption: none", "Comment: deploy", "Private-Lines: 8"]
    return Secret("\n".join([*head, *lines, f"Private-MAC: {characters(rng, 'h', 64)}"]), tuple(lines))


def jwk(rng: Random) -> Secret:
    """A private JSON Web Key of an elliptic curve."""
    private = characters(rng, "B", 43)
    key = {"kty": "EC", "crv": "P-256", "x": characters(rng, "B", 43), "y": characters(rng, "B", 43), "d": private}
    return Secret(json.dumps(key), (private,))


def basic_header(name: str) -> Callable[[Random], Secret]:
    """A maker of a header with base64 of user and password."""

    def make(rng: Random) -> Secret:
        pair = f"deploy:{characters(rng, 's', 20)}"
        encoded = base64.b64encode(pair.encode()).decode()
        return Secret(f"{name}: Basic {encoded}", (encoded[12:],))

    return make


def docker_auth(rng: Random) -> Secret:
    """The `auth` entry of a Docker configuration file."""
    encoded = base64.b64encode(f"robot:{characters(rng, 'a', 24)}".encode()).decode()
    return Secret(json.dumps({"auths": {"registry.example.com": {"auth": encoded}}}), (encoded[8:],))


def sentry_org_token(rng: Random) -> Secret:
    """An organisation's token: its claims in base64, then 43 characters."""
    claims = {"iat": rng.randrange(1_700_000_000, 1_800_000_000), "url": "https://sentry.io", "org": "acme"}
    body = base64.b64encode(json.dumps({**claims, "region_url": "https://us.sentry.io"}).encode()).decode()
    return whole(f"sntrys_{body}_{characters(rng, 'b', 43)}")


def encoded_record(prefix: str, record: dict[str, int]) -> Callable[[Random], Secret]:
    """A maker of base64 JSON with random fields of the given lengths."""

    def make(rng: Random) -> Secret:
        fields = {key: characters(rng, "a", size) for key, size in record.items()}
        encoded = base64.b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()
        return whole(prefix + encoded)

    return make


def discord_bot(first: int, last: int) -> Callable[[Random], Secret]:
    """A maker of bot tokens: the user id in base64, a time stamp, and `last` characters of a signature."""

    def make(rng: Random) -> Secret:
        user = str(rng.randrange(10 ** (first - 1), 10**first))
        encoded = base64.b64encode(user.encode()).decode().rstrip("=")
        stamp = rng.choice("GXYZ") + characters(rng, "B", 5)
        return whole(f"{encoded}.{stamp}.{characters(rng, 'B', last)}")

    return make


def seed_phrase(count: int) -> Callable[[Random], Secret]:
    """A maker of recovery phrases; every word counts, so the secret is the whole phrase."""

    def make(rng: Random) -> Secret:
        return whole(" ".join(rng.choices(SEED_WORDS, k=count)))

    return make


def base58(prefix: str, count: int) -> Callable[[Random], Secret]:
    """A maker of Bitcoin's alphabet: no 0, O, I or l."""
    letters = [each for each in ALPHABETS["a"] if each not in "0OIl"]

    def make(rng: Random) -> Secret:
        return whole(prefix + "".join(rng.choices(letters, k=count)))

    return make
