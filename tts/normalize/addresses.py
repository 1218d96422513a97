"""Addresses: streets, houses, flats, rooms."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from tts.normalize.cases import Case, last_words
from tts.normalize.nouns import inflect
from tts.normalize.numerals import cardinal

_PLACES: Final = {  # before a name: they decline after a preposition
    r"ул\.?": "улица",
    r"пр-?кт\.?|пр-т\.?|просп\.": "проспект",
    r"пр\.": "проспект",
    r"пер\.": "переулок",
    r"пл\.": "площадь",
    r"б-р\.?|бульв\.": "бульвар",
    r"ш\.": "шоссе",
    r"наб\.": "набережная",
    r"мкр\.?|мкр-н\.?|м-н": "микрорайон",
    r"пос\.|п\.": "посёлок",
    r"пгт\.?": "посёлок",
    r"дер\.|д\.": "деревня",
    r"г\.": "город",
    r"с\.": "село",
    r"р-н\.?": "район",
    r"обл\.": "область",
}
_PARTS: Final = {  # before a number: they stay in the nominative, as people dictate
    r"д\.": "дом",
    r"кв\.": "квартира",
    r"корп\.|к\.": "корпус",
    r"стр\.": "строение",
    r"каб\.?": "кабинет",
    r"оф\.": "офис",
    r"эт\.": "этаж",
    r"под\.|подъезд": "подъезд",
    r"пом\.": "помещение",
    r"лит\.": "литера",
    r"п\.": "пункт",
    r"ст\.": "статья",
}
_DECLINING: Final = frozenset({"кабинет", "офис", "пункт", "строение", "корпус", "дом"})
_CASE_AFTER: Final = {
    **dict.fromkeys(("на", "в", "во", "о", "об", "при"), Case.LOC),
    **dict.fromkeys(("по", "к", "ко"), Case.DAT),
    **dict.fromkeys(("с", "со", "от", "до", "у", "из", "около", "для"), Case.GEN),
    **dict.fromkeys(("за", "между", "перед", "над"), Case.INS),
}

_PLACE_PATTERNS: Final = tuple(
    (re.compile(rf"(?<![\w.-])(?:{pattern})\s*(?=[А-ЯЁ]|\d+-|\d+\s+[А-ЯЁа-яё])"), noun)
    for pattern, noun in _PLACES.items()
)
_STREET_AFTER_NAME: Final = re.compile(
    r"(?<=[а-яё] )(ул|пр-т|просп|пер|пл|б-р|р-н|обл|наб)\.?(?=\s*(?:,|;|$|\.))"
)
_AFTER_NOUNS: Final = {
    "ул": "улица", "пр-т": "проспект", "просп": "проспект", "пер": "переулок", "пл": "площадь",
    "б-р": "бульвар", "р-н": "район", "обл": "область", "наб": "набережная",
}  # fmt: skip
_HOUSE: Final = r"\d{1,4}(?:\s?/\s?\d{1,4})?(?:-?[а-еА-Е](?![а-яёА-ЯЁ]))?"
_PART_PATTERNS: Final = tuple(
    (
        re.compile(
            rf"(?<![\w.-])(?:{pattern})\s*(?:№\s*)?(?P<n>{_HOUSE})(?![\d\w])", re.IGNORECASE
        ),
        noun,
    )
    for pattern, noun in _PARTS.items()
)
_WORD_AND_HOUSE: Final = re.compile(
    rf"(?P<word>\b(?:дом|строение|корпус|квартира|кабинет|офис|школа|литера)[а-я]{{0,2}}\s+)"
    rf"(?:№\s*)?(?P<n>{_HOUSE})(?![\d\w])",
    re.IGNORECASE,
)
_AFTER_STREET: Final = re.compile(
    r"(?P<comma>[а-яё],\s*)(?P<n>\d{1,3}\s?/\s?\d{1,3}|\d{1,3}(?:-?[а-еА-Е]))(?![\d\w])"
)
_LETTERS: Final = {"а": "а", "б": "бэ", "в": "вэ", "г": "гэ", "д": "дэ", "е": "е"}
_IN_HONOUR_OF: Final = re.compile(r"\bим\.\s*(?=[А-ЯЁ])")


def say_addresses(text: str) -> str:
    """Replace the short forms of addresses by words, with house numbers and their letters."""
    text = _IN_HONOUR_OF.sub("имени ", text)
    for pattern, noun in _PART_PATTERNS:
        text = pattern.sub(partial(_part, noun), text)
    for pattern, noun in _PLACE_PATTERNS:
        text = pattern.sub(partial(_place, noun), text)
    text = _STREET_AFTER_NAME.sub(lambda match: _AFTER_NOUNS[match[1]], text)
    text = _WORD_AND_HOUSE.sub(lambda match: match["word"] + say_house(match["n"]), text)
    return _AFTER_STREET.sub(lambda match: match["comma"] + say_house(match["n"]), text)


def say_house(number: str) -> str:
    """Say a house number: «пятьдесят шесть а», «шестнадцать дробь два»."""
    match = re.fullmatch(r"(\d+)(?:\s?/\s?(\d+))?-?([а-еА-Е])?", number)
    assert match is not None
    said = cardinal(int(match[1]))
    if match[2]:
        said += f" дробь {cardinal(int(match[2]))}"
    if match[3]:
        said += f" {_LETTERS[match[3].lower()]}"
    return said


def _part(noun: str, match: re.Match[str]) -> str:
    case = _case_of(match) if noun in _DECLINING else Case.NOM
    return f"{inflect(noun, case)} {say_house(match['n'])}"


def _place(noun: str, match: re.Match[str]) -> str:
    return inflect(noun, _case_of(match)) + " "


def _case_of(match: re.Match[str]) -> Case:
    words = last_words(match.string, match.start())
    return _CASE_AFTER.get(words[-1], Case.NOM) if words else Case.NOM
