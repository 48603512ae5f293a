"""Keys for every purpose out of one secret, and encryption of what must be kept but not read: FORGE_SECRET put to work.

The first secret signs and encrypts; all of them verify and decrypt, so that a secret is rotated by putting a new one
in front and dropping the old one when nothing of it is left. Subkeys are HKDF-SHA256 (RFC 5869), one per purpose.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.setting_values import read_secrets
from core.settings import SettingError, Settings

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """A sealed text was changed, belongs elsewhere, or was sealed under a secret that FORGE_SECRET no longer lists."""


class Secrets:
    """The secrets of an installation, newest first; its repr shows none of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(texts)
        self._made: dict[str, tuple[bytes, ...]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take FORGE_SECRET, or what is in `FORGE_HOME/secret`, which is made (mode 0600) when missing.

        Raises SettingError when that file cannot be made, read or used.
        """
        return cls(settings.secret or _kept(settings.home / "secret"))

    @property
    def texts(self) -> tuple[str, ...]:
        """The secrets themselves, to hand them to a child process."""
        return self._texts

    def subkey(self, purpose: str) -> bytes:
        """Return the 32 bytes to sign or hash with for this purpose."""
        return self.subkeys(purpose)[0]

    def subkeys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the keys that may have signed for this purpose, newest first: verify against each of them."""
        if purpose not in self._made:
            self._made[purpose] = tuple(_derive(text, purpose) for text in self._texts)
        return self._made[purpose]

    def seal(self, purpose: str, plain: bytes, context: bytes = b"") -> bytes:
        """Encrypt (AES-256-GCM) for keeping; `context` (an id of the row, say) must be the same again to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + AESGCM(self.subkey(purpose)).encrypt(nonce, plain, context)

    def open(self, purpose: str, sealed: bytes, context: bytes = b"") -> bytes:
        """Decrypt what `seal` made under any of the secrets; raises SealBrokenError when none opens it."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] == _FORMAT and len(nonce) == _NONCE_BYTES:
            for key in self.subkeys(purpose):
                with contextlib.suppress(InvalidTag):
                    return AESGCM(key).decrypt(nonce, body, context)
        raise SealBrokenError(f"cannot open what was sealed for {purpose}")


def _derive(text: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"forge/{purpose}".encode()).derive(text.encode())


def _kept(path: Path) -> tuple[str, ...]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return read_secrets(path.read_text())
    except OSError as error:
        raise SettingError("FORGE_HOME", f"cannot hold the secret: {path}: {error.strerror}") from error
    except ValueError as error:
        raise SettingError("FORGE_HOME", f"holds a secret that cannot be used: {path} {error}") from error


def _make(path: Path) -> None:
    """Write a whole new secret beside the path and link it there, so that of two processes one wins and both agree."""
    draft = path.with_name(f".secret.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
