"""Subkeys and sealed texts, over rotation."""

from __future__ import annotations

import hmac
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.secrets import SealBrokenError, Secrets
from core.settings import SettingError, Settings

OLD, NEW = "old-" * 8, "new-" * 8


def test_a_subkey_is_hkdf_of_the_secret_and_its_purpose():
    # RFC 5869 with SHA-256, no salt, info "forge/keys", 32 bytes; computed by hand with hmac
    assert Secrets([OLD]).subkey("keys") == _hkdf(OLD.encode(), b"forge/keys")
    assert Secrets([OLD]).subkey("keys") != Secrets([OLD]).subkey("cookies")


def test_after_rotation_the_new_secret_signs_and_both_verify():
    old, both = Secrets([OLD]), Secrets([NEW, OLD])
    assert both.subkey("keys") == Secrets([NEW]).subkey("keys")
    assert both.subkeys("keys") == (Secrets([NEW]).subkey("keys"), old.subkey("keys"))


def test_what_was_sealed_before_rotation_opens_after_it():
    sealed = Secrets([OLD]).seal("webhooks", b"whsec_x", context=b"row 1")
    assert Secrets([NEW, OLD]).open("webhooks", sealed, context=b"row 1") == b"whsec_x"
    with pytest.raises(SealBrokenError):
        Secrets([NEW]).open("webhooks", sealed, context=b"row 1")


def test_a_seal_holds_for_its_purpose_its_row_and_every_bit():
    secrets = Secrets([OLD])
    sealed = secrets.seal("webhooks", b"", context=b"row 1")
    assert secrets.open("webhooks", sealed, context=b"row 1") == b""
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    cut = [sealed[:length] for length in range(len(sealed))]
    for broken in (*changed, *cut):
        with pytest.raises(SealBrokenError):
            secrets.open("webhooks", broken, context=b"row 1")
    for purpose, context in (("webhooks", b"row 2"), ("cookies", b"row 1")):
        with pytest.raises(SealBrokenError):
            secrets.open(purpose, sealed, context=context)


def test_the_same_text_is_never_sealed_twice_the_same():
    secrets = Secrets([OLD])
    assert len({secrets.seal("webhooks", b"x") for _ in range(100)}) == 100


def test_without_forge_secret_one_is_made_once_and_kept_private(tmp_path: Path):
    settings = Settings.load({"FORGE_HOME": str(tmp_path / "home")})
    with ThreadPoolExecutor(8) as pool:
        made = {found.texts for found in pool.map(lambda _: Secrets.of(settings), range(16))}
    assert len(made) == 1
    path = tmp_path / "home" / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Secrets.of(settings).texts == (path.read_text().strip(),)
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_a_kept_secret_that_was_emptied_is_an_error_not_a_new_secret(tmp_path: Path):
    (tmp_path / "secret").write_text("")
    with pytest.raises(SettingError, match=r"FORGE_HOME holds a secret that cannot be used: .*/secret must be"):
        Secrets.of(Settings.load({"FORGE_HOME": str(tmp_path)}))


def test_a_repr_shows_no_secret():
    assert OLD not in repr(Secrets([OLD]))


def _hkdf(secret: bytes, info: bytes) -> bytes:
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")
