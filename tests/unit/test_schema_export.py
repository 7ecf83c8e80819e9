"""`argosy schema export` is for generators: it must work with nothing but the code."""

import os
import subprocess
import sys

from graphql import build_schema, parse


def test_the_sdl_stands_alone_on_stdout_and_needs_no_database() -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "schema", "export"],
        capture_output=True,
        text=True,
        env=bare,
        check=True,
    )
    assert done.stderr == ""
    parse(done.stdout)
    built = build_schema(done.stdout)
    assert built.query_type is not None
    assert built.query_type.name == "Query"
    assert "channel" in built.query_type.fields
