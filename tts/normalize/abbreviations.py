"""Abbreviations as they are spoken: «эмэфц+э», «кабин+ет», and others letter by letter."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from tts.normalize.alphabet import spell_letter
from tts.normalize.cases import words
from tts.normalize.nouns import is_word

_SPOKEN: Final = {
    "ГБУЗ ПК": "гэб+уз пермского края",
    "МО РФ": "министерство обороны",
    "ПК РФ": "пэк+а эр эф",
    "ЕГЭ": "ег+э",
    "ЗАТО": "з+ато",
    "СНИЛС": "сн+илс",
    "ФАП": "ф+ап",
    "ФАПы": "ф+апы",
    "ФАПе": "ф+апе",
    "ФАПа": "ф+апа",
    "ЗАГС": "з+агс",
    "ГБУЗ": "гэб+уз",
    "ГАУЗ": "га+уз",
    "ВУЗ": "в+уз",
    "ВИЧ": "в+ич",
    "СПИД": "сп+ид",
    "КАСКО": "каск+о",
    "ОСАГО": "ос+аго",
    "БАД": "б+ад",
    "ЖЭК": "ж+эк",
    "ОРВИ": "орв+и",
    "ОРЗ": "о эр з+э",
    "УЗИ": "уз+и",
    "ИПРА": "ипр+а",
    "КТГ": "ка тэ г+э",
    "ПЦР": "пэ цэ +эр",
    "МСЧ": "медсанч+асть",
    "КМСЧ": "клиническая медсанч+асть",
    "МСК": "московского времени",
    "РФ": "эр +эф",
    "США": "сэ шэ +а",
    "ФСБ": "фэ эс б+э",
    "ФСС": "фэ эс +эс",
    "ФНС": "фэ эн +эс",
    "ФИО": "фамилию, имя, отчество",
    "ТРЦ": "тэ эр ц+э",
    "СМС": "эсэм+эс",
    "ПИН": "п+ин",
    "МАКС": "м+акс",
    "КОВИД": "к+овид",
    "ГИБДД": "гиб дэ д+э",
    "ГИА": "ги+а",
    "НИИ": "ни+и",
    "ФОК": "ф+ок",
    "КЦСОН": "ка цэс+он",
    "ЕСИА": "еси+а",
    "ЕМИАС": "еми+ас",
    "ЕГИСЗ": "егис з+э",
}


_DOTTED: Final = {
    r"и\s*т\.\s?д\.?": "и так далее",
    r"и\s*т\.\s?п\.?": "и тому подобное",
    r"т\.\s?е\.": "то есть",
    r"т\.\s?к\.": "так как",
    r"в\s*т\.\s?ч\.": "в том числе",
    r"и\s*др\.": "и другие",
    r"и\s*пр\.": "и прочее",
    r"см\.": "смотрите",
    r"напр\.": "например",
    r"тел\.?\s*/\s*факс": "телефон и факс",
    r"по\s+тел\.": "по телефону",
    r"тел\.": "телефон",
    r"моб\.": "мобильный",
    r"эл\.\s*почт": "электронная почт",
    r"руб\.": "рублей",
    r"тыс\.": "тысяч",
    r"млн\.?": "миллионов",
    r"млрд\.?": "миллиардов",
    r"чел\.": "человек",
    r"мин\.": "минут",
    r"сек\.": "секунд",
    r"каб\.": "кабинет",
    r"гр\.": "группа",
    r"вкл\.": "включительно",
    r"обл\.": "область",
    r"респ\.": "республика",
    r"ул\.": "улица",
    r"гор\.": "город",
    r"пос\.": "посёлок",
    r"дер\.": "деревня",
    r"просп\.": "проспект",
    r"пер\.": "переулок",
    r"корп\.": "корпус",
    r"кв\.": "квартира",
    r"доп\.": "дополнительный",
    r"мед\.": "медицинский",
    r"гос\.": "государственный",
    r"соц\.": "социальный",
    r"зам\.": "заместитель",
    r"зав\.": "заведующий",
    r"врем\.": "временно",
    r"им\.": "имени",
}
_BEFORE_NAMES: Final = frozenset(
    words(
        "улица город посёлок деревня проспект переулок имени область республика телефон "
        "телефону кабинет"
    )
)
_DOTTED_PATTERNS: Final = tuple(
    (re.compile(rf"(?<![\w.+-]){pattern}(?![а-яё+])", re.IGNORECASE), spoken)
    for pattern, spoken in _DOTTED.items()
)
_YEAR_LEFT: Final = re.compile(r"(?<=[а-яё] )гг?\.(?=\s*(?:[,;)]|$|[а-яё]))")
_SPOKEN_PATTERN: Final = re.compile(
    r"(?<![\w+-])(?:"
    + "|".join(re.escape(name) for name in sorted(_SPOKEN, key=len, reverse=True))
    + r")(?![\w+])"
)
_CAPITALS: Final = re.compile(r"(?<![\w+])([А-ЯЁ]{2,})(?P<end>-?[а-яё]{1,2})?(?![\w+])")
_INITIALS: Final = re.compile(
    r"(?<![\w.+-])(?P<a>[А-ЯЁ])\.\s?(?P<b>[А-ЯЁ])\.(?=\s*[А-ЯЁ][а-яё])"
    r"|(?<=[а-яё] )(?P<c>[А-ЯЁ])\.\s?(?P<d>[А-ЯЁ])\.(?!\w)"
    r"|(?<=имени )(?P<e>[А-ЯЁ])\.(?=\s*[А-ЯЁ][а-яё])"
)
_MAX_SPELLED: Final = 5
_EMPHASIS: Final = frozenset({"НЕ", "НИ", "ДА", "НЕТ", "ИЛИ", "ВСЕ", "ВЫ", "МЫ", "ОН", "ДО", "ПО"})


def say_abbreviations(text: str) -> str:
    """Replace short forms with dots, initials and abbreviations in capitals by what is said."""
    for pattern, spoken in _DOTTED_PATTERNS:
        text = pattern.sub(partial(_keep_full_stop, spoken), text)
    text = _INITIALS.sub(_initials, text)
    text = _SPOKEN_PATTERN.sub(lambda match: _SPOKEN[match[0]], text)
    return _CAPITALS.sub(_capitals, text)


def spell(letters: str) -> str:
    """Say letter by letter as one word, the last letter stressed: «эмэфц+э»."""
    names = [spell_letter(letter) for letter in letters]
    return "".join(names[:-1]) + _stressed(names[-1])


def _stressed(name: str) -> str:
    return re.sub(r"([аеёиоуыэюя])", r"+\1", name, count=1)


def _keep_full_stop(said: str, match: re.Match[str]) -> str:
    """An abbreviation's dot ends the sentence too where a new one begins or the text ends."""
    after = match.string[match.end() :]
    ends = match[0].endswith(".") and (not after.strip() or re.match(r"\s+[А-ЯЁ]", after))
    names = said.split()[-1] in _BEFORE_NAMES
    return said + ("." if ends and (not names or not after.strip()) else "")


def _initials(match: re.Match[str]) -> str:
    letters = [letter for letter in match.groups() if letter]
    return " ".join(spell_letter(letter) for letter in letters)


def _capitals(match: re.Match[str]) -> str:
    name, end = match[1], (match["end"] or "").lstrip("-")
    if name in _EMPHASIS or (len(name) > 2 and is_word(name) and not _mostly_consonants(name)):
        return match[0].lower()
    if len(name) > _MAX_SPELLED:
        return match[0].lower()
    return spell(name) + (f" {end}" if len(end) > 1 and end not in ("ов", "ах", "ам") else "")


def _mostly_consonants(name: str) -> bool:
    return not re.search("[АЕЁИОУЫЭЮЯ]", name)
