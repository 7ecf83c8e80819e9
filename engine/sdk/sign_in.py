"""The contract of a service that tells who somebody is: signing in with an account kept elsewhere.

The engine makes `state`, `nonce` and the PKCE verifier, keeps them from the browser, and decides which customer a
proven identity is. A plugin only asks the service and checks its answer.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class SignInRefused(Exception):
    """The service did not vouch for anybody, or what it sent does not hold; the message is shown to the storefront."""


class SignInFault(Exception):
    """The service could not be asked, or its answer is not to be understood; the message is for the log."""


@dataclass(frozen=True)
class BeginRequest:
    """Send the browser away. It comes back to `redirect_uri` with `state` and a code."""

    redirect_uri: str
    state: str
    nonce: str
    code_verifier: str
    """For PKCE (RFC 7636), 43 characters or more."""


@dataclass(frozen=True)
class FinishRequest:
    """Trade the code for an identity. The first three are those of the BeginRequest."""

    redirect_uri: str
    nonce: str
    code_verifier: str
    code: str
    now: float
    """Unix seconds, to judge ages by."""


@dataclass(frozen=True)
class Identity:
    """Whom the service vouches for. `issuer` and `subject` together never change and never name somebody else."""

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    """Whether the service itself says that it checked the address."""
    email_trusted: bool = False
    """Whether the address is good enough for a customer's account: it was checked, or the merchant vouches for it."""
    first_name: str = ""
    last_name: str = ""
    staff_allowed: bool = False
    """Whether the merchant lets members of staff sign in this way."""


@runtime_checkable
class SignIn(Protocol):
    async def begin(self, request: BeginRequest) -> str:
        """The address to send the browser to. Raises SignInFault."""
        ...

    async def finish(self, request: FinishRequest) -> Identity:
        """Raises SignInRefused, SignInFault."""
        ...

    async def logout_url(self, return_to: str | None) -> str | None:
        """Where the browser ends the session it has with the service; None if it has no such place."""
        ...
