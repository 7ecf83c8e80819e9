"""Secrets at rest open only with the shop's own key, and only for what they were sealed for."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from engine.core.errors import ConfigurationError
from engine.core.security import SecretBox, shop_secret
from engine.core.settings import Profile, Settings


def test_what_is_sealed_opens_again_and_never_looks_the_same() -> None:
    box = SecretBox("k" * 40, "plugin")
    assert box.open(box.seal(b"sk_live_1")) == b"sk_live_1"
    assert box.seal(b"sk_live_1") != box.seal(b"sk_live_1")
    assert b"sk_live" not in box.seal(b"sk_live_1")


def test_another_purpose_key_or_an_altered_byte_does_not_open() -> None:
    sealed = SecretBox("k" * 40, "plugin").seal(b"secret")
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for box, value in [
        (SecretBox("k" * 40, "token"), sealed),
        (SecretBox("j" * 40, "plugin"), sealed),
        (SecretBox("k" * 40, "plugin"), altered),
        (SecretBox("k" * 40, "plugin"), b""),
    ]:
        with pytest.raises(ConfigurationError, match="ARGOSY_SECRET_KEY"):
            box.open(value)


def test_the_embedded_shop_makes_its_key_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    first = shop_secret(settings)
    assert shop_secret(settings) == first
    assert len(first) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_production_makes_no_key_of_its_own_and_takes_no_short_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Set ARGOSY_SECRET_KEY"):
        shop_secret(Settings(_env_file=None, data_dir=tmp_path, profile=Profile.PRODUCTION))
    with pytest.raises(ConfigurationError, match="shorter than 32"):
        shop_secret(Settings(_env_file=None, data_dir=tmp_path, secret_key=SecretStr("short")))
