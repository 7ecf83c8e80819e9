"""An admin at the playground, in a real browser: sign in, run a ready tab, and nothing leaves the machine."""

import base64
import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Endpoint

from schema.playground import playground_routes

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on PATH to drive"
)


class LiveServer(Protocol):
    """A running shop with the demo data: base URL without a trailing slash, and its admin."""

    url: str
    admin_email: str
    admin_password: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Visit:
    """One browser tab, what it asked for outside this machine, and what it complained of."""

    page: Page
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.page.goto(f"{url}/playground")
        self.wait_for_editor()

    def wait_for_editor(self) -> None:
        self.page.locator(".graphiql-query-editor .view-line").first.wait_for()

    def sign_in(self, email: str, password: str) -> None:
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def run(self, job: str) -> Any:
        """Choose a ready tab and press the button: the answer the server gave."""
        self.page.get_by_role("tab").get_by_role("button", name=job, exact=True).click()
        with self.page.expect_response(lambda answer: f" {job}" in (answer.request.post_data or "")) as answer:
            self.page.locator("button.graphiql-execute-button").click()
        return answer.value.json()

    def see(self, text: str) -> None:
        self.page.locator(".graphiql-response .view-line", has_text=text).first.wait_for()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context: BrowserContext = browser.new_context(viewport={"width": 1600, "height": 1000})
    visit = Visit(context.new_page())

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname in {"127.0.0.1", "localhost"}:
            route.continue_()
        else:
            visit.outside.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    visit.page.on("console", lambda said: visit.complaints.append(said.text) if said.type == "error" else None)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    context.close()


def test_an_admin_signs_in_and_runs_a_job_and_nothing_leaves_the_machine(visit: Visit, live_server: LiveServer) -> None:
    visit.open(live_server.url)
    assert visit.run("WhoAmI")["data"] == {"me": None}

    visit.sign_in(live_server.admin_email, live_server.admin_password)
    visit.page.get_by_text(f"Signed in as {live_server.admin_email}").wait_for()
    answer = visit.run("WhoAmI")
    assert "errors" not in answer
    assert answer["data"]["me"]["email"] == live_server.admin_email
    assert "MANAGE_ORDERS" in {permission["code"] for permission in answer["data"]["me"]["userPermissions"]}
    visit.see(f'"email": "{live_server.admin_email}"')

    visit.page.get_by_label("Show GraphiQL Explorer").click()
    visit.page.locator(".graphiql-explorer-root").wait_for()

    assert visit.outside == []
    assert visit.complaints == []


