"""Events with a credential in every text field."""

from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import msgspec

FORMS = [
    "https://user:S3CR3T@host/v1?api_key=S3CR3T&sig=S3CR3T",
    "curl -u user:S3CR3T -p S3CR3T -H 'Authorization: Bearer S3CR3T' --creds S3CR3T",
    "https://hooks.slack.com/services/T0/B0/S3CR3T",
    "HF_TOKEN=S3CR3T",
    '{"password": "S3CR3T"}',
    "sk-abcdefS3CR3Tghijkl",
]


def filled(told: Any, text: str) -> Any:
    """A value of that type with `text` in every place for text."""
    origin, inner = get_origin(told), [each for each in get_args(told) if each is not Ellipsis]
    if told is str or told is Any:
        return text
    if told in (int, float):
        return told(1)
    if told is bool:
        return True
    if told is msgspec.Raw:
        return msgspec.Raw(b"[1,2.5,3]")
    if origin is Annotated:
        return filled(inner[0], text) if inner[0] is not str else "100m"  # of a form of its own
    if origin is Literal:
        return inner[0]
    if origin in (Union, UnionType):
        return filled(next(each for each in inner if each is not type(None)), text)
    if origin in (tuple, list):
        return origin(filled(each, text) for each in inner)
    if origin is dict:
        return {filled(inner[0], text): filled(inner[1], text)}
    if is_typeddict(told):
        return {
            name: filled(each, text)
            for name, each in get_type_hints(told, include_extras=True).items()
        }
    if isinstance(told, type) and issubclass(told, msgspec.Struct):
        return told(**{f.name: filled(f.type, text) for f in msgspec.structs.fields(told)})
    raise AssertionError(told)
