"""Documents parsed, limited and validated once, kept in a bounded LRU by their text."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse, validate

from engine.core.errors import BadRequest
from schema.execution.limits import Limits, check_document

KEPT = 1_000
KEPT_CHARACTERS = 300_000
"""Of all kept texts together: a parsed document takes about three hundred times the memory of its text."""
MAX_VALIDATION_ERRORS = 5


@dataclass(frozen=True)
class Refused:
    """Why a document will not be run."""

    errors: tuple[GraphQLError, ...]


class Documents:
    """Refused documents are not kept: their errors hold the whole parse, and whoever sends them can vary them."""

    def __init__(self, schema: GraphQLSchema, size: int = KEPT, characters: int = KEPT_CHARACTERS):
        self._schema = schema
        self._size = size
        self._characters = characters
        self._used = 0
        self._kept: OrderedDict[tuple[str, Limits], DocumentNode] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str, limits: Limits) -> DocumentNode | Refused:
        key = (text, limits)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        prepared = self._prepare(text, limits)
        if isinstance(prepared, DocumentNode):
            self._keep(key, prepared)
        return prepared

    def _keep(self, key: tuple[str, Limits], document: DocumentNode) -> None:
        self._kept[key] = document
        self._used += len(key[0])
        while len(self._kept) > self._size or self._used > self._characters:
            (text, _), _ = self._kept.popitem(last=False)
            self._used -= len(text)

    def _prepare(self, text: str, limits: Limits) -> DocumentNode | Refused:
        try:
            document = parse(text, max_tokens=limits.tokens, no_location=False)
            check_document(document, limits)
        except GraphQLSyntaxError as error:
            return Refused((error,))
        except BadRequest as error:
            return Refused((GraphQLError(str(error)),))
        except RecursionError:
            return Refused((GraphQLError("The document is nested too deeply."),))
        errors = validate(self._schema, document, max_errors=MAX_VALIDATION_ERRORS)
        return Refused(tuple(errors)) if errors else document
