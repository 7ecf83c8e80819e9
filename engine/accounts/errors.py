"""Expected failures of accounts, with the codes of Saleor's `AccountErrorCode`."""

from engine.core.errors import Refusal


class AccountRefusal(Refusal):
    """`address_type` is `BILLING` or `SHIPPING` where the fault is in an address of that kind."""

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None, **facts: object):
        super().__init__(message, field=field, code=code, **{"address_type": None, **facts})


class InvalidCredentials(AccountRefusal):
    """The same whether the account is unknown, has no password, or another one."""

    code = "INVALID_CREDENTIALS"

    def __init__(self, field: str = "email"):
        super().__init__("Please, enter valid credentials", field=field)


class LoginDelayed(AccountRefusal):
    code = "LOGIN_ATTEMPT_DELAYED"

    def __init__(self, field: str = "email"):
        super().__init__("Too many attempts. Please try again later.", field=field)


class WeakPassword(AccountRefusal):
    pass


class InvalidToken(AccountRefusal):
    """A token that is not ours, was altered, or was made for something else."""

    code = "JWT_INVALID_TOKEN"


class ExpiredToken(AccountRefusal):
    code = "JWT_SIGNATURE_EXPIRED"
