"""Values as TOML has them -> the types of the contract; what msgspec refuses is told as a sentence.

None of msgspec's messages is read: what is wrong is the innermost value that it refuses, and the type of that tells
what should stand there and what would work.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType, UnionType
from typing import Annotated, Any, NoReturn, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from parity.errors import UsageError
from parity.policy import nearest

_WORDS = {
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "an integer",
    "array": "a list",
    "object": "a table",
}


def converted(
    data: Any, kind: Any, subject: str, words: str, lines: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> Any:
    """The data as a type of the contract.

    Args:
        data: what TOML or a caller's own code says.
        kind: the type.
        subject: what cannot be done if the data is not of that type, up to the name of the file.
        words: what the data is called.
        lines: where the tables of a list begin, by the key of the list.

    Raises:
        UsageError: it is not of that type.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        place = _Place(data, kind, _called(kind, data) or words, _remedy(kind)).wrong()
        line = next((lines[key][at] for key, at in place.rows if key in lines and at < len(lines[key])), None)
        place.refuse(f"{subject}:{line}" if line else subject, error)


@dataclass(frozen=True)
class _Place:
    """A value somewhere in the data.

    Attributes:
        value: what stands there.
        kind: the type that it should have.
        words: what it is called.
        remedy: what would work, or "".
        key: the last key on the way there.
        rows: the tables of lists on the way there, by the key of their list and their index.
    """

    value: Any
    kind: Any
    words: str
    remedy: str
    key: str = ""
    rows: tuple[tuple[str, int], ...] = ()

    def wrong(self) -> "_Place":
        """The innermost value that is not of its type, of one that is not."""
        return next((each.wrong() for each in self.parts() if not _fits(each.value, each.kind)), self)

    def parts(self) -> "Iterator[_Place]":
        """The values in this one, as far as its type tells of any, and the keys of a table that may be of one kind."""
        fields = self.fields()
        if isinstance(self.value, Mapping) and fields:
            for key in filter(fields.__contains__, self.value):
                words = f"{key} of {self.words}" if self.key or hasattr(self.kind, "label") else key
                yield replace(self.of(fields[key].type, self.value[key], words, ""), key=key)
        elif isinstance(self.value, Mapping):
            for keys, values in self.arguments(dict):
                for key, value in self.value.items():
                    yield self.of(keys, key, f"a key of {self.words}", self.remedy)
                    yield self.of(values, value, f"{key} of {self.words}", self.remedy)
        elif isinstance(self.value, list | tuple):
            for kind, _ in self.arguments(tuple):
                for at, value in enumerate(self.value):
                    yield replace(
                        self.of(
                            kind, value, _called(kind, value, at + 1) or f"item {at + 1} of {self.words}", self.remedy
                        ),
                        rows=(*self.rows, (self.key, at)),
                    )

    def of(self, kind: Any, value: Any, words: str, remedy: str) -> "_Place":
        """A value in this one; ``remedy``: what would work, where its own type does not say."""
        return replace(self, value=value, kind=kind, words=words, remedy=_remedy(kind) or remedy)

    def arguments(self, origin: type) -> Iterator[tuple[Any, ...]]:
        """What a list or table of this type consists of, if this may be one."""
        bare = map(_bare, _members(self.kind))
        return (get_args(each) for each in bare if get_origin(each) is origin)

    def fields(self) -> dict[str, FieldInfo]:
        """The keys of a table that has given ones."""
        bare = map(_bare, _members(self.kind))
        structs = (each for each in bare if isinstance(each, type) and issubclass(each, msgspec.Struct))
        return {field.encode_name: field for each in structs for field in msgspec.structs.fields(each)}

    def refuse(self, subject: str, error: Exception) -> NoReturn:
        """Tell what is wrong with this value, whose parts are not."""
        fields = self.fields()
        if isinstance(self.value, Mapping) and fields:
            for key in self.value:
                if key not in fields:
                    remedy = nearest(str(key), fields, f"known are {', '.join(fields)}")
                    raise UsageError(subject, f"{self.words} has no key {key!r}", remedy=remedy) from error
            missing = next(each for each in fields.values() if each.required and each.encode_name not in self.value)
            remedy = _remedy(missing.type)
            form = "" if remedy else f", as {_form(missing.type)}"
            raise UsageError(subject, f"{self.words} needs {missing.encode_name}{form}", remedy=remedy) from error
        names = [name for each in _schemas(self.kind) for name in each.get("enum", ()) if isinstance(name, str)]
        blank = isinstance(self.value, str) and not self.value.strip()
        wrong = "blank" if blank else f"not {_form(self.kind)}"
        remedy = nearest(str(self.value), names, self.remedy)
        raise UsageError(subject, f"{self.words} is {wrong}", found=repr(self.value)[:40], remedy=remedy) from error


def _called(kind: Any, value: Any, number: int = 0) -> str:
    """What a table is called: by what tells it from others, if it has that, or by its number; "" for other values."""
    word, key, words = getattr(_bare(kind), "label", ("", "", ""))
    name = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(name, str) and name.strip():
        return str(words.format(name))
    return f"{word} {number}" if word and number else ""


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _members(kind: Any) -> Iterator[Any]:
    """The types of which a value may have any."""
    bare = _bare(kind)
    if get_origin(bare) in {Union, UnionType}:
        for each in get_args(bare):
            yield from _members(each)
    elif bare is not msgspec.UnsetType:
        yield kind


def _remedy(kind: Any) -> str:
    """What the type itself says would work, before what is said of one that it may be."""
    for each in (kind, *_members(kind)):
        for meta in get_args(each)[1:] if get_origin(each) is Annotated else ():
            if meta.extra and meta.extra.get("remedy"):
                return str(meta.extra["remedy"])
    return ""


def _fits(value: Any, kind: Any) -> bool:
    for each in _members(kind):
        try:
            msgspec.convert(value, each)
        except msgspec.ValidationError:
            continue
        return True
    return False


def _schemas(kind: Any) -> list[dict[str, Any]]:
    return [msgspec.json.schema(each) for each in _members(kind)]


def _form(kind: Any) -> str:
    """What a value of a type is, in words."""
    return " or ".join(map(_expected, _schemas(kind)))


def _expected(schema: Mapping[str, Any]) -> str:
    """What should stand there, in words."""
    inner = schema.get("items", schema.get("additionalProperties"))
    if "title" in schema:
        return str(schema["title"])
    if "enum" in schema:
        return ("one of " if len(schema["enum"]) > 1 else "") + ", ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return "a table"
    if "anyOf" in schema:
        return " or ".join(map(_expected, schema["anyOf"]))
    words = "a date" if schema.get("format") == "date" else _WORDS[schema["type"]]
    words += " of " + re.sub(r"\ban? (\w+)", r"\1s", _expected(inner)) if inner else ""
    return words + (f" of at least {schema['minimum']:g}" if "minimum" in schema else "")
