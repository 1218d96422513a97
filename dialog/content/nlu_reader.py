"""Training data for understanding: `nlu_data/nlu/*.yml`, in the format of Rasa 3.1.

What Rasa warns of and skips is an error here: content never loads half. Retrieval intents
(``faq/hours``) are refused, because the interpreters answer with one flat list of intents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from dialog.content import entity_marks, yaml_files
from dialog.content.entity_marks import AnnotationError, EntityAnnotation
from dialog.content.findings import Finding, Severity, refuse_broken
from dialog.content.letters import mixed_words
from dialog.content.yaml_files import YamlFile, child, items, line_of, pairs, scalar

MAX_EXAMPLE_CHARS: Final = 500
"""Half a minute of speech; nobody says more in one turn."""
FEW_EXAMPLES: Final = 20
KINDS: Final = ("intent", "synonym", "regex", "lookup")

_NOT_LOADED: Final = "Изменения не вступят в силу: линия понимает по прежней версии"


@dataclass(frozen=True)
class Example:
    """Something that a caller may say."""

    text: str
    intent: str
    entities: tuple[EntityAnnotation, ...]
    file: str
    line: int


@dataclass(frozen=True)
class NluData:
    """All training data of a folder."""

    examples: tuple[Example, ...] = ()
    synonyms: dict[str, str] = field(default_factory=dict)
    """As said -> what it means, from synonyms and from the values of annotations."""
    regexes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lookups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def intents(self) -> tuple[str, ...]:
        """Names, sorted."""
        return tuple(sorted({example.intent for example in self.examples}))


def load_nlu(folder: Path, known_intents: Collection[str] | None = None) -> NluData:
    """The folder's training data.

    Args:
        folder: for example ``nlu_data/nlu``.
        known_intents: names that may be used; None allows any.

    Raises:
        ContentError: anything in it is broken; the message names file, line and mend.
    """
    data, findings = read_nlu(folder, known_intents)
    refuse_broken(findings)
    return data


def read_nlu(
    folder: Path, known_intents: Collection[str] | None = None
) -> tuple[NluData, tuple[Finding, ...]]:
    """What can be read, and everything that is wrong with it. For the check: see `load_nlu`."""
    files, findings = yaml_files.read_folder(folder)
    reader = _Reader(findings, known_intents)
    for file in files:
        reader.file(file)
    reader.compare()
    data = NluData(tuple(reader.examples), reader.synonyms, reader.regexes, reader.lookups)
    return data, tuple(reader.findings)


def same_words(text: str) -> str:
    """`text` without what a listener cannot hear: case, punctuation, ё."""
    return " ".join(re.findall(r"\w+", text.lower().replace("ё", "е")))


class _Reader:
    def __init__(self, findings: list[Finding], known_intents: Collection[str] | None) -> None:
        self.findings = findings
        self.known_intents = known_intents
        self.examples: list[Example] = []
        self.synonyms: dict[str, str] = {}
        self.regexes: dict[str, tuple[str, ...]] = {}
        self.lookups: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, str] = {}

    def file(self, file: YamlFile) -> None:
        section = child(file.root, "nlu")
        if section is None or (scalar(section) is None and not items(section)):
            known = {"version", "nlu"}
            if not known & {key for key, _ in pairs(file.root)}:
                self._error(file, 1, "нет раздела «nlu:»", "Начните файл с version и nlu:")
            return
        if not isinstance(section, yaml.SequenceNode):
            self._error(file, line_of(section), "под «nlu:» нужен список", "Начните с «- intent:»")
            return
        for item in items(section):
            self._item(file, item)

    def _item(self, file: YamlFile, item: yaml.Node) -> None:
        kinds = [(key, value) for key, value in pairs(item) if key in KINDS]
        if len(kinds) != 1:
            self._error(
                file,
                line_of(item),
                "непонятно, что это: нужна одна строка intent, synonym, regex или lookup",
                "Начните пункт с «- intent: имя_намерения»",
            )
            return
        kind, value = kinds[0]
        name = (scalar(value) or "").strip()
        if not name:
            self._error(file, line_of(value), f"у «{kind}» нет имени", "Впишите имя")
            return
        lines = list(self._lines(file, item, f"{kind} «{name}»"))
        if kind == "intent":
            self._intent(file, line_of(item), name, lines)
        elif kind == "synonym":
            for line, text in lines:
                self._synonym(file, line, text, name)
        elif kind == "regex":
            for line, text in lines:
                self._check_regex(file, line, text)
            self.regexes[name] = self.regexes.get(name, ()) + tuple(text for _, text in lines)
        else:
            self.lookups[name] = self.lookups.get(name, ()) + tuple(text for _, text in lines)

    def _lines(self, file: YamlFile, item: yaml.Node, what: str) -> Iterator[tuple[int, str]]:
        """Examples with their lines, from ``examples: |`` or from a list with ``text:``."""
        node = child(item, "examples")
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value.strip()):
            self._error(
                file,
                line_of(item),
                f"{what}: нет ни одного примера",
                "Впишите под «examples: |» хотя бы один пример с дефиса или удалите пункт",
            )
            return
        if isinstance(node, yaml.SequenceNode):
            for entry in node.value:
                text = scalar(child(entry, "text")) or scalar(entry)
                yield line_of(entry), _without_dash(text or "")
            return
        # After ``|`` the text begins on the next line; a quoted text where it stands.
        block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
        first = line_of(node) + (1 if block else 0)
        for offset, line in enumerate((scalar(node) or "").splitlines()):
            if not line.strip():
                continue
            if not line.startswith("-"):
                self._error(
                    file,
                    first + offset,
                    f"{what}: пример не начинается с дефиса",
                    "Поставьте в начало строки «- »",
                )
                continue
            yield first + offset, line[1:].strip()

    def _intent(self, file: YamlFile, line: int, name: str, lines: list[tuple[int, str]]) -> None:
        if "/" in name:
            self._error(
                file,
                line,
                f"намерение «{name}» с косой чертой",
                "Дайте намерению имя без «/»",
            )
        elif self.known_intents is not None and name not in self.known_intents:
            self._error(
                file,
                line,
                f"неизвестное намерение «{name}»",
                "Исправьте имя или добавьте намерение в nlu_data/intents.yml",
            )
        for number, marked in lines:
            self._example(file, number, name, marked)

    def _example(self, file: YamlFile, line: int, intent: str, marked: str) -> None:
        try:
            text, entities = entity_marks.read(marked)
        except AnnotationError as error:
            self._error(
                file, line, str(error), "Разметка пишется так: запишите к [лору](specialty)"
            )
            return
        if not same_words(text):
            self._error(file, line, "пустой пример", "Впишите слова или удалите строку")
            return
        if len(text) > MAX_EXAMPLE_CHARS:
            self._error(
                file,
                line,
                f"пример в {len(text)} знаков, а можно до {MAX_EXAMPLE_CHARS}",
                "Разделите его на фразы, как их говорят по телефону",
            )
            return
        self._letters(file, line, text)
        for entity in entities:
            if entity.value != text[entity.start : entity.end]:
                self._synonym(file, line, text[entity.start : entity.end], entity.value)
        self.examples.append(Example(text, intent, entities, file.name, line))

    def _letters(self, file: YamlFile, line: int, text: str) -> None:
        for word, right in mixed_words(text):
            self._error(
                file,
                line,
                f"латинские буквы в слове «{word}»",
                f"Наберите слово заново русскими буквами: «{right}»",
                "Слово с ними внутри не будет узнано",
            )

    def _synonym(self, file: YamlFile, line: int, said: str, meaning: str) -> None:
        earlier = self.synonyms.get(said)
        if earlier is not None and earlier != meaning:
            self._error(
                file,
                line,
                f"«{said}» значит и «{earlier}» ({self._places[said]}), и «{meaning}»",
                "Оставьте одно значение",
            )
            return
        self.synonyms[said] = meaning
        self._places.setdefault(said, f"{file.name}:{line}")

    def _check_regex(self, file: YamlFile, line: int, pattern: str) -> None:
        try:
            re.compile(pattern)
        except re.error as error:
            self._error(
                file, line, f"регулярное выражение нарушено: {error}", "Исправьте выражение"
            )

    def compare(self) -> None:
        """Findings that need all files: the same words twice, too few examples."""
        first: dict[str, Example] = {}
        counts: dict[str, int] = {}
        for example in self.examples:
            counts[example.intent] = counts.get(example.intent, 0) + 1
            earlier = first.setdefault(same_words(example.text), example)
            if earlier is not example:
                self._repeated(example, earlier)
        for example in self.examples:
            count = counts.pop(example.intent, FEW_EXAMPLES)
            if count < FEW_EXAMPLES:
                self.findings.append(
                    Finding(
                        Severity.WARNING,
                        example.file,
                        example.line,
                        f"у намерения «{example.intent}» примеров всего {count}",
                        "Другие слова о том же помощник, скорее всего, не поймёт",
                        f"Добавьте разные по словам фразы, хотя бы до {FEW_EXAMPLES}",
                    )
                )

    def _repeated(self, example: Example, earlier: Example) -> None:
        place = f"{earlier.file}:{earlier.line}"
        if example.intent != earlier.intent:
            self.findings.append(
                Finding(
                    Severity.ERROR,
                    example.file,
                    example.line,
                    f"пример «{example.text}» стоит в двух намерениях: "
                    f"«{earlier.intent}» ({place}) и «{example.intent}»",
                    "Помощник не поймёт, о чём спросили, и ответит наугад",
                    "Оставьте пример в одном намерении",
                )
            )
        else:
            self.findings.append(
                Finding(
                    Severity.WARNING,
                    example.file,
                    example.line,
                    f"пример «{example.text}» уже есть ({place})",
                    "Повтор ничему не учит",
                    "Замените его другой фразой или удалите",
                )
            )

    def _error(
        self, file: YamlFile, line: int, message: str, mend: str, consequence: str = _NOT_LOADED
    ) -> None:
        self.findings.append(Finding(Severity.ERROR, file.name, line, message, consequence, mend))


def _without_dash(text: str) -> str:
    return text.strip().removeprefix("- ").strip()
