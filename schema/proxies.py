"""Behind proxies: which address, scheme and client a request really has.

Only a caller of `ARGOSY_TRUSTED_PROXIES` is believed, and must itself overwrite what its own callers send of
X-Forwarded-Proto and X-Forwarded-Host; to X-Forwarded-For each proxy adds whom it was called by.
"""

from ipaddress import ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

_FORWARDED = {b"x-forwarded-for": "for", b"x-forwarded-host": "host", b"x-forwarded-proto": "proto"}


class TrustedProxies:
    """`trusted`: addresses and networks, such as `10.0.0.0/8`. Raises ValueError for anything else."""

    def __init__(self, app: ASGIApp, trusted: tuple[str, ...]):
        self.app = app
        self._networks = tuple(ip_network(network, strict=False) for network in trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client") and self._trusts(scope["client"][0]):
            scope = self._as_called(scope)
        await self.app(scope, receive, send)

    def _as_called(self, scope: Scope) -> Scope:
        told: dict[str, str] = {}
        for name, value in scope["headers"]:
            word = _FORWARDED.get(name)
            if word is not None:
                told[word] = f"{told[word]},{value.decode('latin-1')}" if word in told else value.decode("latin-1")
        changed = dict(scope)
        scheme, host = (told.get(word, "").partition(",")[0].strip() for word in ("proto", "host"))
        if scheme in ("http", "https"):
            changed["scheme"] = scheme
        if host:
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            changed["headers"] = [(b"host", host.encode("latin-1")), *others]
        client = self._client(told.get("for", ""))
        if client is not None:
            changed["client"] = (client, 0)
        return changed

    def _client(self, chain: str) -> str | None:
        """The last caller in the chain that is no proxy of ours: what stands before it, it may have made up."""
        found = None
        for address in reversed([part.strip() for part in chain.split(",") if part.strip()]):
            try:
                ip_address(address)
            except ValueError:
                break
            found = address
            if not self._trusts(address):
                break
        return found

    def _trusts(self, address: str) -> bool:
        try:
            known = ip_address(address)
        except ValueError:
            return False
        return any(known.version == network.version and known in network for network in self._networks)
