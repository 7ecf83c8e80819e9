"""Who may resolve a field. A root field without a guard is a programming error: denied unless granted."""

from dataclasses import dataclass

from engine.core.context import Caller
from engine.core.errors import PermissionDenied


@dataclass(frozen=True)
class Guard:
    """Passes a caller that holds one of `permissions` or meets one of the flags."""

    permissions: tuple[str, ...] = ()
    anyone: bool = False
    user: bool = False
    staff: bool = False
    app: bool = False

    def check(self, caller: Caller) -> None:
        """Raises PermissionDenied."""
        if (
            self.anyone
            or (self.user and caller.user_id is not None)
            or (self.staff and caller.is_staff)
            or (self.app and caller.app_id is not None)
            or caller.has(*self.permissions)
        ):
            return
        raise PermissionDenied(self.names())

    def names(self) -> tuple[str, ...]:
        flags = {
            "AUTHENTICATED_USER": self.user,
            "AUTHENTICATED_STAFF_USER": self.staff,
            "AUTHENTICATED_APP": self.app,
        }
        return (*self.permissions, *(name for name, on in flags.items() if on))


PUBLIC = Guard(anyone=True)
"""Anybody, signed in or not; what they then see is the resolver's own rule."""
USER = Guard(user=True)
STAFF = Guard(staff=True, app=True)


def needs(*permissions: str) -> Guard:
    return Guard(permissions=permissions)
