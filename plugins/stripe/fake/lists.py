"""List endpoints with Stripe's cursors and `created` filters, and the `expand` parameter."""

import re
from typing import Any

from plugins.stripe.fake.errors import InvalidParameter
from plugins.stripe.fake.forms import Params
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.store import Object
from plugins.stripe.fake.webhooks import hide_secret

_QUOTED = r"'((?:[^'\\]|\\.)*)'"
_METADATA_QUERY = re.compile(rf"metadata\[{_QUOTED}\]:{_QUOTED}")
PAGING = ("limit", "starting_after", "ending_before", "expand")
EXPANDABLE = {
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "dispute": "dispute",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
}


def listing(kind: str, url: str, *filters: str) -> Any:
    """A handler that lists a kind, newest first, filtered by equal fields."""

    def handler(fake: FakeStripe, params: Params, wanted: str = "") -> Object:
        params.allow(*PAGING, *filters, "created", *(["types"] if kind == "event" else []))
        equal = {name: value for name in filters if (value := params.text(name)) is not None}
        items = fake.store.find(kind, **equal)
        types = params.strings("types")
        items = [item for item in items if not types or item["type"] in types]
        items = _created(items, params)
        limit = params.integer("limit", minimum=1)
        limit = 10 if limit is None else limit
        if limit > 100:
            message = "This value must be less than or equal to 100 (it currently is '%d')."
            raise InvalidParameter(message % limit, code="parameter_invalid_integer", param="limit")
        page, more = _page(items, params, limit)
        if kind == "webhook_endpoint":
            page = [hide_secret(item) for item in page]
        return {"object": "list", "data": page, "has_more": more, "url": url}

    return handler


def search_intents(fake: FakeStripe, params: Params, wanted: str = "") -> Object:
    """`payment_intents/search` for one `metadata['key']:'value'`. The real index runs some seconds behind."""
    params.allow("query", "limit", "page", "expand")
    query = params.text("query")
    if query is None:
        raise params.missing("query")
    match = _METADATA_QUERY.fullmatch(query)
    if match is None:
        raise InvalidParameter("We were unable to parse your search query.", param="query")
    key, value = (re.sub(r"\\(.)", r"\1", part) for part in match.groups())
    found = [item for item in fake.store.find("payment_intent") if item["metadata"].get(key) == value]
    url = "/v1/payment_intents/search"
    return {"object": "search_result", "data": found[:100], "has_more": False, "next_page": None, "url": url}


def _created(items: list[Object], params: Params) -> list[Object]:
    if "created" not in params:
        return items
    try:
        exact = params.integer("created")
    except InvalidParameter:
        bounds = params.nested("created")
    else:
        return [item for item in items if item["created"] == exact]
    bounds.allow("gt", "gte", "lt", "lte")
    least = max(bounds.integer("gte") or 0, (bounds.integer("gt") or -1) + 1)
    most = min(bounds.integer("lte") or 2**62, (bounds.integer("lt") or 2**62) - 1)
    return [item for item in items if least <= item["created"] <= most]


def _page(items: list[Object], params: Params, limit: int) -> tuple[list[Object], bool]:
    after, before = params.text("starting_after"), params.text("ending_before")
    ids = [item["id"] for item in items]
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and cursor not in ids:
            raise InvalidParameter(f"No such object: '{cursor}'", code="resource_missing", param=name)
    if before is not None:
        newer = items[: ids.index(before)]
        return newer[-limit:], len(newer) > limit
    rest = items[ids.index(after) + 1 :] if after is not None else items
    return rest[:limit], len(rest) > limit


def expand(fake: FakeStripe, answer: Object, paths: list[str]) -> Object:
    """Replace ids by objects along paths such as `latest_charge.balance_transaction` or `data.charge`."""
    for path in paths:
        _expand(fake, answer, path.split("."), path)
    return answer


def _expand(fake: FakeStripe, node: Object, steps: list[str], path: str) -> None:
    if len(steps) > 4 or steps[0] not in node:
        raise InvalidParameter(f"This property cannot be expanded ({path}).", param="expand")
    value = node[steps[0]]
    if isinstance(value, list):
        for item in value:
            _expand(fake, item, steps[1:] or [""], path)
        return
    if isinstance(value, str):
        kind = EXPANDABLE.get(steps[0])
        if kind is None:
            raise InvalidParameter(f"This property cannot be expanded ({path}).", param="expand")
        node[steps[0]] = value = fake.load(kind, value)
    if isinstance(value, dict) and steps[1:]:
        _expand(fake, value, steps[1:], path)
