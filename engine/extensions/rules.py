"""A plugin's configuration fields, told from its pydantic model."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr


@dataclass(frozen=True)
class ConfigField:
    """`type` is Saleor's ConfigurationTypeFieldEnum word. A secret's value is never shown again."""

    name: str
    label: str
    help_text: str
    type: str
    secret: bool
    required: bool


def fields_of(config: type[BaseModel]) -> list[ConfigField]:
    return [
        ConfigField(
            name=name,
            label=info.title or name.replace("_", " ").capitalize(),
            help_text=info.description or "",
            type=_type_word(info.annotation),
            secret=_is_secret(info.annotation),
            required=info.is_required(),
        )
        for name, info in config.model_fields.items()
    ]


def secret_names(config: type[BaseModel]) -> frozenset[str]:
    return frozenset(field.name for field in fields_of(config) if field.secret)


def split_secrets(config: type[BaseModel], values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plain values, and those that must be sealed."""
    secrets = secret_names(config)
    plain = {name: value for name, value in values.items() if name not in secrets}
    return plain, {name: value for name, value in values.items() if name in secrets}


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _is_secret(annotation: Any) -> bool:
    """Whether a secret is in it anywhere: a list of secrets, or a model with one, is kept as a secret whole."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_is_secret(info.annotation) for info in annotation.model_fields.values())
    return annotation in (SecretStr, SecretBytes) or any(_is_secret(part) for part in get_args(annotation))


def _type_word(annotation: Any) -> str:
    kinds = [kind for kind in _kinds(annotation) if kind is not type(None)]
    structure = any(_is_structure(kind) for kind in kinds)
    if _is_secret(annotation):
        return "SECRETMULTILINE" if structure else "SECRET"
    if kinds == [bool]:
        return "BOOLEAN"
    return "MULTILINE" if structure else "STRING"


def _is_structure(kind: Any) -> bool:
    """Whether a value is written as JSON: a list, an object or a model of its own."""
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, (list, tuple, set, frozenset, dict, BaseModel))
