"""What a generator of typed clients makes of the SDL: it compiles, and it buys something."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, find_breaking_changes, find_dangerous_changes

from schema.root import schema
from tests.api import LiveServer

HERE = Path(__file__).parent
CHANNEL = "eu"
NO_NETWORK = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|dns error|error sending request|"
    r"Could not connect|timed out|not found in the cache",
    re.IGNORECASE,
)


def run(*command: str | Path, cwd: Path, seconds: int = 60) -> str:
    """What it printed. Skips when a registry cannot be reached, fails when the command does."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{command[0]} took more than {seconds} seconds")
    if done.returncode != 0:
        said = f"{done.stdout}\n{done.stderr}"
        if Path(command[0]).name in {"npm", "uv"} and NO_NETWORK.search(said):
            pytest.skip(f"{Path(command[0]).name} cannot reach its registry")
        pytest.fail(f"{' '.join(map(str, command))}\n{said}")
    return done.stdout


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} on PATH")
    return found


@pytest.fixture(scope="module")
def node_modules() -> Path:
    """The packages of package-lock.json, installed when they are not there or the lock has changed."""
    npm, folder = program("npm"), HERE / "typescript"
    installed, mark = folder / "node_modules", folder / "node_modules" / ".lock-seen"
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != lock:
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, seconds=90)
        mark.write_text(lock)
    return installed


@pytest.fixture
def typescript(tmp_path: Path, node_modules: Path) -> Path:
    for name in ("generate.mjs", "introspect.mjs", "sign_in.mjs", "buy.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / "typescript" / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "schema.graphql").write_text(schema.as_str())
    return tmp_path


@pytest.fixture
def python(tmp_path: Path) -> Path:
    uv = program("uv")
    for name in ("codegen.toml", "buy.py"):
        shutil.copy(HERE / "python" / name, tmp_path)
    shutil.copytree(HERE / "documents", tmp_path / "documents")
    (tmp_path / "schema.graphql").write_text(schema.as_str())
    run(uv, "venv", "--python", sys.executable, "env", cwd=tmp_path)
    requirements = HERE / "python" / "requirements.txt"
    run(uv, "pip", "install", "--python", "env", "--requirement", requirements, cwd=tmp_path, seconds=90)
    return tmp_path


def bought(printed: str, server: LiveServer) -> dict[str, Any]:
    sold: dict[str, Any] = json.loads(printed)
    order = sold["order"]
    assert (order["status"], order["isPaid"], order["chargeStatus"]) == ("UNFULFILLED", True, "FULL")
    assert [line["quantity"] for line in order["lines"]] == [2]
    assert order["total"]["gross"] == {"amount": sold["paid"], "currency": "EUR"}
    assert sold["paid"] > 2 * sold["price"]
    assert sold["problems"] == []
    assert len(sold["cards"]) == 3
    for card in sold["cards"]:
        assert card["thumbnail"]["url"].startswith(f"{server.url}/")
    return sold


def test_a_typescript_client_is_generated_compiles_and_buys(typescript: Path, live_server: LiveServer) -> None:
    node = program("node")
    run(node, "generate.mjs", "schema.graphql", HERE / "documents", "shop.ts", cwd=typescript)
    run(node, Path("node_modules") / "typescript" / "bin" / "tsc", "--project", ".", cwd=typescript)
    bought(run(node, Path("built") / "buy.js", f"{live_server.url}/graphql/", CHANNEL, cwd=typescript), live_server)


def test_a_python_client_is_generated_and_buys(python: Path, live_server: LiveServer) -> None:
    programs = python / "env" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "ariadne-codegen", "--config", "codegen.toml", cwd=python)
    bought(run(programs / "python", "buy.py", f"{live_server.url}/graphql/", CHANNEL, cwd=python), live_server)


def test_clients_with_graphql_js_of_2023_read_the_same_schema(typescript: Path, live_server: LiveServer) -> None:
    read = run(program("node"), "introspect.mjs", f"{live_server.url}/graphql/", cwd=typescript)
    theirs, ours = build_schema(read), build_schema(schema.as_str())
    assert set(theirs.type_map) == set(ours.type_map)
    assert find_breaking_changes(ours, theirs) + find_dangerous_changes(ours, theirs) == []


def test_what_saleors_storefronts_sign_in_with_signs_in_here(typescript: Path, live_server: LiveServer) -> None:
    """It leaves out the token, without a word, when `iss` is not the very address it calls."""
    who = (live_server.admin_email, live_server.admin_password)
    said = json.loads(run(program("node"), "sign_in.mjs", f"{live_server.url}/graphql/", *who, cwd=typescript))
    email = live_server.admin_email
    assert said == {
        "before": None, "refused": "INVALID_CREDENTIALS", "signedIn": email, "refreshed": email, "after": None
    }  # fmt: skip
