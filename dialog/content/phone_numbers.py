"""Telephone numbers in answers: found as they are spoken, held against the editors' list.

A number that is wrong by one digit sends callers to a stranger, so only the numbers of
`nlu_data/lists/numbers.yml` may be spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialog.content.findings import Finding, Severity
from dialog.content.folder import ContentFolder
from dialog.content.yaml_files import child, items, line_of, scalar
from dialog.slots.numerals import number_at
from dialog.slots.words import Word, words_of

LIST: Final = "lists/numbers.yml"

_CUE: Final = re.compile(
    r"номер\w*|телефон\w*|(по|пере|до)?звон\w*|наб[еи]р\w*|набра\w*|лини[яиюей]+|служб\w*|"
    r"мобильн\w*|эсэмэс|смс|скор\w+|вызв\w*|вызов\w*"
)
"""Words before a telephone number, but not before a count of days or roubles."""
_CUE_DISTANCE: Final = 6
"""Words."""
_COUNTED: Final = re.compile(
    r"рубл\w*|тысяч\w*|миллион\w*|лет|год\w*|месяц\w*|дн\w+|день|час\w*|минут\w*|процент\w*|"
    r"человек\w*|филиал\w*|муниципал\w*"
)
_SLIPS: Final = 2
"""Wrong digits in which a number still seems to be another."""
_WHOLE: Final = frozenset({7, 10, 11})
"""Digits of a town number, with its code, and with the eight before it."""


@dataclass(frozen=True)
class SpokenNumber:
    """A telephone number in a text."""

    digits: str
    said: str
    """The words."""


def spoken_numbers(text: str) -> list[SpokenNumber]:
    """Telephone numbers of `text`, in words or digits: of 5 digits and more, and «сто три»."""
    words = words_of(text)
    found = []
    for start, end, groups in _runs(words):
        digits = "".join(groups)
        before = words[max(0, start - _CUE_DISTANCE) : start]
        cued = any(_CUE.fullmatch(word.text) for word in before)
        counted = end < len(words) and _COUNTED.fullmatch(words[end].text)
        if counted or not _is_phone(groups, cued):
            continue
        found.append(SpokenNumber(digits, text[words[start].start : words[end - 1].end]))
    return found


def same_number(digits: str) -> str:
    """`digits` alone, without the eight or seven before a ten-digit number."""
    bare = re.sub(r"\D", "", digits)
    return bare[1:] if len(bare) == 11 and bare[0] in "78" else bare


def check_numbers(content: ContentFolder) -> Iterator[Finding]:
    """Numbers that are spoken or dialled, and are not in the list; the list itself."""
    allowed: dict[str, str] = {}
    yield from _read_list(content, allowed)
    if not allowed:
        return  # said already; every number would seem wrong
    for answer in content.answers:
        for number in spoken_numbers(answer.text):
            if same_number(number.digits) not in allowed:
                yield content.of_answer(
                    answer,
                    Severity.ERROR,
                    f"в ответе {answer.name} номер «{number.said}» ({number.digits}), "
                    f"а в {LIST} его нет",
                    "Звонящий запишет номер, который никто не проверял",
                    _mend(number.digits, allowed),
                )
    for topic in content.topics.values():
        if topic.number and same_number(topic.number) not in allowed:
            yield Finding(
                Severity.ERROR,
                content.name("intents.yml"),
                topic.line,
                f"тема {topic.name} соединяет с номером {topic.number}, а в {LIST} его нет",
                "Звонок уйдёт на номер, который никто не проверял",
                _mend(topic.number, allowed),
            )


def _mend(digits: str, allowed: Mapping[str, str]) -> str:
    """The number that was meant, if one is near."""
    mine = same_number(digits)
    near = (
        written
        for bare, written in allowed.items()
        if len(bare) == len(mine) > 3
        and sum(a != b for a, b in zip(bare, mine, strict=True)) <= _SLIPS
    )
    hint = next((f"Похож номер {written}: исправьте ответ" for written in near), None)
    return (
        f"{hint or 'Сверьте номер с источником'}; "
        f"если номер верный, впишите его в {LIST} вместе с источником"
    )


def _read_list(content: ContentFolder, allowed: dict[str, str]) -> Iterator[Finding]:
    file = content.files.get(LIST)
    if file is None:
        yield Finding(
            Severity.ERROR,
            content.name(LIST),
            None,
            "списка телефонов нет",
            "Номера в ответах не с чем сверить",
            "Верните файл из прежней версии содержания",
        )
        return
    listed = items(child(file.root, "numbers"))
    if not listed:
        yield Finding(
            Severity.ERROR,
            content.name(LIST),
            line_of(file.root),
            "под «numbers:» нет списка телефонов",
            "Номера в ответах не с чем сверить",
            "Начните строки с «- {number: ...»",
        )
    for item in listed:
        number = scalar(child(item, "number")) or ""
        name = scalar(child(item, "name")) or ""
        missing = [key for key in ("name", "source", "checked") if not scalar(child(item, key))]
        bare = same_number(number)
        problem = (
            "строка без номера (number)"
            if not bare
            else f"номер {number} записан дважды"
            if bare in allowed
            else f"у номера {number} нет {missing[0]}"
            if missing
            else None
        )
        if problem is not None:
            yield Finding(
                Severity.ERROR,
                content.name(LIST),
                line_of(item),
                problem,
                "Нельзя понять, чей это номер и кто его проверял",
                'Пишите так: {number: "103", name: скорая помощь, source: откуда, checked: дата}',
            )
        if bare:
            allowed[bare] = f"{number} ({name})"


def _runs(words: Sequence[Word]) -> Iterator[tuple[int, int, list[str]]]:
    """Stretches of words that are numbers: first word, word after the last, groups of digits."""
    at = 0
    while at < len(words):
        start, groups = at, list[str]()
        while at < len(words) and (not groups or _goes_on(words[at])):
            # A comma ends a group: «двадцать, пять» is 20 5.
            limit = next(
                (i for i in range(at + 1, len(words)) if words[i].gap.strip(" \xa0")), len(words)
            )
            number = number_at(words[:limit], at)
            if number is None or number.ordinal:
                break
            groups.append(number.digits)
            at = number.end
        if groups:
            yield start, at, groups
        else:
            at += 1


def _goes_on(word: Word) -> bool:
    return not word.gap.strip(" \xa0,-‑–—()+")


def _is_phone(groups: Sequence[str], cued: bool) -> bool:
    if any(len(group) > 3 and not len(group) >= 5 for group in groups):
        return False  # a year
    digits = "".join(groups)
    if len(digits) >= 5:
        values = [int(group) for group in groups]
        ages = len(values) > 1 and values == sorted(set(values)) and max(values) < 100
        # Five digits may be a count, seven an enumeration of ages; a phone is mostly announced.
        return cued or (len(digits) in _WHOLE and not ages)
    return cued and (len(digits) == 3 or (len(digits) == 2 and digits[0] == "0"))
