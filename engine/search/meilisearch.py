"""Search by Meilisearch (1.15 or later), through its official client.

It finds and ranks; PostgreSQL then keeps what passes the filter, and counts. So a price, a stock or a publication
that changed a moment ago is right in every result, however late the index is.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from meilisearch import Client
from meilisearch.errors import MeilisearchApiError, MeilisearchError
from requests import RequestException

from engine.core.context import Ctx, Row
from engine.core.outside import OutsideTimeout, outside_call
from engine.listing.rules import ListingFilter
from engine.search import ranking
from engine.search.backend import MAX_RESULTS, Progress, SearchHits, SearchRequest
from engine.search.documents import BASE_LANGUAGE, Document, documents, languages, languages_of, listed
from engine.search.queries import product_batches
from engine.search.rules import MAX_QUERY_LENGTH, query_terms

INDEX = "argosy_products"
THREADS = 8
"""Calls at once from one process: the client blocks a thread each."""
SEARCH_SECONDS = 1.5
INDEX_SECONDS = 20.0
REINDEX_SECONDS = 120.0
BATCH = 500

FIELDS = ("name", "labels", "places", "text")
"""The texts of a document by weight, each in one field for every language: `name_en`."""
FILTERABLE = ["id", "channels", "published", "product_type", "categories", "collections", "values"]
# The two-letter codes that Meilisearch 1.41 names for `locales`; it refuses others.
_LOCALES = frozenset(
    "af ak am ar az be bg bn ca cs da de el en eo es et fa fi fr gu he hi hr hu hy id it ja jv ka km kn ko la lt lv mk"
    " ml mr my nb ne nl or pa pl pt ro ru si sk sl sn sr sv ta te th tk tl tr uk ur uz vi yi zh zu".split()
)
# In a query Meilisearch takes quotes for a phrase and a leading hyphen for "without".
_OPERATORS = re.compile(r'["-]')

P = ParamSpec("P")
T = TypeVar("T")


class MeilisearchUnavailable(Exception):
    """It did not answer in time, or not as it should; `code` is its own name of the error, if it gave one."""

    def __init__(self, message: str, code: str | None = None):
        super().__init__(message)
        self.code = code


class MeilisearchBackend:
    name = "meilisearch"

    def __init__(self, url: str, api_key: str | None = None, index: str = INDEX):
        self._url = url
        self._api_key = api_key
        self._index = index
        self._threads = anyio.CapacityLimiter(THREADS)

    async def search(self, ctx: Ctx, request: SearchRequest) -> SearchHits:
        """Raises MeilisearchUnavailable, as do `index` and `reindex`."""
        if not query_terms(request.query, request.language):
            return SearchHits([], 0)
        ids = await self._call(ctx, SEARCH_SECONDS, _search, self._index, request)
        return await ranking.of(ctx, ids, request)

    async def index(self, ctx: Ctx, product_ids: Sequence[int]) -> None:
        """Returns when Meilisearch has done it, not when it has taken note."""
        wanted = sorted(set(product_ids))
        for start in range(0, len(wanted), BATCH):
            ids = wanted[start : start + BATCH]
            found = await documents(ctx, ids)
            gone = sorted(set(ids) - {document.product_id for document in found})
            bodies = as_json(found, await listed(ctx, ids))
            spoken = {document.language for document in found}
            await self._call(ctx, INDEX_SECONDS, _update, self._index, bodies, gone, spoken)

    async def reindex(self, ctx: Ctx, progress: Progress | None = None) -> int:
        """Into an index of its own, which then changes places with the one in use."""
        new = f"{self._index}_{secrets.token_hex(4)}"
        await self._call(ctx, REINDEX_SECONDS, _create, new, settings(await languages(ctx)))
        done = 0
        async for ids, total in product_batches(ctx, BATCH):
            bodies = as_json(await documents(ctx, ids), await listed(ctx, ids))
            await self._call(ctx, REINDEX_SECONDS, _add, new, bodies)
            done += len(ids)
            if progress is not None:
                progress(done, max(total, done))
        await self._call(ctx, REINDEX_SECONDS, _swap, self._index, new)
        return done

    async def exists(self, ctx: Ctx) -> bool:
        """Whether there is an index to search in."""
        try:
            await self._call(ctx, SEARCH_SECONDS, _fetch_info, self._index)
        except MeilisearchUnavailable as error:
            if error.code == "index_not_found":
                return False
            raise
        return True

    async def drop(self, ctx: Ctx) -> None:
        """Remove the index and all that is in it."""
        await self._call(ctx, INDEX_SECONDS, _drop, self._index)

    async def _call(
        self, ctx: Ctx, seconds: float, work: Callable[Concatenate[Client, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        # A client of its own: the library's keeps the headers of a request on itself, which threads cannot share.
        client = Client(self._url, self._api_key, timeout=max(1, int(seconds)))
        try:
            async with outside_call(ctx, "meilisearch", seconds=seconds):
                return await anyio.to_thread.run_sync(
                    lambda: work(client, *args, **kwargs), abandon_on_cancel=True, limiter=self._threads
                )
        except MeilisearchApiError as error:
            raise MeilisearchUnavailable(str(error), error.code) from error
        except (MeilisearchError, RequestException, OutsideTimeout) as error:
            raise MeilisearchUnavailable(str(error)) from error
        except (KeyError, TypeError, ValueError) as error:
            raise MeilisearchUnavailable(f"an answer of another shape: {error!r}") from error


def settings(spoken: Iterable[str]) -> dict[str, Any]:
    """The settings of an index whose documents are in these languages."""
    known = sorted({*spoken, BASE_LANGUAGE})
    return {
        "searchableAttributes": [f"{name}_{language}" for name in FIELDS for language in known],
        "filterableAttributes": FILTERABLE,
        "displayedAttributes": ["id"],
        "rankingRules": ["words", "typo", "proximity", "attribute", "exactness", "id:asc"],
        "typoTolerance": {
            "enabled": True,
            "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
            "disableOnNumbers": True,
        },
        "pagination": {"maxTotalHits": MAX_RESULTS},
        "localizedAttributes": [
            {"locales": [locale], "attributePatterns": [f"*_{language}"]}
            for language in known
            if (locale := _locale(language))
        ],
    }


def search_options(request: SearchRequest, spoken: Sequence[str]) -> dict[str, Any]:
    """What is sent along with the words of a query."""
    locale = _locale(request.language)
    return {
        "limit": MAX_RESULTS,
        "attributesToRetrieve": ["id"],
        "attributesToSearchOn": [f"{name}_{language}" for language in spoken for name in FIELDS],
        "matchingStrategy": "all",
        "filter": conditions(request.filter),
        **({"locales": [locale]} if locale else {}),
    }


def search_text(query: str) -> str:
    """The query without anything that would act as an operator."""
    return _OPERATORS.sub(" ", query[:MAX_QUERY_LENGTH])


def conditions(filter: ListingFilter) -> list[str]:
    """What of a filter changes seldom enough to be asked of the index. Numbers are all that goes into it."""
    found: list[str] = []
    if filter.channel_id is not None:
        found.append(f"{'published' if filter.published_only else 'channels'} = {int(filter.channel_id)}")
    lists = [
        ("id", filter.product_ids),
        ("categories", filter.category_ids),
        ("product_type", filter.product_type_ids),
        # staff also ask for collections that are not published, which are not in the index
        ("collections", filter.collection_ids if filter.published_only else None),
        *(("values", group) for group in filter.value_groups if isinstance(group, tuple)),
    ]
    return found + [f"{name} IN [{', '.join(str(int(id)) for id in ids)}]" for name, ids in lists if ids is not None]


def as_json(found: Iterable[Document], facts: Mapping[int, Row]) -> list[dict[str, Any]]:
    """One body for each product, with all its languages."""
    bodies: dict[int, dict[str, Any]] = {}
    for document in found:
        body = bodies.setdefault(document.product_id, _facts(document.product_id, facts.get(document.product_id)))
        for name, texts in zip(FIELDS, document.texts, strict=True):
            if texts:
                body[f"{name}_{document.language}"] = list(texts)
    return list(bodies.values())


def _facts(product_id: int, row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"id": product_id, "channels": [], "published": []}
    return {
        "id": product_id,
        "channels": row["channel_ids"],
        "published": row["published_ids"],
        "product_type": row["product_type_id"],
        "categories": row["category_ids"],
        "collections": row["collection_ids"],
        "values": row["value_ids"],
    }


def _locale(language: str) -> str | None:
    base = language.split("-", 1)[0]
    return base if base in _LOCALES else None


# What follows runs in a thread: the client blocks.


def _search(client: Client, index: str, request: SearchRequest) -> list[int]:
    spoken = languages_of(request.language)
    text = search_text(request.query)
    try:
        answer = client.index(index).search(text, search_options(request, spoken))
    except MeilisearchApiError as error:
        # no product is translated to that language
        if not (error.code or "").endswith("attributes_to_search_on"):
            raise
        answer = client.index(index).search(text, search_options(request, [BASE_LANGUAGE]))
    return [int(hit["id"]) for hit in answer["hits"]]


def _update(
    client: Client, index: str, bodies: Sequence[Mapping[str, Any]], gone: Sequence[int], spoken: Iterable[str]
) -> None:
    place = client.index(index)
    known = {name.removeprefix("name_") for name in place.get_searchable_attributes() if name.startswith("name_")}
    if not known.issuperset(spoken):
        _done(client, place.update_settings(settings({*known, *spoken})))
    if bodies:
        _done(client, place.add_documents(bodies, "id"))
    if gone:
        _done(client, place.delete_documents(filter=f"id IN [{', '.join(str(int(id)) for id in gone)}]"))


def _create(client: Client, index: str, wanted: dict[str, Any]) -> None:
    _done(client, client.create_index(index, {"primaryKey": "id"}))
    _done(client, client.index(index).update_settings(wanted))


def _add(client: Client, index: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    _done(client, client.index(index).add_documents(bodies, "id"))


def _swap(client: Client, index: str, new: str) -> None:
    """Also removes what reindexing that never ended has left behind."""
    if not any(found["uid"] == index for found in _indexes(client, index)):
        _done(client, client.create_index(index, {"primaryKey": "id"}))
    _done(client, client.swap_indexes([{"indexes": [index, new]}]))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for found in _indexes(client, index):
        made = datetime.fromisoformat(re.sub(r"\.\d+", "", found["createdAt"]))
        if found["uid"] == new or (found["uid"] != index and made < yesterday):
            _done(client, client.delete_index(found["uid"]))


def _indexes(client: Client, index: str) -> list[dict[str, Any]]:
    found: Any = client.get_raw_indexes({"limit": 1000})
    return [one for one in found["results"] if one["uid"] == index or one["uid"].startswith(f"{index}_")]


def _fetch_info(client: Client, index: str) -> None:
    client.get_raw_index(index)


def _drop(client: Client, index: str) -> None:
    _done(client, client.delete_index(index))


def _done(client: Client, info: Any) -> None:
    """Waits for a task. Meilisearch answers before it has done anything."""
    seconds = client.config.timeout or SEARCH_SECONDS
    task = client.wait_for_task(info.task_uid, timeout_in_ms=int(seconds * 1000))
    if task.status != "succeeded":
        error = task.error or {}
        raise MeilisearchUnavailable(f"{task.type} {task.status}: {error.get('message')}", error.get("code"))
