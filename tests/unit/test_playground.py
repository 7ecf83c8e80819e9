"""The playground's routes, its committed bundle and its ready tabs."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    Source,
    get_variable_values,
    parse,
    print_source_location,
    validate,
)
from starlette.applications import Starlette
from starlette.testclient import TestClient

from schema.playground import DIST, SOURCES, playground_routes

JOBS = sorted((SOURCES / "src" / "jobs").glob("*.graphql"))
BUNDLED = sorted(path for path in DIST.rglob("*") if path.is_file())
TEXT = [path for path in BUNDLED if path.suffix in {".html", ".css", ".js", ".svg", ".md"}]


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=playground_routes()))


@pytest.fixture(scope="module")
def graphql_schema() -> GraphQLSchema:
    from schema.root import schema

    # Strawberry keeps the graphql-core schema it builds on under this name.
    built = schema._schema
    assert isinstance(built, GraphQLSchema)
    return built


def config_in(page: str) -> Any:
    found = re.search(r'<script id="argosy-playground" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def policy_of(headers: Any) -> dict[str, list[str]]:
    directives = (part.split() for part in headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in directives}


def test_the_page_tells_its_script_where_the_api_is(client: TestClient) -> None:
    answer = client.get("/playground")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert config_in(answer.text) == {"endpoint": "/graphql/"}


def test_a_configured_value_cannot_close_the_script() -> None:
    endpoint = "/</script><script>alert(1)</script>"
    page = TestClient(Starlette(routes=playground_routes(endpoint))).get("/playground").text
    assert config_in(page) == {"endpoint": endpoint}
    assert "alert(1)</script>" not in page


def test_page_and_assets_allow_scripts_and_requests_of_this_origin_only(client: TestClient) -> None:
    script = next((DIST / "assets").glob("*.worker-*.js")).name
    for path in ("/playground", f"/playground/assets/{script}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        policy = policy_of(answer.headers)
        assert policy["default-src"] == ["'self'"]
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
        # Scripts, workers and requests fall back to default-src; style is the one that may be inline.
        assert not policy.keys() & {"script-src", "script-src-elem", "worker-src", "connect-src", "font-src"}
        assert {name for name, sources in policy.items() if "'unsafe-inline'" in sources} == {"style-src"}
        assert not re.search(r"unsafe-eval|https?:|\*|blob:", answer.headers["content-security-policy"])


def test_every_asset_is_served_and_may_be_kept_for_ever(client: TestClient) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    assets = sorted((DIST / "assets").iterdir())
    assert len(assets) > 10
    for asset in assets:
        answer = client.get(f"/playground/assets/{asset.name}")
        assert answer.content == asset.read_bytes()
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].startswith(types.get(asset.suffix, ""))
        # The name carries a hash of the content, which is what makes keeping it safe.
        assert re.search(r"-[\w-]{8}\.\w+$", asset.name)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_is_allowed(client: TestClient, method: str) -> None:
    asset = next((DIST / "assets").iterdir()).name
    assert client.request(method, "/playground").status_code == 405
    assert client.request(method, f"/playground/assets/{asset}").status_code == 405


@pytest.mark.parametrize("path", ["none.js", "../index.html", "%2e%2e/index.html", "..%2f..%2f__init__.py", ""])
def test_nothing_outside_the_assets_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/playground/assets/{path}").status_code == 404


def test_the_bundle_was_built_from_these_sources() -> None:
    lines = (DIST / "sources.sha256").read_text("utf-8").splitlines()
    recorded = {name: digest for digest, name in (line.split("  ") for line in lines)}
    inputs = [SOURCES / name for name in ("index.html", "package.json", "package-lock.json", "vite.config.js")]
    inputs += [path for path in (SOURCES / "src").rglob("*") if path.is_file()]
    present = {path.relative_to(SOURCES).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs}
    assert present == recorded, "stale bundle: run `npm ci && npm run build` in schema/playground"


def test_the_page_and_its_chunks_name_only_files_that_are_there() -> None:
    names = {path.name for path in (DIST / "assets").iterdir()}
    page = (DIST / "index.html").read_text("utf-8")
    linked = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(linked) == 6
    assert {link.removeprefix("/playground/assets/") for link in linked} <= names
    for chunk in (DIST / "assets").glob("*.js"):
        text = chunk.read_text("utf-8")
        imported = re.findall(r'(?:\bfrom|\bimport\(?)\s*[`"\']\./([\w.-]+\.js)[`"\']', text)
        assert set(imported) <= names, chunk.name
        workers = re.findall(r"/playground/assets/([\w.-]+)", text)
        assert set(workers) <= names, chunk.name


def test_the_bundle_fetches_nothing_from_elsewhere() -> None:
    fetched = re.compile(
        r"""(?:url\(|@import|\bimport\(?|\bfrom|importScripts\(|fetch\(|new\ (?:Shared)?Worker\(|new\ WebSocket\(|
        \b(?:src|href)=)\s*(?:new\ URL\()?\s*["'`]?\s*(?:https?:|wss?:)?//""",
        re.VERBOSE,
    )
    for path in TEXT:
        if path.name != "LICENSES.md":
            assert not fetched.search(path.read_text("utf-8")), path.name
    assert fetched.search('import("https://x")')
    assert fetched.search("url(//x/y.woff)")
    assert fetched.search('<script src="https://x">')


def test_the_bundle_holds_no_trace_of_the_machine_that_built_it() -> None:
    traces = re.compile(r"(?<![\w.])/(?:root|home|tmp|work|Users|var)/|registry\.\w+\.\w+|unpkg|jsdelivr|esm\.sh|cdnjs")
    for path in [*TEXT, SOURCES / "package-lock.json"]:
        assert not traces.search(path.read_text("utf-8")), path.name
    assert traces.search("at /home/somebody/x.js")
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text("utf-8")


def test_the_bundle_stays_small_and_carries_no_source_maps() -> None:
    assert sum(path.stat().st_size for path in BUNDLED) < 7_500_000
    assert not [path for path in BUNDLED if path.suffix == ".map"]
    assert not [path for path in TEXT if "sourceMappingURL=" in path.read_text("utf-8")]


@pytest.mark.parametrize("job", JOBS, ids=lambda path: path.stem)
def test_a_ready_tab_fits_the_schema(graphql_schema: GraphQLSchema, job: Path) -> None:
    source = Source(job.read_text("utf-8"), job.name)
    document = parse(source)
    problems = [
        f"{error.message} ({print_source_location(source, error.locations[0]) if error.locations else ''})"
        for error in validate(graphql_schema, document)
    ]
    assert not problems, "\n".join(problems)
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name
    # The file's name orders the tabs, the operation's name labels them.
    spelled = re.sub(r"(?<!^)(?=[A-Z])", "-", operation.name.value).lower()
    assert re.fullmatch(rf"\d\d-{spelled}", job.stem)


@pytest.mark.parametrize("job", JOBS, ids=lambda path: path.stem)
def test_a_ready_tabs_variables_are_those_it_asks_for(graphql_schema: GraphQLSchema, job: Path) -> None:
    [operation] = parse(job.read_text("utf-8")).definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = job.with_suffix(".json")
    given = json.loads(variables.read_text("utf-8")) if variables.exists() else {}
    declared = {definition.variable.name.value for definition in operation.variable_definitions or ()}
    # The page itself fills in $today.
    assert given.keys() == declared - {"today"}
    coerced = get_variable_values(graphql_schema, operation.variable_definitions or (), given)
    assert not isinstance(coerced, list), coerced


def test_every_variables_file_belongs_to_a_job() -> None:
    assert len(JOBS) == 11
    for variables in (SOURCES / "src" / "jobs").glob("*.json"):
        assert variables.with_suffix(".graphql") in JOBS
