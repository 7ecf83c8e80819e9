"""Pictures and files as the API answers them; their rows are made by `engine.flows.media`."""

import strawberry


@strawberry.type
class Image:
    url: str
    alt: str | None


@strawberry.type
class File:
    url: str
    content_type: str | None
