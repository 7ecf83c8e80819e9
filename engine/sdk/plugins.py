"""What a plugin says of itself.

A package offers a `Plugin` under the entry-point group `argosy.plugins`:

    [project.entry-points."argosy.plugins"]
    my_carrier = "my_package:plugin"
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T_co = TypeVar("T_co", covariant=True)


class Kind(StrEnum):
    CARRIER = "carrier"
    PAYMENT = "payment"
    SIGN_IN = "sign_in"


class Capability(StrEnum):
    """What a plugin can do beyond the least its kind must do; the engine asks for nothing else."""

    AUTHORIZE = "payment.authorize"
    CHARGE = "payment.charge"
    CAPTURE = "payment.capture"
    PARTIAL_CAPTURE = "payment.partial_capture"
    CANCEL = "payment.cancel"
    REFUND = "payment.refund"
    CONTINUE = "payment.continue"
    """The shopper may have to act (3-D Secure) before `process` finishes the payment."""
    WEBHOOK = "payment.webhook"
    OFFLINE = "payment.offline"
    """Money moves outside; staff record it."""
    QUOTE = "carrier.quote"
    SHIP = "carrier.ship"
    TRACK = "carrier.track"
    CANCEL_SHIPMENT = "carrier.cancel_shipment"


class NoConfig(BaseModel):
    """For a plugin with nothing to set."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class PluginEnvironment:
    """What the engine tells a plugin about where it runs."""

    production: bool
    data_dir: Path


@dataclass(frozen=True)
class Plugin(Generic[T_co]):
    """`create(config, environment)` makes the working object; it must not do I/O.

    `config` is a pydantic model: a field of type `SecretStr` is encrypted at rest and never shown again.
    `engine` is a version specifier (PEP 440) such as `>=0.1,<0.2` that the running engine must satisfy.
    A plugin that is only for trying things out sets `development_only`: production refuses to load it.
    """

    id: str
    name: str
    kind: Kind
    version: str
    engine: str
    create: Callable[[Any, PluginEnvironment], T_co]
    capabilities: frozenset[Capability] = frozenset()
    config: type[BaseModel] = NoConfig
    aliases: tuple[str, ...] = ()
    """Other ids that clients know it by."""
    description: str = ""
    development_only: bool = False
    currencies: frozenset[str] | None = field(default=None)
    """ISO 4217 codes a payment plugin accepts; None: all."""
