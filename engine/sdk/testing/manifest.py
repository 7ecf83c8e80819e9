"""What every plugin must be, whatever its kind."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from engine.sdk.plugins import Capability, Kind, Plugin, PluginEnvironment


class PluginConformance:
    """Subclass one of the kinds instead of this. `config` holds the values a working test set-up needs."""

    plugin: ClassVar[Plugin[Any]]
    config: ClassVar[Mapping[str, Any]] = {}
    kind: ClassVar[Kind]

    def make(self) -> Any:
        """A working object, made as the engine makes it. Override it to hand in a fake of the outside service."""
        config = self.plugin.config.model_validate(dict(self.config))
        return self.plugin.create(config, PluginEnvironment(production=False, data_dir=Path("conformance")))

    def has(self, capability: Capability) -> bool:
        return capability in self.plugin.capabilities

    def test_the_manifest_can_be_read(self) -> None:
        assert self.plugin.kind is self.kind
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{2,99}", self.plugin.id)
        assert self.plugin.name
        assert Version(self.plugin.version)
        assert str(SpecifierSet(self.plugin.engine)), "say which engine versions it fits, such as >=0.1,<0.2"

    def test_capabilities_are_those_of_its_kind(self) -> None:
        assert {capability.value.partition(".")[0] for capability in self.plugin.capabilities} <= {self.kind.value}

    def test_the_configuration_can_be_shown_as_a_form(self) -> None:
        assert json.dumps(self.plugin.config.model_json_schema())
