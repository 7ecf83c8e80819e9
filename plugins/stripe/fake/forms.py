"""Stripe's form-encoded requests: nested keys such as `metadata[order]=1` and `expand[0]=latest_charge`."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl

from plugins.stripe.fake.errors import InvalidParameter

Value: TypeAlias = "str | dict[str, Value]"

MAX_FIELDS = 500
MAX_DEPTH = 6
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_TRUTH = {"true": True, "false": False}


def parse_form(text: str) -> dict[str, Value]:
    """Decode a query string or form body; lists become objects keyed by position."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidParameter("Invalid request: the body is not a readable form") from error
    tree: dict[str, Value] = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else []
        if not path or len(path) > MAX_DEPTH:
            raise InvalidParameter(f"Invalid request: cannot read the parameter {key!r}", param=key)
        node = tree
        for step in path[:-1]:
            child = node.setdefault(step or str(len(node)), {})
            if not isinstance(child, dict):
                raise InvalidParameter(f"Invalid object: {key}", param=key)
            node = child
        last = path[-1] or str(len(node))
        if isinstance(node.get(last), dict):
            raise InvalidParameter(f"Invalid string: {key}", param=key)
        node[last] = value
    return tree


class Params:
    """Typed reading of one request's parameters; each reader raises `InvalidParameter` in Stripe's words."""

    def __init__(self, values: Mapping[str, Value], prefix: str = "") -> None:
        self._values, self._prefix = values, prefix

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def name_of(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name

    def allow(self, *names: str) -> None:
        """Refuse parameters outside `names`; the fake knows a part of what Stripe knows."""
        for name in self._values:
            if name not in names:
                raise InvalidParameter(
                    f"Received unknown parameter: {self.name_of(name)}",
                    code="parameter_unknown",
                    param=self.name_of(name),
                )

    def missing(self, name: str) -> InvalidParameter:
        return InvalidParameter(
            f"Missing required param: {self.name_of(name)}.",
            code="parameter_missing",
            param=self.name_of(name),
        )

    def text(self, name: str, *, unset: bool = False) -> str | None:
        """A string; an empty one is refused, or passed on where the parameter can be `unset`."""
        value = self._values.get(name)
        if isinstance(value, dict):
            raise InvalidParameter("Invalid string: an object was passed", param=self.name_of(name))
        if value == "" and not unset:
            raise InvalidParameter(
                f"You passed an empty string for '{self.name_of(name)}'. We assume empty values are an attempt "
                f"to unset a parameter; however '{self.name_of(name)}' cannot be unset.",
                code="parameter_invalid_empty",
                param=self.name_of(name),
            )
        return value

    def integer(self, name: str, *, minimum: int = 0) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            message = f"Invalid integer: {value[:40]}"
        elif int(value) < minimum:
            message = f"This value must be greater than or equal to {minimum}."
        else:
            return int(value)
        raise InvalidParameter(message, code="parameter_invalid_integer", param=self.name_of(name))

    def boolean(self, name: str) -> bool | None:
        value = self.text(name)
        if value is None:
            return None
        if value not in _TRUTH:
            raise InvalidParameter(f"Invalid boolean: {value[:40]}", param=self.name_of(name))
        return _TRUTH[value]

    def choice(self, name: str, options: Iterable[str]) -> str | None:
        value, known = self.text(name), tuple(options)
        if value is not None and value not in known:
            message = f"Invalid {self.name_of(name)}: must be one of {', '.join(known[:-1])}, or {known[-1]}"
            raise InvalidParameter(message, param=self.name_of(name))
        return value

    def nested(self, name: str) -> "Params":
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise InvalidParameter("Invalid object", param=self.name_of(name))
        return Params(value, self.name_of(name))

    def mapping(self, name: str) -> dict[str, str] | None:
        """String to string. `""` for the whole or for one key asks to unset it; a bare `""` reads as `{}`."""
        value = self._values.get(name)
        if value is None or value == "":
            return None if value is None else {}
        if not isinstance(value, dict) or any(isinstance(item, dict) for item in value.values()):
            raise InvalidParameter("Invalid object: expected string values", param=self.name_of(name))
        if len(value) > 50 or any(len(key) > 40 or len(item) > 500 for key, item in value.items()):
            raise InvalidParameter("Metadata has at most 50 keys of 40 and values of 500", param=name)
        return {key: str(item) for key, item in value.items()}

    def strings(self, name: str) -> list[str] | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise InvalidParameter("Invalid array", param=self.name_of(name))
        return [str(item) for item in value.values()]


def merge_metadata(old: Mapping[str, str], params: Params) -> dict[str, str]:
    """Stripe merges metadata key by key; an empty value removes its key, an empty whole removes all."""
    new = params.mapping("metadata")
    if new is None:
        return dict(old)
    return {key: value for key, value in (dict(old) | new).items() if value != ""} if new else {}
