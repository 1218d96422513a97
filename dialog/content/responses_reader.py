"""Approved answers: `nlu_data/responses/*.yml`, in Rasa's format, with sources and dates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import yaml

from dialog.content import yaml_files
from dialog.content.findings import Finding, Severity, refuse_broken
from dialog.content.letters import mixed_words
from dialog.content.yaml_files import YamlFile, child, items, line_of, pairs, scalar

MAX_WORDS: Final = 35
"""Longer answers are not remembered by ear."""
EXPIRES_SOON: Final = timedelta(days=30)
PREFIX: Final = "utter_"
USES: Final = ("answer", "caveat", "operator", "phrase")
"""``phrase``: not a fact (a greeting, a question), so it needs no source. ``never`` is refused."""
CONFIDENCES: Final = ("high", "medium", "low")

_NOT_LOADED: Final = "Изменения не вступят в силу: линия отвечает по прежней версии"


@dataclass(frozen=True)
class Answer:
    """One wording of an answer."""

    name: str
    """``utter_...``."""
    text: str
    file: str
    line: int
    owner: str = ""
    """Who answers for it."""
    sources: tuple[str, ...] = ()
    checked: date | None = None
    """When the owner last compared it with the sources."""
    valid_until: date | None = None
    """The last day on which it may be spoken; None: until it is changed."""
    review_by: date | None = None
    confidence: str = ""
    topic: str = ""
    """Intent that it answers."""
    use: str = "phrase"
    """One of `USES`."""

    def may_be_spoken(self, today: date) -> bool:
        """An expired answer is never spoken: its topic goes to an operator."""
        return self.valid_until is None or today <= self.valid_until


@dataclass(frozen=True)
class Responses:
    """All answers of a folder."""

    answers: dict[str, tuple[Answer, ...]]
    """By name; the wordings in the editor's order."""

    def spoken(self, name: str, today: date) -> tuple[Answer, ...]:
        """The wordings of `name` that may be spoken today; empty where there are none."""
        return tuple(a for a in self.answers.get(name, ()) if a.may_be_spoken(today))


def load_responses(folder: Path, known_topics: Collection[str] | None = None) -> Responses:
    """The folder's answers.

    Raises:
        ContentError: anything in it is broken; the message names file, line and mend.
    """
    responses, findings = read_responses(folder, known_topics)
    refuse_broken(findings)
    return responses


def read_responses(
    folder: Path, known_topics: Collection[str] | None = None
) -> tuple[Responses, tuple[Finding, ...]]:
    """What can be read, and everything that is wrong with it, but for dates: see `check_dates`."""
    files, findings = yaml_files.read_folder(folder)
    reader = _Reader(findings, known_topics)
    for file in files:
        reader.file(file)
    return Responses(reader.answers), tuple(reader.findings)


def check_dates(responses: Responses, today: date) -> tuple[Finding, ...]:
    """Answers that have expired, expire within 30 days, or are due for a review."""
    answers = (answer for wordings in responses.answers.values() for answer in wordings)
    return tuple(finding for a in answers for finding in _dates_of(a, today))


def _dates_of(answer: Answer, today: date) -> Iterable[Finding]:
    def warn(message: str, consequence: str, mend: str) -> Finding:
        return Finding(Severity.WARNING, answer.file, answer.line, message, consequence, mend)

    until = answer.valid_until
    mend = f"Проверьте ответ по источнику и поставьте новый valid_until (владелец: {answer.owner})"
    if until is not None and until < today:
        yield warn(
            f"ответ {answer.name} действовал до {until:%d.%m.%Y}",
            "Он не звучит: звонящих по этой теме соединяют с оператором",
            mend,
        )
    elif until is not None and until - today <= EXPIRES_SOON:
        yield warn(
            f"ответ {answer.name} действует до {until:%d.%m.%Y}, "
            f"осталось дней: {(until - today).days}",
            "После этого дня он не прозвучит: звонящих по этой теме соединят с оператором",
            mend,
        )
    elif answer.review_by is not None and answer.review_by < today:
        yield warn(
            f"ответ {answer.name} надо было перепроверить до {answer.review_by:%d.%m.%Y}",
            "Он ещё звучит, но мог устареть",
            "Проверьте ответ по источнику и перенесите review_by",
        )
    if answer.checked is not None and answer.checked > today:
        yield warn(
            f"ответ {answer.name} проверен будущим днём: {answer.checked:%d.%m.%Y}",
            "Непонятно, проверяли ли его",
            "Исправьте дату checked",
        )