@dataclass
class FakeShop:
    """An API that knows tokens only, to show what the page does with them."""

    url: str
    lifetime: int = 300
    ended: bool = False
    seen: list[tuple[str, str | None, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def graphql(self, request: Request) -> Response:
        body = await request.json()
        [name] = re.findall(r"^\s*(?:query|mutation) (\w+)", body["query"], re.MULTILINE)
        if name == "IntrospectionQuery":
            return JSONResponse({"errors": [{"message": "No introspection here."}]})
        self.seen.append((name, request.headers.get("authorization"), body.get("variables")))
        if name == "SignIn":
            if body["variables"]["password"] != "right":
                refusal = {"field": "email", "code": "INVALID_CREDENTIALS", "message": "Not like that."}
                return JSONResponse({"data": {"tokenCreate": {"token": None, "errors": [refusal]}}})
            payload = {"token": self.issue(), "refreshToken": "refresh-me", "errors": []}
            return JSONResponse({"data": {"tokenCreate": payload}})
        if name == "Refresh":
            if self.ended:
                refusal = {"field": "refreshToken", "code": "JWT_INVALID_TOKEN", "message": "Ended."}
                return JSONResponse({"data": {"tokenRefresh": {"token": None, "errors": [refusal]}}})
            return JSONResponse({"data": {"tokenRefresh": {"token": self.issue(), "errors": []}}})
        if self.ended:
            expired = {"exception": {"code": "ExpiredSignatureError"}}
            return JSONResponse({"errors": [{"message": "Signature has expired", "extensions": expired}]})
        return JSONResponse({"data": {"ran": name}})

    def issue(self) -> str:
        # An hour behind the browser's clock: what counts is how long the token lives.
        now = int(time.time()) - 3600 + len(self.tokens)
        claims = json.dumps({"iat": now, "exp": now + self.lifetime, "name": "é?>"}).encode()
        self.tokens.append(f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln")
        return self.tokens[-1]


@pytest.fixture
def fake_shop() -> Iterator[FakeShop]:
    listener = socket.create_server(("127.0.0.1", 0))
    shop = FakeShop(f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = Starlette(routes=[Endpoint("/graphql/", shop.graphql, methods=["POST"]), *playground_routes()])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield shop
    server.should_exit = True
    thread.join()
    listener.close()


def test_a_wrong_password_is_answered_in_the_servers_words(visit: Visit, fake_shop: FakeShop) -> None:
    visit.open(fake_shop.url)
    visit.sign_in("admin@example.com", "wrong")
    visit.page.get_by_role("alert").get_by_text("Not like that.").wait_for()
    visit.run("WhoAmI")
    assert [(name, header) for name, header, _ in fake_shop.seen] == [("SignIn", None), ("WhoAmI", None)]


def test_the_token_goes_with_every_request_and_is_kept_for_this_tab_only(visit: Visit, fake_shop: FakeShop) -> None:
    visit.open(fake_shop.url)
    visit.sign_in("admin@example.com", "right")
    visit.page.get_by_role("button", name="Sign out").wait_for()
    began = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    visit.run("TodaysOrders")
    visit.page.reload()
    visit.wait_for_editor()
    visit.run("WhoAmI")
    bearer = f"Bearer {fake_shop.tokens[0]}"
    assert fake_shop.seen[1:] == [
        ("TodaysOrders", bearer, {"today": began.date().isoformat()}),
        ("WhoAmI", bearer, None),
    ]

    # GraphiQL writes its tabs half a second after the last change.
    visit.page.wait_for_function("Object.keys(localStorage).some(key => key.endsWith('tabState'))")
    kept = visit.page.evaluate("JSON.stringify(localStorage)")
    assert fake_shop.tokens[0] not in kept
    assert "refresh-me" not in kept
    assert visit.page.evaluate("Object.keys(sessionStorage)") == ["argosy-playground-session"]

    visit.page.get_by_role("button", name="Sign out").click()
    visit.run("WhoAmI")
    assert fake_shop.seen[-1] == ("WhoAmI", None, None)
    assert visit.page.evaluate("sessionStorage.length") == 0


def test_a_token_is_refreshed_before_it_ends_and_a_dead_session_is_signed_out(
    visit: Visit, fake_shop: FakeShop
) -> None:
    fake_shop.lifetime = 2
    visit.open(fake_shop.url)
    visit.sign_in("admin@example.com", "right")
    visit.page.get_by_role("button", name="Sign out").wait_for()
    visit.page.wait_for_timeout(1100)
    fake_shop.lifetime = 300
    visit.run("WhoAmI")
    visit.run("WhoAmI")
    fresh = f"Bearer {fake_shop.tokens[1]}"
    assert fake_shop.seen[1:] == [
        ("Refresh", None, {"refreshToken": "refresh-me"}),
        ("WhoAmI", fresh, None),
        ("WhoAmI", fresh, None),
    ]

    fake_shop.ended = True
    visit.run("WhoAmI")
    visit.run("WhoAmI")
    visit.page.get_by_role("alert").get_by_text("Your session has ended. Sign in again.").wait_for()
    assert [(name, header) for name, header, _ in fake_shop.seen[4:]] == [
        ("WhoAmI", fresh),
        ("Refresh", None),
        ("WhoAmI", None),
    ]


def test_the_guard_and_the_policy_would_both_notice_a_request_to_elsewhere(visit: Visit, fake_shop: FakeShop) -> None:
    visit.open(fake_shop.url)
    assert visit.complaints == []
    fetching = "fetch('https://shop.example/').then(() => 'reached', () => 'refused')"
    assert visit.page.evaluate(fetching) == "refused"
    assert visit.page.evaluate("import('https://shop.example/x.js').then(() => 'ran', () => 'refused')") == "refused"
    for directive in ("'connect-src'", "'script-src-elem'"):
        assert any("Content Security Policy" in said and directive in said for said in visit.complaints)
    assert visit.outside == []
    # A page without the policy gets as far as the guard.
    visit.page.goto(f"{fake_shop.url}/graphql/")
    assert visit.page.evaluate(fetching) == "refused"
    assert visit.outside == ["https://shop.example/"]
