"""Cookies of one request: those that came, and those the answer sets."""

from http.cookies import CookieError, SimpleCookie


class Cookies:
    __slots__ = ("_secure", "_sent", "made")

    def __init__(self, sent: str | None = None, *, secure: bool = False):
        """`sent` is the Cookie header; `secure`: the client called by https."""
        self._sent = sent
        self._secure = secure
        self.made: list[str] = []
        """Values of Set-Cookie headers."""

    def get(self, name: str) -> str | None:
        if self._sent is None:
            return None
        try:
            found = SimpleCookie(self._sent).get(name)
        except CookieError:
            return None
        return None if found is None else found.value

    def set(self, name: str, value: str, seconds: int) -> None:
        """One that scripts cannot read, and that goes along with calls from other origins only over https."""
        scope = "SameSite=None; Secure" if self._secure else "SameSite=Lax"
        self.made.append(f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; {scope}")

    def drop(self, name: str) -> None:
        self.set(name, "", 0)
