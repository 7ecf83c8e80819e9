"""Which plugins are installed, which of them fit, and what is wrong with the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import BaseModel

from engine import __version__
from engine.core.settings import Settings
from engine.sdk.plugins import Kind, Plugin, PluginEnvironment

GROUP = "argosy.plugins"


class Misfit(Exception):
    """Why a plugin is left out, in words for whoever installed it."""


@dataclass(frozen=True)
class Registry:
    """`plugins` by id (aliases included); `problems` says for each misfit, by entry-point name, why it is left out."""

    environment: PluginEnvironment
    plugins: Mapping[str, Plugin[Any]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    instances: dict[object, Any] = field(default_factory=dict)
    """Working objects by plugin, channel and configuration version; see `engine.extensions.service`."""

    @classmethod
    def discover(cls, settings: Settings) -> "Registry":
        """Load every installed plugin. A bad one is noted in `problems`, never a reason not to start."""
        return cls.build(settings, entry_points(group=GROUP))

    @classmethod
    def build(cls, settings: Settings, found: Iterable[EntryPoint]) -> "Registry":
        environment = PluginEnvironment(production=settings.production, data_dir=settings.data_dir)
        plugins: dict[str, Plugin[Any]] = {}
        problems: dict[str, str] = {}
        for entry in sorted(found, key=lambda entry: entry.name):
            try:
                plugin = _load(entry, environment)
                taken = [name for name in (plugin.id, *plugin.aliases) if name in plugins]
                if taken:
                    raise Misfit(f"the id {taken[0]!r} is already taken by plugin {plugins[taken[0]].name!r}")
            except Misfit as misfit:
                problems[entry.name] = str(misfit)
                continue
            plugins.update(dict.fromkeys((plugin.id, *plugin.aliases), plugin))
        return cls(environment, plugins, problems)

    def find(self, kind: Kind, plugin_id: str) -> Plugin[Any] | None:
        plugin = self.plugins.get(plugin_id)
        return plugin if plugin is not None and plugin.kind is kind else None

    def of_kind(self, kind: Kind) -> list[Plugin[Any]]:
        """Each plugin once, by name."""
        return [plugin for plugin in self.all() if plugin.kind is kind]

    def all(self) -> list[Plugin[Any]]:
        unique = {plugin.id: plugin for plugin in self.plugins.values()}
        return sorted(unique.values(), key=lambda plugin: plugin.name)


def _load(entry: EntryPoint, environment: PluginEnvironment) -> Plugin[Any]:
    try:
        plugin = entry.load()
    except Exception as error:
        raise Misfit(f"{entry.value} cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(plugin, Plugin):
        raise Misfit(f"{entry.value} is a {type(plugin).__name__}, not an engine.sdk.plugins.Plugin")
    if not (isinstance(plugin.config, type) and issubclass(plugin.config, BaseModel)):
        raise Misfit("its config is not a pydantic model class")
    try:
        fits = SpecifierSet(plugin.engine).contains(__version__, prereleases=True)
    except InvalidSpecifier as error:
        raise Misfit(f"its engine versions {plugin.engine!r} are no PEP 440 specifier such as >=0.1,<0.2") from error
    if not fits:
        raise Misfit(f"it is for engine {plugin.engine}, this is {__version__}; install a version of it that fits")
    if plugin.development_only and environment.production:
        raise Misfit("it is for development only and is not loaded in the production profile")
    return plugin
