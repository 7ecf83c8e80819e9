"""Documents parsed, limited and validated once, kept in a bounded LRU by their text."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse, validate

from engine.core.errors import BadRequest
from schema.execution.limits import Limits, check_document

KEPT = 1_000
MAX_VALIDATION_ERRORS = 5


@dataclass(frozen=True)
class Refused:
    """Why a document will not be run."""

    errors: tuple[GraphQLError, ...]


class Documents:
    def __init__(self, schema: GraphQLSchema, size: int = KEPT):
        self._schema = schema
        self._size = size
        self._kept: OrderedDict[tuple[str, Limits], DocumentNode | Refused] = OrderedDict()

    def get(self, text: str, limits: Limits) -> DocumentNode | Refused:
        key = (text, limits)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._prepare(text, limits)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found

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
