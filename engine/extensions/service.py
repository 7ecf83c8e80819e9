"""Plugins at work: the configured object for a channel, and how staff configure it."""

from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert

from engine.core.context import Ctx, Row, WriteCtx
from engine.core.errors import ConfigurationError, Refusals
from engine.core.locking import lock_name
from engine.core.security import secret_box
from engine.core.settings import Settings
from engine.core.tables import table
from engine.extensions import queries
from engine.extensions.errors import InvalidConfiguration, UnknownPlugin
from engine.extensions.models import PluginConfiguration
from engine.extensions.registry import Registry
from engine.extensions.rules import secret_names, split_secrets
from engine.sdk.plugins import Kind, Plugin

PURPOSE = "plugin-configuration"
log = structlog.get_logger("argosy.plugins")
_t = table(PluginConfiguration)


@dataclass(frozen=True)
class ConfiguredPlugin:
    """A plugin that is active in a channel; `working` keeps its contract (`engine.sdk`)."""

    plugin: Plugin[Any]
    working: Any


async def instance(ctx: Ctx, kind: Kind, plugin_id: str, channel_id: int | None) -> Any | None:
    """The working plugin for a channel; None when it is unknown, not configured there, inactive or misconfigured."""
    plugin = _registry(ctx).find(kind, plugin_id)
    if plugin is None:
        return None
    row = (await queries.for_channel(ctx, channel_id)).get(plugin.id)
    return _working(ctx, plugin, row)


async def available(ctx: Ctx, kind: Kind, channel_id: int | None) -> list[ConfiguredPlugin]:
    """What is active in a channel and offered to its buyers, by name."""
    rows = await queries.for_channel(ctx, channel_id)
    found = [(plugin, _working(ctx, plugin, rows.get(plugin.id))) for plugin in _registry(ctx).of_kind(kind)]
    return [
        ConfiguredPlugin(plugin, working)
        for plugin, working in found
        if working is not None and getattr(working, "offered", True)
    ]


async def configure(
    tx: WriteCtx, plugin_id: str, *, channel_id: int | None, values: dict[str, Any], active: bool | None = None
) -> Row:
    """Set a plugin for a channel, or for all channels. What is left out stays as it is; None is the default again.

    `active` None keeps it as it is; a plugin set for the first time is active.

    Raises UnknownPlugin, and Refusals with one InvalidConfiguration per wrong field.
    """
    plugin = _registry(tx).plugins.get(plugin_id)
    if plugin is None:
        raise UnknownPlugin(f"No plugin {plugin_id!r} is installed.", field="id")
    await lock_name(tx, f"plugin:{plugin.id}")
    same = _t.c.channel_id.is_not_distinct_from(sa.bindparam("channel", type_=sa.BigInteger))
    before = (
        (await tx.execute(sa.select(_t).where(_t.c.plugin_id == plugin.id, same), {"channel": channel_id}))
        .mappings()
        .first()
    )
    plain, secrets = split_secrets(plugin.config, values)
    if before is not None:
        secrets = {**_open_secrets(tx.settings, before), **secrets}
        plain = {**before["values"], **plain}
    plain = {name: value for name, value in plain.items() if value is not None}
    secrets = {name: value for name, value in secrets.items() if value is not None}
    if active is None:
        active = True if before is None else before["active"]
    _validated(plugin, {**plain, **secrets})
    sealed = secret_box(tx.settings, PURPOSE).seal(orjson.dumps(secrets)) if secrets else None
    row = {"active": active, "values": plain, "sealed_secrets": sealed, "updated_at": tx.clock.now()}
    statement = insert(_t).values(plugin_id=plugin.id, channel_id=channel_id, **row)
    result = await tx.execute(
        statement.on_conflict_do_update(constraint="uq_plugin_configuration_plugin_id_channel_id", set_=row).returning(
            _t
        )
    )
    tx.emit("plugin.configured", "Plugin", plugin.id, channel_id=channel_id, active=active)
    return result.mappings().one()


def shown_values(plugin: Plugin[Any], row: Row | None) -> dict[str, Any]:
    """Values for people to read: defaults filled in, secrets replaced by None."""
    hidden = secret_names(plugin.config)
    values = {
        name: None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
        for name, info in plugin.config.model_fields.items()
    }
    values.update(row["values"] if row is not None else {})
    return {name: None if name in hidden else value for name, value in values.items()}


def _working(ctx: Ctx, plugin: Plugin[Any], row: Row | None) -> Any | None:
    if row is None or not row["active"]:
        return None
    registry = _registry(ctx)
    # one object per configuration; a changed row makes a new one and forgets the old
    place = (plugin.id, row["channel_id"])
    version, working = registry.instances.get(place, (None, None))
    if version != row["updated_at"]:
        try:
            config = _validated(plugin, {**row["values"], **_open_secrets(ctx.settings, row)})
            working = plugin.create(config, registry.environment)
        except (Refusals, ConfigurationError, ValueError) as error:
            log.error("plugin is misconfigured", plugin=plugin.id, channel=row["channel_id"], reason=str(error))
            return None
        except Exception:
            # a fault of one plugin must not close the others
            log.exception("plugin cannot be made", plugin=plugin.id, channel=row["channel_id"])
            return None
        registry.instances[place] = (row["updated_at"], working)
    return working


def _validated(plugin: Plugin[Any], values: dict[str, Any]) -> Any:
    try:
        return plugin.config.model_validate(values)
    except ValidationError as error:
        raise Refusals(
            InvalidConfiguration(
                f"{'.'.join(str(part) for part in fault['loc']) or plugin.id}: {fault['msg']}",
                field="configuration",
            )
            for fault in error.errors(include_input=False, include_url=False)
        ) from error


def _open_secrets(settings: Settings, row: Row) -> dict[str, Any]:
    sealed = row["sealed_secrets"]
    if sealed is None:
        return {}
    opened: dict[str, Any] = orjson.loads(secret_box(settings, PURPOSE).open(sealed))
    return opened


def _registry(ctx: Ctx) -> Registry:
    found: Registry = ctx.plugins
    return found
