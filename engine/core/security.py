"""Secrets at rest: AES-256-GCM under a key derived (HKDF-SHA256) from the shop's one secret."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.core.errors import ConfigurationError
from engine.core.settings import Settings

_VERSION = b"\x01"
_NONCE = 12
MINIMUM_SECRET = 32


class SecretBox:
    """Seals bytes for one purpose; a value sealed for another purpose or key does not open.

    Sealed form: version byte, 4-byte key id, 12-byte nonce, ciphertext with tag.
    """

    def __init__(self, secret: str, purpose: str):
        key = HKDF(hashes.SHA256(), 32, b"argosy", purpose.encode()).derive(secret.encode())
        self._key_id = HKDF(hashes.SHA256(), 4, b"argosy-key-id", b"").derive(secret.encode())
        self._purpose = purpose.encode()
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return _VERSION + self._key_id + nonce + self._cipher.encrypt(nonce, plain, self._purpose)

    def open(self, sealed: bytes) -> bytes:
        """Raises ConfigurationError when the shop's secret is not the one it was sealed with."""
        if sealed[:1] != _VERSION or sealed[1:5] != self._key_id:
            raise ConfigurationError(_OTHER_KEY)
        try:
            return self._cipher.decrypt(sealed[5 : 5 + _NONCE], sealed[5 + _NONCE :], self._purpose)
        except InvalidTag as error:
            raise ConfigurationError(_OTHER_KEY) from error


_OTHER_KEY = (
    "A stored secret was sealed with another ARGOSY_SECRET_KEY. Set the key this database was made with"
    " (embedded: the file secret.key in the data folder)."
)


def shop_secret(settings: Settings) -> str:
    """`ARGOSY_SECRET_KEY`, or the data folder's `secret.key` (made on first use, mode 0600)."""
    if settings.secret_key is not None:
        given = settings.secret_key.get_secret_value()
        if len(given) < MINIMUM_SECRET:
            raise ConfigurationError(f"ARGOSY_SECRET_KEY is shorter than {MINIMUM_SECRET} characters.")
        return given
    if settings.production:
        raise ConfigurationError("Set ARGOSY_SECRET_KEY: the production profile makes no key of its own.")
    return _key_file(settings.data_dir / "secret.key")


def _key_file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        # link fails when another process was first, so all of them read the one key
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def secret_box(settings: Settings, purpose: str) -> SecretBox:
    return SecretBox(shop_secret(settings), purpose)
