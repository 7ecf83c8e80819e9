"""`argosy plugin`: what is installed, what fits, and what is wrong with the rest."""

import json
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from engine.cli.console import load_settings
from engine.extensions.registry import Registry
from engine.extensions.rules import fields_of
from engine.sdk.plugins import Plugin

app = App(name="plugin", help="Plugins: carriers and payment providers.")


@app.command(name="list")
def list_plugins(*, json_output: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """List the installed plugins, and those left out with the reason.

    Parameters
    ----------
    json_output
        Print one JSON object instead of tables.
    """
    registry = Registry.discover(load_settings())
    if json_output:
        body = {"plugins": [_as_json(plugin) for plugin in registry.all()], "problems": dict(registry.problems)}
        print(json.dumps(body, indent=2))
        return
    console = Console()
    table = Table("id", "name", "kind", "version", "capabilities")
    for plugin in registry.all():
        capabilities = ", ".join(sorted(capability.value.partition(".")[2] for capability in plugin.capabilities))
        table.add_row(plugin.id, plugin.name, plugin.kind.value, plugin.version, capabilities)
    console.print(table)
    for name, reason in registry.problems.items():
        console.print(f"[red]{name}[/red] is left out: {reason}")


@app.command
def show(plugin_id: str) -> None:
    """Show one plugin and what can be set for it.

    Parameters
    ----------
    plugin_id
        Its id or one of its aliases, as `argosy plugin list` prints them.
    """
    registry = Registry.discover(load_settings())
    plugin = registry.plugins.get(plugin_id)
    if plugin is None:
        known = ", ".join(known.id for known in registry.all())
        raise SystemExit(f"No plugin {plugin_id!r} is installed. Installed are: {known}.")
    console = Console()
    console.print(f"[bold]{plugin.name}[/bold] {plugin.version} ({plugin.kind.value}, for engine {plugin.engine})")
    if plugin.description:
        console.print(plugin.description)
    table = Table("setting", "type", "required", "what it is")
    for field in fields_of(plugin.config):
        table.add_row(field.name, field.type.lower(), "yes" if field.required else "", field.help_text)
    console.print(table)


def _as_json(plugin: Plugin[Any]) -> dict[str, Any]:
    return {
        "id": plugin.id,
        "aliases": list(plugin.aliases),
        "name": plugin.name,
        "kind": plugin.kind.value,
        "version": plugin.version,
        "engine": plugin.engine,
        "capabilities": sorted(capability.value for capability in plugin.capabilities),
    }
