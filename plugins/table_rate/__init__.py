"""A carrier for merchants who ship themselves: prices from their own table, tracking numbers from us."""

from engine.sdk.plugins import Capability, Kind, Plugin
from plugins.table_rate.carrier import TableRateCarrier, TableRateConfig

plugin: Plugin[TableRateCarrier] = Plugin(
    id="argosy.table-rate",
    name="Table rates",
    kind=Kind.CARRIER,
    version="0.1.0",
    engine=">=0.1,<0.2",
    create=lambda config, _environment: TableRateCarrier(config),
    capabilities=frozenset({Capability.QUOTE, Capability.SHIP}),
    config=TableRateConfig,
    aliases=("table_rate",),
    description="Prices by weight and subtotal from the table of each delivery method, free from a sum on.",
)
