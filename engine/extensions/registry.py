"""Which plugins are installed, which of them fit, and what is wrong with the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.settings import Settings
from engine.sdk.plugins import Kind, Plugin

GROUP = "argosy.plugins"


@dataclass(frozen=True)
class Registry:
    """`plugins` by id (aliases included); `problems` says for each misfit, by entry-point name, why it is left out."""

    plugins: Mapping[str, Plugin[Any]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def discover(cls, settings: Settings) -> "Registry":
        return cls()

    def find(self, kind: Kind, plugin_id: str) -> Plugin[Any] | None:
        plugin = self.plugins.get(plugin_id)
        return plugin if plugin is not None and plugin.kind is kind else None

    def of_kind(self, kind: Kind) -> list[Plugin[Any]]:
        """Each plugin once, by name."""
        unique = {plugin.id: plugin for plugin in self.plugins.values() if plugin.kind is kind}
        return sorted(unique.values(), key=lambda plugin: plugin.name)
