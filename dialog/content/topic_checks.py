"""Checks of topics (`intents.yml`) and of the lists of places and doctors (`lists/*.yml`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import yaml

from dialog.content.findings import Finding, Severity
from dialog.content.folder import ContentFolder
from dialog.content.letters import mixed_words
from dialog.content.yaml_files import child, items, line_of, pairs, scalar, scalars_of

DOES: Final = ("answer", "flow", "redirect", "operator", "control")

_STAYS: Final = "Изменения не вступят в силу: линия отвечает по прежней версии"


def check_topics(content: ContentFolder) -> Iterator[Finding]:
    """Topics without a title or a deed."""
    file = content.files.get("intents.yml")
    if file is None:
        return  # said by the reader of files
    place = content.name("intents.yml")
    if not content.topics:
        yield Finding(
            Severity.ERROR,
            place,
            line_of(file.root),
            "под «intents:» нет ни одной темы",
            _STAYS,
            "Пишите темы так: «ct_scan: {does: answer, title: узнать про томографию}»",
        )
        return
    for name, node in pairs(child(file.root, "intents")):
        if content.topics[name].does not in DOES:
            yield Finding(
                Severity.ERROR,
                place,
                line_of(node),
                f"у темы {name} does: «{content.topics[name].does}»",
                _STAYS,
                f"Можно: {', '.join(DOES)}",
            )
        if not scalar(child(node, "title")):
            yield Finding(
                Severity.ERROR,
                place,
                line_of(node),
                f"у темы {name} нет title",
                "Помощник не сможет переспросить: «Вы хотите ...?»",
                "Впишите, чего хочет звонящий: «title: записаться к врачу»",
            )


def check_lists(content: ContentFolder) -> Iterator[Finding]:
    """Entries that cannot be named or heard."""
    for name, file in content.files.items():
        entries = child(file.root, "entries")
        if not name.startswith("lists/") or entries is None:
            continue
        place = content.name(name)
        if not isinstance(entries, yaml.MappingNode):
            yield Finding(
                Severity.ERROR,
                place,
                line_of(entries),
                "под «entries:» нужны строки «ключ: {name: название, forms: [...]}»",
                _STAYS,
                "Верните записи к этому виду",
            )
            continue
        for key, node in pairs(entries):
            if not scalar(child(node, "name")):
                yield Finding(
                    Severity.ERROR,
                    place,
                    line_of(node),
                    f"у записи {key} нет name",
                    _STAYS,
                    "Впишите название, каким его видит оператор",
                )


def check_letters(content: ContentFolder) -> Iterator[Finding]:
    """Latin letters in Russian words of topics and lists, where no caller's word would match."""
    for name, file in content.files.items():
        if name != "intents.yml" and not name.startswith("lists/"):
            continue
        nodes = scalars_of(child(file.root, "intents") or child(file.root, "entries"))
        for node in (*nodes, *items(child(file.root, "ignored"))):
            for word, right in mixed_words(scalar(node) or ""):
                yield Finding(
                    Severity.ERROR,
                    content.name(name),
                    line_of(node),
                    f"латинские буквы в слове «{word}»",
                    "Слово с ними внутри не будет узнано, а голос прочтёт его неправильно",
                    f"Наберите слово заново русскими буквами: «{right}»",
                )
