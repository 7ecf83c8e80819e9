"""Requests written to keep a server busy, as large as they are asked to be."""

import json
import math
import re
from collections.abc import Callable, Iterator

from schema.execution.limits import OBJECT_VALUES, Limits

Make = Callable[[int], str]
"""The same thing made of `n` pieces."""
_TOKEN = re.compile(r'"[^"]*"|\.\.\.|\w+|[^\s,\w]')
_READ_BY_ORJSON = 900
"""Levels, of 1,024."""


def zoo(size: int, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """(name, body). A body has about `size` bytes and no more; where the name ends with "to the last token" or "to the
    last value", it is as large as it may be with that many of them instead, so that no count of them ends it early."""
    for name, make in REPEATED.items():
        yield name, request(_grown(make, _length, size - 20))
        yield f"{name}, to the last token", request(_grown(make, count, limits.tokens))
    for name, make in LONG.items():
        yield name, request(_grown(make, _length, size - 20))
    for name, (document, make) in (VARIABLES | LONG_VARIABLES).items():
        head = f'{{"query":{json.dumps(document)},"variables":'
        yield name, f"{head}{_grown(make, len, size - len(head) - 1)}}}".encode()
        if name in VARIABLES:
            yield f"{name}, to the last value", f"{head}{_grown(make, _values, limits.values - 15)}}}".encode()
    yield "fragments that branch, to the last field", request(_branching(8, "id name slug"))
    yield "all that is allowed", request(_grown(lambda n: _everything(limits, n), count, limits.tokens))
    for name, make in BODIES.items():
        yield name, _grown(make, len, size).encode()


def request(document: str) -> bytes:
    return json.dumps({"query": document}, ensure_ascii=False).encode()


def count(text: str) -> int:
    """Tokens of a document without comments and escapes."""
    return sum(1 for _ in _TOKEN.finditer(text))


def _values(text: str) -> int:
    """As the limits count them, in JSON without quotes in its strings."""
    return text.count('"') // 2 + text.count(",") + text.count("[") + OBJECT_VALUES * text.count("{")


def _length(text: str) -> int:
    return len(text) + sum(text.count(escaped) for escaped in '"\\\n')


def _grown(make: Make, measure: Callable[[str], int], most: int) -> str:
    """As many pieces as come close to `most`; the measure grows with some power of their number."""
    n, text = 8, make(8)
    found = make(1)
    before = (4, measure(make(4)))
    for _ in range(8):
        measured = measure(text)
        if measured <= most and measured >= measure(found):
            found = text
        if 0.95 * most <= measured <= most or measured == before[1]:
            break
        power = math.log(measured / before[1]) / math.log(n / before[0])
        before = (n, measured)
        n = max(int(n * min((0.98 * most / measured) ** (1 / power), 64)), 1)
        if n == before[0]:
            break
        text = make(n)
    return found


def _each(piece: str, between: str = " ") -> Make:
    """`#` stands for the number of the piece and `+` for the next one."""
    return lambda n: between.join(piece.replace("#", str(i)).replace("+", str(i + 1)) for i in range(n))


def _in(head: str, piece: str, tail: str = "", between: str = " ") -> Make:
    many = _each(piece, between)
    return lambda n: f"{head}{many(n)}{tail}"


def _nested(head: str, opening: str, inside: str, closing: str, tail: str) -> Make:
    return lambda n: head + opening * n + inside + closing * n + tail


def _two(head: str, first: str, middle: str, second: str, tail: str = "") -> Make:
    one, other = _each(first), _each(second)
    return lambda n: head + one(n) + middle + other(n) + tail


def _ring(n: int) -> str:
    spreads = (f"fragment F{i} on Query {{ x ...F{(i + 1) % n} }}" for i in range(n))
    return "{ ...F0 } " + " ".join(spreads)


def _mesh(n: int, *, everybody: bool) -> str:
    """Each fragment spreads all the later ones, or all of them, itself too."""
    spreads = (
        f"fragment F{i} on Query {{ x " + " ".join(f"...F{j}" for j in range(0 if everybody else i + 1, n)) + " }"
        for i in range(n)
    )
    return "{ ...F0 } " + " ".join(spreads)


def _branching(n: int, leaves: str = "id") -> str:
    """`n` fragments, at most as deep as a document may be, each of which doubles what the next selects."""
    levels = min(n, 13)
    steps = (
        f"fragment F{i} on Category {{ a{i}: parent {{ ...F{i + 1} }} b{i}: parent {{ ...F{i + 1} }} }}"
        for i in range(levels)
    )
    return f'{{ category(slug: "a") {{ ...F0 }} }} {" ".join(steps)} fragment F{levels} on Category {{ {leaves} }}'


def _everything(limits: Limits, n: int) -> str:
    """`n` aliases, or as many as there may be, of objects with as many fields as there may be in all."""
    room = limits.fields // limits.aliases - 1
    below: list[str] = []
    for field in _PRODUCT:
        room -= 1 + field.count("{")
        if room >= 0:
            below.append(field)
    aliases = range(min(n, limits.aliases))
    return "{ " + " ".join(f'a{i}: product(slug: "s{i}") {{ {" ".join(below)} }}' for i in aliases) + " }"


def _chained_operations(n: int) -> str:
    """Half of it operations, half a chain of fragments with variables that every operation spreads."""
    operations = " ".join(f"query Q{i}($v: ID) {{ ...F0 }}" for i in range(n))
    chain = " ".join(f"fragment F{i} on Query {{ product(id: $v) {{ id }} ...F{i + 1} }}" for i in range(n))
    return f"{operations} {chain} fragment F{n} on Query {{ __typename }}"


_PRODUCT = (
    "id name slug description seoTitle seoDescription rating created updatedAt channel isAvailable "
    "isAvailableForPurchase availableForPurchaseAt externalReference hsCode originCountry __typename "
    "category{id} productType{id} collections{id} media{url} variants{id} attributes{values{id}} weight{unit} "
    "pricing{onSale} thumbnail{url} taxClass{id}"
).split()
_MANY_FIELDS = " ".join(f"f{i}" for i in range(70))
_VALID = 'a#: product(slug: "s", channel: "c") { id name pricing { onSale } variants { id sku } }'
_PAGE = 'a#: products(first: 100, channel: "c") { edges { node { id } } }'

REPEATED: dict[str, Make] = {
    "fields nobody knows": _in("{ ", "aField#", " }"),
    "fields almost known": _in("{ ", "product#", " }"),
    "one field again and again": _in("{ ", "products", " }"),
    "one object again and again": _in("{ ", 'product(slug: "a") { id name }', " }"),
    "one object with many fields again and again": _in("{ ", f"products {{ {_MANY_FIELDS} }}", " }"),
    "aliases": _in("{ ", "a#: __typename", " }"),
    "aliased pages": _in("{ ", _PAGE, " }"),
    "aliased objects": _in("{ ", _VALID, " }"),
    "braces that never close": lambda n: "{ a " * n,
    "selections inside one another": _nested("{ category", " { parent", " { id }", " }", " }"),
    "inline fragments inside one another": _nested("{ ", "... { ", "__typename", " }", " }"),
    "inline fragments beside one another": _in("{ ", "... on Query { __typename }", " }"),
    "lists inside one another": _nested("{ products(ids: ", "[", "", "]", ") { totalCount } }"),
    "objects inside one another": _nested("{ products(where: ", "{AND: ", "1", "}", ") { totalCount } }"),
    "list types inside one another": _nested("query($v: ", "[", "Int", "]", ") { __typename }"),
    "a list of strings": _in("{ productVariants(first: 1, ids: [", '"a#"', "]) { totalCount } }"),
    "a list of empty objects": _in("{ products(first: 1, where: {OR: [", "{}", "]}) { totalCount } }"),
    "a list of wrong values": _in("{ products(first: 1, filter: {ids: [", "{a: #}", "]}) { totalCount } }"),
    "an object of unknown keys": _in("{ products(first: 1, filter: {", "key#: 1", "}) { totalCount } }"),
    "an object of one key": _in("{ products(first: 1, filter: {", "ids: []", "}) { totalCount } }"),
    "arguments nobody knows": _in("{ product(", "a#: 1", ") { id } }"),
    "one argument again and again": _in("{ product(", 'slug: "a"', ") { id } }"),
    "directives on one field": _in("{ __typename ", "@include(if: true)", " }"),
    "directives nobody knows": _in("{ __typename ", "@a#", " }"),
    "directives on every field": _in("{ ", "__typename @skip(if: false)", " }"),
    "fragments nobody uses": _in("{ __typename } ", "fragment F# on Query { __typename }"),
    "fragments of types nobody knows": _in("{ __typename } ", "fragment F# on T# { x }"),
    "fragments of one name": _in("{ ...F } ", "fragment F on Query { __typename }"),
    "fragments in a chain": _in("{ ...F0 } ", "fragment F# on Query { x# ...F+ }"),
    "fragments in a ring": _ring,
    "fragments that double": _in("{ ...F0 } ", "fragment F# on Query { ...F+ ...F+ }"),
    "fragments that branch": _branching,
    "fragments that spread themselves": _two("{ ", "...F#", " } ", "fragment F# on Query { x# ...F# }"),
    "fragments side by side": _two("{ ", "...F#", " } ", "fragment F# on Query { x# }"),
    "fragments of one field side by side": _two("{ ", "...F#", " } ", "fragment F# on Query { channel { id } }"),
    "fragments that spread all later ones": lambda n: _mesh(n, everybody=False),
    "fragments that spread one another": lambda n: _mesh(n, everybody=True),
    "spreads of no fragment": _in("{ ", "...F#", " }"),
    "operations": _in("", "query Q# { __typename }"),
    "operations of one name": _in("", "query Q { __typename }"),
    "operations without a name": _in("", "{ __typename }"),
    "operations that spread one chain": _chained_operations,
    "variables": _in("query(", "$v#: Int", ") { __typename }"),
    "variables of types nobody knows": _in("query(", "$v#: Type#", ") { __typename }"),
    "variables of one name": _in("query(", "$v: Int", ") { __typename }"),
    "variables that are all used": _two("query(", "$v#: ID", ") { ", "a#: product(id: $v#) { id }", " }"),
    "variables that are not declared": _in("{ ", "a#: product(id: $v#) { id }", " }"),
    "definitions of types": _in("", "type T# { a: Int }"),
    "the schema, widely": _in("{ __schema { types { ", "fields { name }", " } } }"),
    "the schema, deeply": _nested("{ __schema { types { ", "fields { type { ", "name", " } }", " } } }"),
}

LONG: dict[str, Make] = {
    "a long name": lambda n: "{ " + "a" * n + " }",
    "a long type name": lambda n: "{ ... on " + "A" * n + " { id } }",
    "a long string": lambda n: '{ product(slug: "' + "a" * n + '") { id } }',
    "a long string for a number": lambda n: '{ products(first: "' + "a" * n + '") { totalCount } }',
    "a string of escapes": lambda n: '{ product(slug: "' + "\\u00e9" * n + '") { id } }',
    "a long block string": lambda n: '{ product(slug: """' + "a" * n + '""") { id } }',
    "a block string of many lines": lambda n: '{ product(slug: """' + " a\n" * n + '""") { id } }',
    "a string that never ends": lambda n: '{ product(slug: "' + "a" * n,
    "a string of quotes that never ends": lambda n: '{ product(slug: "' + '\\"' * n,
    "block strings that never end": lambda n: '{ product(slug: """' + '\\"""' * n,
    "a long whole number": lambda n: "{ products(first: 1" + "0" * n + ") { totalCount } }",
    "a long whole number for an id": lambda n: "{ product(id: 1" + "0" * n + ") { id } }",
    "a long fraction": lambda n: "{ products(first: 1, filter: {price: {gte: 0." + "1" * n + "}}) { totalCount } }",
    "a long exponent": lambda n: "{ products(first: 1, filter: {price: {gte: 1e" + "1" * n + "}}) { totalCount } }",
    "a long comment": lambda n: "{ __typename } #" + "a" * n,
    "short comments": lambda n: "{ __typename }" + "#\n" * n,
    "blanks": lambda n: "{" + " " * n + "__typename }",
    "line ends": lambda n: "{" + "\n" * n + "__typename }",
    "commas": lambda n: "{" + "," * n + "__typename }",
    "what is almost a NUL": lambda n: "{ __typename } #" + "\\u{00" * n,
}

_WHERE = "query($v: ProductWhereInput) { products(first: 1, where: $v) { totalCount } }"
_FILTER = "query($v: ProductFilterInput) { products(first: 1, filter: $v) { totalCount } }"
_IDS = "query($v: [ID!]) { productVariants(first: 1, ids: $v) { totalCount } }"
_FIRST = "query($v: Int) { products(first: $v) { totalCount } }"
_SLUG = "query($v: String) { product(slug: $v) { id } }"
_METADATA = "mutation($v: [MetadataInput!]!) { updateMetadata(id: 7, input: $v) { errors { code } } }"
_DEEP_LIST = "[" * _READ_BY_ORJSON + "]" * _READ_BY_ORJSON
_DEEP_WHERE = '{"AND":[' * 95 + '{"ids":["a"]}' + "]}" * 95

LONG_VARIABLES: dict[str, tuple[str, Make]] = {
    "variables: a long whole number": (_FIRST, lambda n: '{"v":1' + "0" * n + "}"),
    "variables: a long whole number for a string": (_SLUG, lambda n: '{"v":1' + "0" * n + "}"),
    "variables: a long fraction": (_FIRST, lambda n: '{"v":0.' + "1" * n + "}"),
    "variables: a long string for a number": (_FIRST, lambda n: '{"v":"' + "1" * n + '"}'),
    "variables: a long string for a decimal": (_FILTER, lambda n: '{"v":{"price":{"gte":"' + "1" * n + '"}}}'),
    "variables: a long string for a time": (_FILTER, lambda n: '{"v":{"updatedAt":{"gte":"' + "1" * n + '"}}}'),
}

VARIABLES: dict[str, tuple[str, Make]] = {
    "variables: lists inside one another": (_IDS, _in('{"v":[', _DEEP_LIST, "]}", ",")),
    "variables: a list of lists": (_IDS, _in('{"v":[', "[]", "]}", ",")),
    "variables: a list of numbers": (_IDS, _in('{"v":[', "1", "]}", ",")),
    "variables: a list of strings": (_IDS, _in('{"v":[', '""', "]}", ",")),
    "variables: a list of wrong values": (_IDS, _in('{"v":[', "{}", "]}", ",")),
    "variables: a list of empty objects": (_WHERE, _in('{"v":{"OR":[', "{}", "]}}", ",")),
    "variables: a list of nulls": (_WHERE, _in('{"v":{"OR":[', "null", "]}}", ",")),
    "variables: conditions inside one another": (_WHERE, _in('{"v":{"OR":[', _DEEP_WHERE, "]}}", ",")),
    "variables: an object of unknown keys": (_FILTER, _in('{"v":{', '"key#":1', "}}", ",")),
    "variables: an object of one key": (_FILTER, _in('{"v":{', '"ids":[]', "}}", ",")),
    "variables: objects without what they need": (_METADATA, _in('{"v":[', "{}", "]}", ",")),
    "variables: variables nobody declared": (_FIRST, _in("{", '"v#":1', "}", ",")),
    "variables: a list for a number": (_FIRST, _in('{"v":[', "1", "]}", ",")),
}

BODIES: dict[str, Make] = {
    "no JSON": lambda n: "{" * n,
    "quotes": lambda n: '"' * n,
    "quotes that never close": lambda n: '"' + '\\"' * n,
    "lists deeper than JSON is read": lambda n: "[" * n + "]" * n,
    "a batch": _in("[", '{"query":"{ __typename }"}', "]", ","),
    "one key again and again": _in("{", '"query":"{ __typename }"', "}", ","),
    "keys nobody knows": _in('{"query":"{ __typename }",', '"key#":#', "}", ","),
    "extensions": _in('{"query":"{ __typename }","extensions":[', "[]", "]}", ","),
    "a long operation name": lambda n: '{"query":"{ __typename }","operationName":"' + "a" * n + '"}',
}


def _there_and_back(levels: int, size: int) -> str:
    """Products, their category, its products, and so on."""
    text = "id"
    for _ in range(levels):
        text = f"category {{ products(first: {size}) {{ edges {{ node {{ id name {text} }} }} }} }}"
    return f'{{ product(slug: "a") {{ {text} }} }}'


_PRICED = "id name variants { id name attributes { values { name } } pricing { price { gross { amount currency } } } }"
DEAR = {
    "thirty full pages with variants": "{ " + " ".join(
        f"a{i}: products(first: 100) {{ edges {{ node {{ {_PRICED} }} }} }}" for i in range(30)) + " }",
    "a page in a page in a page": "{ products(first: 100) { edges { node { category { products(first: 100) { edges {"
    " node { category { products(first: 100) { totalCount edges { node { id } } } } } } } } } } } }",
    "small pages, deep": _there_and_back(3, 50),
    "categories of categories of categories": "{ categories(first: 100) { edges { node { children(first: 100) { edges {"
    " node { children(first: 100) { edges { node { id } } } } } } } } } }",
    "menus of menus": '{ menu(slug: "m") { items { ' + "children { " * 8 + "id name" + " }" * 10 + " }",
    "counts of counts": "{ categories(first: 100) { edges { node { children(first: 100) { edges { node {"
    " products { totalCount } } } } } } } }",
    "facets of every category": "{ categories(first: 100) { edges { node { children(first: 10) { edges { node {"
    " products { facets { values { count } } } } } } } } } }",
    "everything of many products": "{ products(first: 100) { edges { node { variants { attributes { values { name }"
    " attribute { choices(first: 100) { edges { node { name } } } } } } } } } }",
}  # fmt: skip
"""Documents of few tokens, fields and levels that ask for more than anybody should."""
