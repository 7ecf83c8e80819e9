"""What the error types of all mutations share."""

import strawberry


@strawberry.type
class MutationError:
    """Each type adds its `code`, an enum of what its mutations may answer, and what else the error is about."""

    field: str | None
    message: str | None
