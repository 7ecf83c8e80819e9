from engine.core.errors import Refusal


class UnknownPlugin(Refusal):
    code = "NOT_FOUND"


class InvalidConfiguration(Refusal):
    code = "PLUGIN_MISCONFIGURED"
