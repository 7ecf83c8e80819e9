"""The list of known differences, and what a run says that the list does not."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.suite import Run

LIST = Path(__file__).resolve().parent / "known_differences.toml"


@dataclass(frozen=True)
class Known:
    """`reasons` by kind and test id; `version` and `sha256` of the source distribution they were read for."""

    version: str
    sha256: str
    reasons: dict[str, dict[str, str]]

    @property
    def tests(self) -> set[str]:
        return {test for reasons in self.reasons.values() for test in reasons}


def known() -> Known:
    listed = tomllib.loads(LIST.read_text())
    source = listed.pop("source")
    return Known(source["version"], source["sha256"], listed)


def disagreements(listed: Known, stock: Run, ours: Run, *, whole: bool) -> list[str]:
    """One line for each test that does otherwise than listed. `whole`: every test was to be run."""
    found = [f"differs and is not listed: {test}" for test in sorted((stock.passed & ours.failed) - listed.tests)]
    found += [f"is listed and passes: {test}" for test in sorted(listed.tests & ours.passed)]
    if whole:
        found += [f"is listed and does not exist: {test}" for test in sorted(listed.tests - ours.outcomes.keys())]
        found += [f"was not run with our executor: {test}" for test in sorted(stock.passed - ours.passed - ours.failed)]
    return found


def totals(listed: Known, stock: Run, ours: Run) -> str:
    lines = [
        f"stock executor: {len(stock.passed)} passed, {len(stock.failed)} failed",
        f"our executor:   {len(ours.passed)} passed, {len(ours.failed)} failed, {len(listed.tests)} differences known",
        f"operations: {ours.operations - ours.delegated} breadth-first, {ours.delegated} left to the stock executor",
    ]
    lines += [f"  {len(reasons)} known: {kind}" for kind, reasons in listed.reasons.items()]
    return "\n".join(lines)
