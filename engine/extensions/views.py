"""Plugins as staff see and set them: every value as text, no secret ever shown."""

import html
from collections.abc import Mapping
from typing import Any

import orjson

from engine.channels import queries as channels
from engine.core.context import Ctx, Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.extensions import queries, service
from engine.extensions.errors import UnknownPlugin
from engine.extensions.registry import Registry
from engine.extensions.rules import fields_of
from engine.sdk.plugins import Plugin


async def plugins(ctx: Ctx) -> list[Row]:
    """Every installed plugin, by name, with the configurations that the caller's channels have."""
    registry: Registry = ctx.plugins
    limit = ctx.caller.channel_ids
    found = await queries.all_configurations(ctx)
    rows = [row for row in found if limit is None or row["channel_id"] is None or row["channel_id"] in limit]
    return [_plugin_row(plugin, [row for row in rows if row["plugin_id"] == plugin.id]) for plugin in registry.all()]


def problems(ctx: Ctx) -> list[Row]:
    """What keeps plugins from working, by name: rows of created_at, updated_at, title, message_html, importance, type
    and extra."""
    registry: Registry = ctx.plugins
    return [
        {
            "created_at": registry.loaded_at,
            "updated_at": registry.loaded_at,
            "title": f"The plugin {name} is left out",
            "message_html": f"<p>{html.escape(reason)}</p>",
            "importance": "HIGH",
            "type": "plugin",
            "extra": {"plugin": name},
        }
        for name, reason in sorted(registry.problems.items())
    ]


async def update(
    tx: WriteCtx, plugin_id: str, *, channel_id: int | None, typed: Mapping[str, str | None], active: bool | None
) -> None:
    """Values come as text; null takes a value back to its default. What is left out stays.

    Raises UnknownPlugin, NotFound for the channel, and Refusals for values the plugin does not accept.
    """
    registry: Registry = tx.plugins
    plugin = registry.plugins.get(plugin_id)
    if plugin is None:
        raise UnknownPlugin(f"No plugin {plugin_id[:80]!r} is installed.", field="id")
    limit = tx.caller.channel_ids
    if limit is not None and channel_id is None:
        raise Refusal("You are limited to some channels; name one of them.", field="channelId", code="REQUIRED")
    known = channel_id is None or (await channels.by_ids(tx, [channel_id]))[0] is not None
    if not known or (limit is not None and channel_id not in limit):
        raise NotFound("Channel not found.", field="channelId")
    fields = {field.name: field for field in fields_of(plugin.config)}
    unknown = sorted(set(typed) - set(fields))
    if unknown:
        raise Refusal(f"{plugin.name} has no setting {unknown[0]!r}.", field="configuration", code="INVALID")
    values = {name: _read(fields[name].type, value) for name, value in typed.items()}
    await service.configure(tx, plugin_id, channel_id=channel_id, values=values, active=active)


def _plugin_row(plugin: Plugin[Any], rows: list[Row]) -> Row:
    return {
        "id": plugin.id,
        "names": (plugin.id, *plugin.aliases),
        "name": plugin.name,
        "description": plugin.description,
        "kind": plugin.kind.value,
        "version": plugin.version,
        "capabilities": sorted(capability.value for capability in plugin.capabilities),
        "global_configuration": next((_shown(plugin, row) for row in rows if row["channel_id"] is None), None),
        "channel_configurations": [_shown(plugin, row) for row in rows if row["channel_id"] is not None],
    }


def _shown(plugin: Plugin[Any], row: Row) -> Row:
    values = service.shown_values(plugin, row)
    items = [
        {
            "name": field.name,
            "value": _written(values[field.name]),
            "type": field.type,
            "help_text": field.help_text,
            "label": field.label,
        }
        for field in fields_of(plugin.config)
    ]
    return {"active": row["active"], "channel_id": row["channel_id"], "configuration": items}


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value, default=str).decode()


def _read(kind: str, value: str | None) -> Any:
    """Lists and objects are written as JSON; anything else is left to the plugin's own model."""
    if value is None or kind not in ("MULTILINE", "SECRETMULTILINE"):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Refusal(f"This setting is written as JSON: {error}", field="configuration", code="INVALID") from error
