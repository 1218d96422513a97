"""Numbers with units, percent, degrees, ranges; and which one: «в двадцать первом кабинете»."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.alphabet import spell_letter
from tts.normalize.cases import Case, Gender, case_before, last_words, words
from tts.normalize.money import NUMBER, whole
from tts.normalize.nouns import NounForm, count_noun, gender_of, noun_forms
from tts.normalize.numerals import MAX_CARDINAL, cardinal, decimal, group, ordinal

_UNITS: Final = {
    "%": "процент",
    "проц": "процент",
    "°C": "градус",
    "°С": "градус",
    "° C": "градус",
    "° С": "градус",
    "°": "градус",
    "км": "километр",
    "м": "метр",
    "см": "сантиметр",
    "мм": "миллиметр",
    "кг": "килограмм",
    "мг": "миллиграмм",
    "мл": "миллилитр",
    "л": "литр",
    "чел": "человек",
    "шт": "штука",
    "ч": "час",
    "час": "час",
    "мин": "минута",
    "сек": "секунда",
    "дн": "день",
    "мес": "месяц",
}
_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_WITH_UNIT: Final = re.compile(
    rf"(?<![\d.,\w])(?P<sign>[+-])?(?:(?P<a>\d+(?:,\d+)?)\s*[-–]\s*)?(?P<n>{NUMBER})(?:[.,](?P<f>\d+))?"
    rf"\s*(?P<unit>{_UNIT})(?!\w)(?:(?<=[а-я])\.(?!\s+[А-ЯЁ]|\s*$))?"
)
_RANGE: Final = re.compile(
    r"(?<![\d.,–-])(?P<a>\d{1,6})\s*[-–]\s*(?P<b>\d{1,6})(?![\d–-]|[.,:]\d)\s+(?P<noun>[а-яё]{3,})"
)
_PRESSURE: Final = re.compile(r"(?<![\d.])(\d{2,3})\s?/\s?(\d{2,3})(?![\d/])")
_DECIMAL: Final = re.compile(r"(?<![\d.,])(\d{1,9})[.,](\d{1,3})(?![\d]|[.,]\d)")
_NUMBERED: Final = words(
    "кабинет этаж подъезд класс группа окно маршрут автобус трамвай троллейбус "
    "квартал категория степень стадия очередь палата отделение корпус раунд курс"
)
_WHICH: Final = re.compile(
    r"(?<![\d.,№])(?<!№ )(?P<n>\d{1,3})\s+(?P<noun>[а-яё]{3,})", re.IGNORECASE
)
_SUFFIXED: Final = re.compile(
    r"(?<![\d.,])(?P<n>\d{1,6})-?(?P<end>го|му|ым|ом|ой|ая|ую|ое|ые|ых|ыми|ый|ий|й|я|е|ю|х|м|ми|ти|и)"
    r"(?![а-яё])"
)
_KEYPAD: Final = re.compile(
    r"(?P<word>\b(?:наж(?:мите|ать|ми|имайте)|наб(?:ерите|рать|ери)|цифр[уаыой]+|кнопк[уаиой]+|"
    r"клавиш[уаией]+)\s+(?:(?:цифру|кнопку|клавишу)\s+)?)(?P<keys>\d{1,3}|[*#])(?![\w.,-]*\d)",
    re.IGNORECASE,
)
_NUMBER_OF: Final = re.compile(
    r"(\bномер(?:а|ом|у)?\s+)([1-9]\d{0,3}|0)(?![\d/-]|[.,:]\d)", re.IGNORECASE
)
_HALF: Final = re.compile(r"(?<![\d.,])1[.,]5\s+(?P<noun>[а-яё]{3,})", re.IGNORECASE)
_LETTERED: Final = re.compile(r"(?<![\d.,\w])(\d{1,6})-?([а-яё])(?![\w-])", re.IGNORECASE)
_ORDINAL_ENDINGS: Final = {
    **dict.fromkeys(("й", "ый", "ий"), (Case.NOM, Gender.MALE)),
    "го": (Case.GEN, Gender.MALE),
    "му": (Case.DAT, Gender.MALE),
    "м": (Case.LOC, Gender.MALE),
    "ом": (Case.LOC, Gender.MALE),
    "ым": (Case.INS, Gender.MALE),
    **dict.fromkeys(("я", "ая"), (Case.NOM, Gender.FEMALE)),
    "ой": (Case.GEN, Gender.FEMALE),
    **dict.fromkeys(("ю", "ую"), (Case.ACC, Gender.FEMALE)),
    **dict.fromkeys(("е", "ое"), (Case.NOM, Gender.NEUTER)),
    "ые": (Case.NOM, Gender.PLURAL),
    "ых": (Case.GEN, Gender.PLURAL),
    "ыми": (Case.INS, Gender.PLURAL),
}


def say_counts(text: str) -> str:
    """Replace numbers with units, ranges, ordinals with endings and numbers that name a thing."""
    text = _KEYPAD.sub(lambda match: match["word"] + _keys(match), text)
    text = re.sub(r"(?<=\d)\+(?!\w)", " плюс", re.sub(r"(?<=\d)-(?=[А-ЯЁ]{2})", " ", text))
    text = _SUFFIXED.sub(_suffixed, text)
    text = _WITH_UNIT.sub(_with_unit, text)
    text = _RANGE.sub(_range, text)
    text = _WHICH.sub(_which, text)
    text = _HALF.sub(_half, text)
    text = _LETTERED.sub(lambda match: f"{cardinal(int(match[1]))} {spell_letter(match[2])}", text)
    text = re.sub(r"№\s*", "номер ", re.sub(r"№\s?№\s*", "номера ", text))
    text = _NUMBER_OF.sub(lambda match: match[1] + cardinal(int(match[2])), text)
    text = _PRESSURE.sub(_pressure, text)
    return _DECIMAL.sub(lambda m: decimal(int(m[1]), m[2], case_before(m.string, m.start())), text)


def agreeing_ordinal(number: int, noun: NounForm, text: str, position: int) -> str:
    """The ordinal in front of `noun`; `text` up to `position` may tell its case apart."""
    wanted = case_before(text, position, noun.case)
    before = last_words(text, position)
    if before and before[-1] in ("в", "во", "на") and Case.LOC in noun.cases:
        wanted = Case.LOC  # «во второй группе»
    return ordinal(number, wanted if wanted in noun.cases else noun.case, noun.gender)


def _suffixed(match: re.Match[str]) -> str:
    number, end = int(match["n"]), match["end"]
    if end in ("х", "ти", "и") and number <= 1000:
        return cardinal(number, Case.GEN)
    if end == "ми" and number <= 1000:
        return cardinal(number, Case.INS)
    if end not in _ORDINAL_ENDINGS or not number:
        return match[0]
    following = re.match(r"\s+([а-яё]+)", match.string[match.end() :], re.IGNORECASE)
    if following:
        # The ending alone is ambiguous («2-й группы»): the noun tells which one it is.
        for form in noun_forms(following[1]):
            spoken = ordinal(number, form.case, form.gender)
            if spoken.endswith(end):
                return spoken
    if end == "м" and number in (2, 3, 4):
        return cardinal(number, Case.DAT)
    return ordinal(number, *_ORDINAL_ENDINGS[end])


def _with_unit(match: re.Match[str]) -> str:
    noun = _UNITS[match["unit"]]
    count, fraction = whole(match["n"]), match["f"]
    if count > MAX_CARDINAL:
        return match[0]
    sign = {"+": "плюс ", "-": "минус "}.get(match["sign"] or "", "")
    case = case_before(match.string, match.start())
    gender = gender_of(noun)
    if match["a"] is not None:
        low = match["a"].split(",")
        first_case = Case.GEN if case is Case.NOM else case
        first = (
            decimal(int(low[0]), low[1], first_case)
            if len(low) > 1
            else cardinal(int(low[0]), first_case, gender)
        )
        start = f"от {first} до " if case is Case.NOM else f"{first} — "
        case = first_case
        sign = start
    if fraction is not None and fraction.rstrip("0"):
        return f"{sign}{decimal(count, fraction, case)} {count_noun(noun, 2, Case.NOM)}"
    return f"{sign}{cardinal(count, case, gender)} {count_noun(noun, count, case)}"


def _range(match: re.Match[str]) -> str:
    """«пять — семь дней» is hard to hear: «от пяти до семи дней»."""
    a, b, noun = int(match["a"]), int(match["b"]), match["noun"]
    if a >= b:
        return match[0]
    before = last_words(match.string, match.start())
    case = case_before(match.string, match.start(), Case.NOM)
    gender = _gender_of_counted(noun)
    if case is Case.NOM:
        counted = next(iter(noun_forms(noun)), None)  # singular: «три дня», not «пять дней»
        if counted is not None and b > 1:
            noun = count_noun(counted.lemma, b, Case.GEN)
        return f"от {cardinal(a, Case.GEN, gender)} до {cardinal(b, Case.GEN, gender)} {noun}"
    joint = " до " if before and before[-1] in ("от", "с") else " — "
    return f"{cardinal(a, case, gender)}{joint}{cardinal(b, case, gender)} {noun}"


def _keys(match: re.Match[str]) -> str:
    """Keys are named, not counted: «нажмите один», «нажмите решётку»."""
    keys = match["keys"]
    return {"*": "звёздочку", "#": "решётку"}.get(keys) or group(keys)


def _half(match: re.Match[str]) -> str:
    case = case_before(match.string, match.start())
    female = _gender_of_counted(match["noun"]) is Gender.FEMALE
    one_and_a_half = ("полторы" if female else "полтора") if case in (0, 3) else "полутора"
    return f"{one_and_a_half} {match['noun']}"


def _gender_of_counted(word: str) -> Gender:
    forms = noun_forms(word)
    return forms[0].gender if forms else Gender.MALE


def _which(match: re.Match[str]) -> str:
    """«21 кабинет» names a room; «21 кабинетов» and «2 кабинета» count them."""
    number = int(match["n"])
    forms = [form for form in noun_forms(match["noun"]) if form.lemma in _NUMBERED]
    if not forms or not number:
        return match[0]
    noun = forms[0]
    counted = 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14
    asked = case_before(match.string, match.start(), Case.NOM)
    if counted and noun.case is Case.GEN and asked is not Case.GEN and noun.lemma != "группа":
        return match[0]
    return f"{agreeing_ordinal(number, noun, match.string, match.start())} {match['noun']}"


def _pressure(match: re.Match[str]) -> str:
    """Blood pressure «140/90»; house numbers have been said already."""
    if int(match[1]) >= 60 and int(match[2]) >= 30:
        return f"{cardinal(int(match[1]))} на {cardinal(int(match[2]))}"
    return f"{cardinal(int(match[1]))} дробь {cardinal(int(match[2]))}"
