"""Keys as text: the three documented formats, their checksum, and the digest that is kept instead of the key.

    fmrp_{live|test}_<id, 12 base62>_<secret, 32 base62>_<checksum, 6 base62>
    fje_<secret, 32 base62><checksum, 6 base62>
    forg_{live|test}_<secret, 32 hex>

The checksum is CRC-32 of everything before it (without the underscore that parts it off). The digest is SHA-256 behind
a secret pepper: fast is right, for a secret of 128 bits and more cannot be guessed. Source: semantics §6.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Final
from zlib import crc32

from core.errors import Invalid
from core.secrets import Secrets
from models import Environment, KeyFormat

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PURPOSE: Final = "api-key-pepper"
ID_LETTERS: Final = 12
SECRET_LETTERS: Final = 32
CHECK_LETTERS: Final = 6
_PARTS: Final = 5
"""Parts of an `fmrp` key."""
_SHOWN: Final = 6
"""Letters of a secret that are shown, of keys that have no id: 104 bits and more stay hidden."""
LONGEST: Final = 96
"""No key is longer; what is longer is not even looked at."""

_PAIRS: Final = [high + low for high in ALPHABET for low in ALPHABET]
_KEY: Final = re.compile(
    r"fmrp_(?:live|test)_([0-9A-Za-z]{12})_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}|fje_[0-9A-Za-z]{38}|forg_(?:live|test)_[0-9a-f]{32}"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A key that is well formed; whether it is anybody's is another question. Its repr does not show it."""

    public_id: str
    """The part that may be shown: it stands in an `fmrp` key, and is derived from the others."""
    digest: bytes


class Pepper:
    """Makes and compares the digests of keys; a repr shows nothing."""

    def __init__(self, secrets_of: Secrets) -> None:
        self._keys = secrets_of.subkeys(PURPOSE)

    def digest(self, key: str) -> bytes:
        """Return the 32 bytes that stand for a key; the pepper has a fixed length, so a prefix is as good as HMAC."""
        return sha256(self._keys[0] + key.encode()).digest()

    def digests(self, key: str) -> list[bytes]:
        """Return what stands for a key under every secret that still counts, the newest first."""
        return [sha256(each + key.encode()).digest() for each in self._keys]

    def matches(self, key: str, digest: bytes) -> bool:
        """Compare in constant time, under every secret that still counts."""
        return any(hmac.compare_digest(sha256(each + key.encode()).digest(), digest) for each in self._keys)

    def read(self, key: str) -> Credential | None:
        """Read a key; None when it is malformed or its checksum is wrong, before anything is looked up."""
        public_id = public_id_of(key)
        return None if public_id is None else Credential(public_id, self.digest(key))


def make_key(form: KeyFormat, environment: Environment) -> str:
    """Make a new key. Raises Invalid for a test key of the format that has none (`fje`)."""
    if form is KeyFormat.FMRP:
        body = f"fmrp_{environment}_{_letters(ID_LETTERS)}_{_letters(SECRET_LETTERS)}"
        return f"{body}_{checksum(body)}"
    if form is KeyFormat.FORG:
        return f"forg_{environment}_{secrets.token_hex(16)}"
    if environment is not Environment.LIVE:
        raise Invalid("environment: keys of the format fje are live", field="environment")
    body = f"fje_{_letters(SECRET_LETTERS)}"
    return body + checksum(body)


def public_id_of(key: str) -> str | None:
    """Return the id by which a well-formed key is found and shown; None when it is malformed."""
    found = _KEY.fullmatch(key) if len(key) <= LONGEST else None
    if found is None:
        return None
    public_id: str | None = found[1]
    if public_id is not None:
        return public_id if key[-CHECK_LETTERS:] == checksum(key[: -CHECK_LETTERS - 1]) else None
    if key.startswith("fje_") and key[-CHECK_LETTERS:] != checksum(key[:-CHECK_LETTERS]):
        return None
    number = int.from_bytes(blake2b(key.encode(), digest_size=16, person=b"forge-key-id").digest())
    return _base62(number, ID_LETTERS)


def claimed_id_of(key: str) -> str | None:
    """Return the id that a key says it has, unchecked where it stands in it: what this finds proves nothing."""
    parts = key.split("_")
    return parts[2] if len(parts) == _PARTS else public_id_of(key)


def checksum(text: str) -> str:
    """Return CRC-32 in base62, six letters."""
    high, low = divmod(crc32(text.encode()), len(_PAIRS))
    return _PAIRS[high // len(_PAIRS)] + _PAIRS[high % len(_PAIRS)] + _PAIRS[low]


def masked(key: str) -> str:
    """Return what of a key may be shown: what it begins with, so that who holds it finds it in a list."""
    if public_id_of(key) is None:
        return "(malformed key)"
    if key.startswith("fmrp_"):
        return f"{key[: len('fmrp_live_') + ID_LETTERS]}_…"
    return f"{key[: key.rindex('_') + 1 + _SHOWN]}…"


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _base62(number: int, width: int) -> str:
    letters = ""
    while len(letters) < width:
        number, digit = divmod(number, len(ALPHABET))
        letters = ALPHABET[digit] + letters
    return letters
