"""`argosy doctor`: each wrong setting by name, and how to mend it."""

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape

from engine.cli.checks import configuration, machine, services
from engine.cli.checks.finding import Finding, Level
from engine.cli.console import stdout

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def doctor(
    *,
    host: str | None = None,
    port: int | None = None,
    data_dir: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> int:
    """Check settings and services, and say how to mend what is wrong. Exit code 1 when something must be mended.

    Parameters
    ----------
    host
        Address to listen on (ARGOSY_HOST).
    port
        Port to listen on (ARGOSY_PORT).
    data_dir
        Folder of the embedded database, media and keys (ARGOSY_DATA_DIR).
    as_json
        Print the findings as a JSON array of level, subject, text and mend.
    """
    findings = examine({"host": host, "port": port, "data_dir": data_dir})
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        _print(findings)
    return int(any(finding.level is Level.FAIL for finding in findings))


def examine(given: dict[str, object]) -> list[Finding]:
    """Everything there is to say, settings first. `given` is what the command line sets."""
    settings, findings = configuration.read_settings(given)
    return [
        *findings,
        *configuration.unknown_variables(os.environ),
        *configuration.check_profile(settings, os.environ),
        *configuration.check_plugins(settings),
        *machine.check_versions(settings),
        *machine.check_data_dir(settings),
        *machine.check_port(settings),
        *asyncio.run(services.check_services(settings)),
    ]


def _print(findings: list[Finding]) -> None:
    console = stdout()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        colour, subject = _COLOURS[finding.level], finding.subject.ljust(width)
        console.print(f"[{colour}]{finding.level:4}[/]  {escape(subject)}  {escape(finding.text)}")
        if finding.mend:
            console.print(f"{'':{width + 6}}  [bold]→ {escape(finding.mend)}[/]")
    wrong = sum(finding.level is Level.FAIL for finding in findings)
    console.print(f"\n{wrong} to mend." if wrong else "\nNothing to mend.")
