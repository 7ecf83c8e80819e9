from typing import Any

from engine.core.tables import SQLModel, Timestamps, bigint_pk, bigint_ref, binary, boolean, jsonb, sa, text


class PluginConfiguration(Timestamps, SQLModel, table=True):
    """How a plugin is set for one channel, or (without channel) for all that have no row of their own.

    Secret values are not in `values` but sealed together in `sealed_secrets`.
    """

    __tablename__ = "plugin_configuration"
    __table_args__ = (sa.UniqueConstraint("plugin_id", "channel_id", postgresql_nulls_not_distinct=True),)

    id: int | None = bigint_pk()
    plugin_id: str = text()
    channel_id: int | None = bigint_ref("channel.id", nullable=True)
    active: bool = boolean(True)
    values: dict[str, Any] = jsonb()
    sealed_secrets: bytes | None = binary(nullable=True)