class _Reader:
    def __init__(self, findings: list[Finding], known_topics: Collection[str] | None) -> None:
        self.findings = findings
        self.known_topics = known_topics
        self.answers: dict[str, tuple[Answer, ...]] = {}

    def file(self, file: YamlFile) -> None:
        section = child(file.root, "responses")
        if section is None:
            self._error(file, 1, "нет раздела «responses:»", "Начните файл с version и responses:")
            return
        for name, node in pairs(section):
            self._answer(file, name, node)

    def _answer(self, file: YamlFile, name: str, node: yaml.Node) -> None:
        line = line_of(node)
        if not re.fullmatch(rf"{PREFIX}\w+", name):
            self._error(file, line, f"имя ответа «{name}»", f"Имя начинается с {PREFIX}")
        if name in self.answers:
            first = self.answers[name][0]
            self._error(
                file,
                line,
                f"ответ {name} определён дважды: здесь и в {first.file}:{first.line}",
                "Оставьте его в одном файле",
            )
            return
        wordings = tuple(
            answer
            for item in items(node)
            if (answer := self._wording(file, name, item)) is not None
        )
        if wordings:
            self.answers[name] = wordings
        elif not items(node):
            self._error(file, line, f"ответ {name} пуст", "Впишите под ним «- text: ...»")

    def _wording(self, file: YamlFile, name: str, item: yaml.Node) -> Answer | None:
        text = " ".join((scalar(child(item, "text")) or "").split())
        if not text:
            self._error(file, line_of(item), f"у ответа {name} нет text", "Впишите text")
            return None
        words = len(text.split())
        if words > MAX_WORDS:
            self._error(
                file,
                line_of(item),
                f"в ответе {name} слов: {words}, а можно до {MAX_WORDS}",
                "Сократите его или предложите продолжение вопросом",
                "Звонящий не дослушает и не запомнит",
            )
        for word, right in mixed_words(text):
            self._error(
                file,
                line_of(item),
                f"латинские буквы в слове «{word}»",
                f"Наберите слово заново русскими буквами: «{right}»",
                "Голос прочтёт слово неправильно",
            )
        return self._with_metadata(file, name, item, text)

    def _with_metadata(self, file: YamlFile, name: str, item: yaml.Node, text: str) -> Answer:
        metadata = child(item, "metadata")
        answer = Answer(
            name=name,
            text=text,
            file=file.name,
            line=line_of(item),
            owner=scalar(child(metadata, "owner")) or "",
            sources=_sources(child(metadata, "sources")),
            checked=self._date(file, metadata, "checked"),
            valid_until=self._date(file, metadata, "valid_until"),
            review_by=self._date(file, metadata, "review_by"),
            confidence=scalar(child(metadata, "confidence")) or "",
            topic=scalar(child(metadata, "topic")) or "",
            use=scalar(child(metadata, "use")) or ("answer" if metadata else "phrase"),
        )
        self._check_metadata(file, answer)
        return answer

    def _check_metadata(self, file: YamlFile, answer: Answer) -> None:
        name, line = answer.name, answer.line
        if answer.use == "never":
            self._error(
                file,
                line,
                f"ответ {name} помечен never: так отвечать нельзя",
                "Удалите ответ",
            )
        elif answer.use not in USES:
            self._error(
                file, line, f"ответ {name}: use «{answer.use}»", f"Можно: {', '.join(USES)}"
            )
        if answer.confidence and answer.confidence not in CONFIDENCES:
            self._error(
                file,
                line,
                f"ответ {name}: confidence «{answer.confidence}»",
                f"Можно: {', '.join(CONFIDENCES)}",
            )
        if answer.topic and self.known_topics is not None and answer.topic not in self.known_topics:
            self._error(
                file, line, f"ответ {name}: неизвестная тема «{answer.topic}»", "Исправьте topic"
            )
        if answer.use not in {"answer", "caveat"}:
            return
        for key, given in (
            ("owner", answer.owner),
            ("sources", answer.sources),
            ("checked", answer.checked),
        ):
            if not given:
                self._error(
                    file,
                    line,
                    f"у ответа {name} нет {key}",
                    f"Впишите {key} в metadata; если это не справка, а реплика, то use: phrase",
                    "Нельзя понять, кто отвечает за сказанное звонящему",
                )

    def _date(self, file: YamlFile, metadata: yaml.Node | None, key: str) -> date | None:
        node = child(metadata, key)
        text = scalar(node)
        if node is None or text is None:
            return None
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            self._error(
                file, line_of(node), f"{key}: «{text}» не дата", "Пишите так: 2026-12-31 или null"
            )
            return None

    def _error(
        self, file: YamlFile, line: int, message: str, mend: str, consequence: str = _NOT_LOADED
    ) -> None:
        self.findings.append(Finding(Severity.ERROR, file.name, line, message, consequence, mend))


def _sources(node: yaml.Node | None) -> tuple[str, ...]:
    """Sources as text: a string, a list of strings, or of mappings with title, url and date."""
    found = []
    for item in items(node) or ([node] if node is not None else []):
        values = [scalar(value) for _, value in pairs(item)] or [scalar(item)]
        text = ", ".join(value for value in values if value)
        if text:
            found.append(text)
    return tuple(found)
