"""Reads conversation tests; what is misspelt becomes a finding at its line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Final

import yaml

from dialog.content.findings import Finding, Severity
from dialog.content.yaml_files import YamlFile, child, items, line_of, pairs, scalar
from dialog.conversation_tests.script_lines import (
    ConversationTest,
    Does,
    Expected,
    Hearing,
    Register,
    ScriptLine,
)

FOLDER: Final = "tests/conversations/"
"""Where the tests are, below the content folder."""

_EVENTS: Final = tuple(does.value for does in Does)
_HEARING: Final = ("meaning", "hearing", "line_db", "alternatives")
_EXPECTED: Final = tuple(f.name for f in fields(Expected))
_OF_LINE: Final = (*_EVENTS, *_HEARING, "at", *_EXPECTED)
_OF_TEST: Final = ("name", "at", "register", "caller_number", "dialled", "recording", "steps")
_NOT_RUN: Final = "Этот разговор не проверяется: ошибка в нём осталась бы незамеченной"


class _TestError(Exception):
    """A test that cannot be run; carries what the editor is told."""

    def __init__(self, line: int, message: str, mend: str) -> None:
        super().__init__(message)
        self.line, self.message, self.mend = line, message, mend


def read_tests(
    files: Mapping[str, YamlFile], topics: Collection[str], responses: Collection[str]
) -> tuple[tuple[ConversationTest, ...], tuple[Finding, ...]]:
    """Every test of the content folder's `files`, and whatever is wrong with them.

    Args:
        files: by name below the content folder; those outside `FOLDER` are left alone.
        topics: the intents that a test may name.
        responses: the answers that a test may name.
    """
    tests: dict[str, ConversationTest] = {}
    findings: list[Finding] = []
    for file in (file for name, file in sorted(files.items()) if name.startswith(FOLDER)):
        written = items(child(file.root, "conversations"))
        if not written:
            mend = "Начните файл так: «conversations:», ниже «- name: ...»"
            findings.append(_finding(file.name, 1, "нет раздела «conversations:»", mend))
        for node in written:
            try:
                test = _test(file.name, node, topics, responses)
                if test.name in tests:
                    raise _TestError(
                        test.line,
                        f"разговор «{test.name}» уже есть: {tests[test.name].place}",
                        "Назовите его иначе: по имени находят, что сломалось",
                    )
                tests[test.name] = test
            except _TestError as error:
                findings.append(_finding(file.name, error.line, error.message, error.mend))
    return tuple(tests.values()), tuple(findings)


def _finding(name: str, line: int, message: str, mend: str) -> Finding:
    return Finding(Severity.ERROR, name, line, message, _NOT_RUN, mend)


def _test(
    file: str, node: yaml.Node, topics: Collection[str], responses: Collection[str]
) -> ConversationTest:
    _known(node, _OF_TEST)
    line = line_of(node)
    name = scalar(child(node, "name"))
    if not name:
        raise _TestError(line, "у разговора нет name", "Назовите его: «name: запись к хирургу»")
    steps = items(child(node, "steps"))
    if not steps:
        raise _TestError(line, f"в разговоре «{name}» нет steps", "Впишите реплики звонящего")
    return ConversationTest(
        file,
        line,
        name,
        tuple(_line(step, topics, responses) for step in steps),
        at=_time(child(node, "at")) or ConversationTest.at,
        register=_one_of(child(node, "register"), Register, Register.FILED),
        caller=scalar(child(node, "caller_number")),
        dialled=scalar(child(node, "dialled")),
        recording=_yes(child(node, "recording")),
    )


def _line(node: yaml.Node, topics: Collection[str], responses: Collection[str]) -> ScriptLine:
    _known(node, _OF_LINE)
    line = line_of(node)
    given = [key for key, _ in pairs(node) if key in _EVENTS]
    if len(given) != 1:
        raise _TestError(
            line,
            "в шаге должно быть ровно одно из: " + ", ".join(_EVENTS),
            "Например «- caller: запишите к хирургу», «- keys: 1», «- silence: yes»",
        )
    does = Does(given[0])
    words = scalar(child(node, does.value)) or ""
    if does is Does.PRESSES and (not words or set(words) - set("0123456789*#")):
        raise _TestError(line, f"клавиши «{words}»", "Можно цифры, звёздочку и решётку: «12#»")
    expected = _expected(node)
    _names(node, "topic", (expected.topic,), topics)
    _names(node, "meaning", (scalar(child(node, "meaning")),), (*topics, "none"))
    _names(node, "answer", expected.answer, responses)
    _names(node, "asks", (n for n in expected.asks if n.startswith("utter_")), responses)
    return ScriptLine(line, does, words, _hearing(node), _time(child(node, "at")), expected)


def _hearing(node: yaml.Node) -> Hearing:
    return Hearing(
        confidence=_number(child(node, "hearing"), 1.0),
        snr_db=_number(child(node, "line_db"), None),
        alternatives=_texts(child(node, "alternatives")),
        meaning=scalar(child(node, "meaning")),
    )


def _expected(node: yaml.Node) -> Expected:
    return Expected(
        topic=scalar(child(node, "topic")),
        answer=_texts(child(node, "answer")),
        asks=_texts(child(node, "asks")),
        says=_texts(child(node, "says")),
        not_says=_texts(child(node, "not_says")),
        slots={key: scalar(value) for key, value in pairs(child(node, "slots"))},
        brief={key: scalar(value) or "" for key, value in pairs(child(node, "brief"))},
        files=scalar(child(node, "files")),
        transfer=scalar(child(node, "transfer")),
        redirect=scalar(child(node, "redirect")),
        hangup=scalar(child(node, "hangup")),
    )


def _known(node: yaml.Node, keys: Collection[str]) -> None:
    if not isinstance(node, yaml.MappingNode):
        raise _TestError(line_of(node), "нужны строки «ключ: значение»", "Проверьте отступы")
    for key, value in pairs(node):
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1)
            hint = f"Возможно, {near[0]}" if near else f"Можно: {', '.join(keys)}"
            raise _TestError(line_of(value), f"неизвестный ключ «{key}»", hint)


def _names(node: yaml.Node, key: str, names: Iterable[str | None], known: Collection[str]) -> None:
    for name in names:
        if name is not None and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Возможно, {near[0]}" if near else "Исправьте имя"
            raise _TestError(line_of(node), f"{key}: «{name}», а такого нет", hint)


def _texts(node: yaml.Node | None) -> tuple[str, ...]:
    """One text or a list of them."""
    found = [scalar(item) for item in items(node)] or [scalar(node)]
    return tuple(text for text in found if text)


def _yes(node: yaml.Node | None) -> bool:
    return (scalar(node) or "").lower() in {"yes", "true", "да"}


def _time(node: yaml.Node | None) -> str | None:
    text = scalar(node)
    if node is None or text is None:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise _TestError(
            line_of(node), f"время «{text}»", "Пишите так: 2026-11-25T10:00 (местное)"
        ) from None
    return text


def _number(node: yaml.Node | None, otherwise: float | None) -> float:
    text = scalar(node)
    if node is None or text is None:
        return otherwise  # type: ignore[return-value]
    try:
        return float(text)
    except ValueError:
        raise _TestError(line_of(node), f"«{text}» не число", "Пишите, например, 0.4") from None


def _one_of(node: yaml.Node | None, kind: Callable[[str], Register], default: Register) -> Register:
    text = scalar(node)
    if node is None or text is None:
        return default
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(value.value for value in Register)
        raise _TestError(line_of(node), f"register: «{text}»", f"Можно: {known}") from None
