"""Ages: «шестьдесят пять лет», «полтора года», «три месяца», «с пятьдесят восьмого года»."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from dialog.slots.correct import Named, wanted
from dialog.slots.morphology import is_counted
from dialog.slots.numerals import number_at, numeral
from dialog.slots.reading import Reading
from dialog.slots.words import Word, vocabulary, words_of

OLDEST: Final = 120
_YEARS: Final = vocabulary(
    "лет год года годик годика годиков годочек годочка годочков годков летний летняя летнего "
    "летнему летней летие годом годами летом"
)
_UNITS: Final = {
    **dict.fromkeys(vocabulary("месяц месяца месяцев месяцем месяцок месячный месячного"), "M"),
    **dict.fromkeys(vocabulary("неделя недели недель неделю недельки"), "W"),
    **dict.fromkeys(vocabulary("день дня дней"), "D"),
}
_WORDS: Final = {
    "годик": "1", "годовалый": "1", "годовалая": "1", "годовалому": "1", "годовалого": "1",
    "год": "1", "годовасик": "1", "полгода": "P6M", "полугодовалый": "P6M", "полгодика": "P6M",
    "двухлетний": "2", "двухлетка": "2", "трехлетний": "3", "трехлетка": "3", "двухлетнему": "2",
    "трехлетнему": "3", "пятилетний": "5", "пятилетнему": "5", "семилетний": "7",
    "новорожденный": "P0D", "новорожденная": "P0D", "новорожденному": "P0D", "грудничок": "P0D",
    "полуторагодовалый": "P18M",
}  # fmt: skip
_ADJECTIVES: Final = (
    ("летн", ""), ("летк", ""), ("годовал", ""), ("месячн", "M"), ("недельн", "W"), ("дневн", "D"),
)  # fmt: skip
"""Of «восьмимесячный», «шестилетняя»: the stem behind the numeral, and what is counted."""
_AND_A_HALF: Final = frozenset({"полтора", "полторы", "полуторагода"})
_OWNERS: Final = vocabulary("мне ей ему нам сыну дочке дочери маме папе мужу жене бабушке деду "
                           "дедушке ребенку внуку внучке отцу матери брату сестре")  # fmt: skip
_CHILDREN: Final = ("ребен", "ребят", "малыш", "дочк", "дочер", "сын", "внук", "внуч", "грудн")
_UNSURE_WORDS: Final = frozenset({"год", "годик", "полгода", "полгодика"})
"""Ages only where one was asked: «каждый год»."""
_RATHER_A_TIME: Final = 5
"""Fewer years are as often a time that passed, unless a person is named beside them."""
_OTHER_UNITS: Final = vocabulary(
    "градусов градуса градус процентов рублей раз раза человек часов часа час минут кабинет дом "
    "квартира числа поликлиника назад"
)


class AgeReader:
    """Gives whole years as digits (``65``); of infants ISO 8601 durations (``P3M``, ``P18M``)."""

    def __init__(self, asked: bool = True) -> None:
        """`asked`: whether the question was about an age, so that a number alone is one."""
        self._asked = asked

    def read(self, text: str, today: date) -> Reading | None:
        """The last age that `text` names."""
        words = words_of(text)
        found: list[Named[str]] = []
        at = 0
        while at < len(words):
            item = _age_at(words, at, today, self._asked)
            if item is None:
                at += 1
                continue
            item = _and_months(words, item) if self._asked else item
            if found and _belongs(words, found[-1], item):
                item = _with_months(found.pop(), item)
            found.append(item)
            at = item.end
        ages = wanted(words, found)
        if not ages:
            return None
        start, end = words[ages[-1].start].start, words[ages[-1].end - 1].end
        return Reading(ages[-1].value, text[start:end], start, end, ages[-1].confidence)


def _and_months(words: Sequence[Word], years: Named[str]) -> Named[str]:
    """«год и три», «год и месяц»: of a small child the number behind «и» counts months."""
    at = years.end
    if not years.value.isdecimal() or not 1 <= int(years.value) <= 2:
        return years
    if at + 1 >= len(words) or words[at].text != "и":
        return years
    if words[at + 1].text in ("месяц", "месяцок"):
        return _with_months(years, Named("P1M", at + 1, at + 2))
    number = number_at(words, at + 1)
    if number is None or number.ordinal or not 1 <= number.value <= 11:
        return years
    if number.end < len(words) and words[number.end].text in (*_YEARS, *_UNITS, *_OTHER_UNITS):
        return years
    return _with_months(years, Named(f"P{number.value}M", at + 1, number.end))


def _by_adjective(word: str) -> str | None:
    """«восьмимесячный», «шестилетняя», «недельный»."""
    for stem, unit in _ADJECTIVES:
        before, found, _ = word.partition(stem)
        counted = numeral(before) if found and before else None
        if not found or (before and counted is None) or (not before and unit in ("", "D")):
            continue
        value = counted.value if counted is not None else 1
        if 1 <= value <= OLDEST:
            return f"P{value}{unit}" if unit else str(value)
    return None


def _belongs(words: Sequence[Word], years: Named[str], months: Named[str]) -> bool:
    """«восемь лет и три месяца»: the months belong to the years before."""
    between = [word.text for word in words[years.end : months.start]]
    return between in ([], ["и"]) and years.value.isdecimal() and months.value.endswith("M")


def _with_months(years: Named[str], months: Named[str]) -> Named[str]:
    """Up to two years months matter: «год и два месяца» is ``P14M``; later whole years count."""
    whole = int(years.value)
    total = whole * 12 + int(months.value[1:-1])
    return Named(f"P{total}M" if whole < 3 else years.value, years.start, months.end)


def _age_at(words: Sequence[Word], at: int, today: date, asked: bool) -> Named[str] | None:
    text = words[at].text
    following = words[at + 1].text if at + 1 < len(words) else ""
    if text in _AND_A_HALF:
        if following in _YEARS:
            return Named("P18M", at, at + 2)
        if asked and following not in (*_UNITS, *_OTHER_UNITS):
            return Named("P18M", at, at + 1, 0.8)
        return Named("P6W", at, at + 2) if _UNITS.get(following) == "M" else None
    if text == "пол" and following in _YEARS:
        return Named("P6M", at, at + 2)
    number = number_at(words, at)
    if number is None:
        if (
            (asked or text not in _UNSURE_WORDS)
            and text in _WORDS
            and not (at and words[at - 1].text in ("этот", "каждый"))
        ):
            return Named(_WORDS[text], at, at + 1, 0.85)
        told = _by_adjective(text) if asked or _about_somebody(words, at) else None
        return None if told is None else Named(told, at, at + 1, 0.85)
    end = number.end
    following = words[end].text if end < len(words) else ""
    if number.ordinal:
        if words[end - 1].text.endswith(("ой", "ый", "ий")) and asked and number.value <= OLDEST:
            years = str(number.value - 1)  # «шестой годик» has five behind him
            return Named(years, at, end + 1, 0.7) if following.startswith("год") else None
        return _by_birth_year(number.value, at, end, following, today, asked)
    if following == "с" and end + 1 < len(words) and words[end + 1].text == "половиной":
        end += 2
        following = words[end].text if end < len(words) else ""
    if following in _UNITS:
        if not asked and (_UNITS[following] != "M" or not _about_somebody(words, at)):
            return None  # «через три дня» is a date, «два месяца жду» no age
        before = words[at - 1].text if at else ""
        later = words[end + 1].text if end + 1 < len(words) else ""
        if before in ("через", "уже") or later in ("назад", "подряд") or number.value > 100:
            return None
        return Named(f"P{number.value}{_UNITS[following]}", at, end + 1)
    if number.value > OLDEST or following in _OTHER_UNITS:
        return None
    if following in _YEARS:
        if not asked and number.value < _RATHER_A_TIME and not _about_somebody(words, at):
            return None  # «три года не была у врача»
        return _years_that_are_an_age(words, at, end, number.value)
    owned = at > 0 and words[at - 1].text in _OWNERS
    if not (asked or (owned and number.value >= 1 and not is_counted(following))):
        return None
    return Named(str(number.value), at, end, 0.8)


def _about_somebody(words: Sequence[Word], at: int) -> bool:
    """Whether a person is named near the number: «дочке три месяца», «три месяца ребёнку»."""
    near = words[max(0, at - 3) : at + 5]
    return any(word.text in _OWNERS or word.text.startswith(_CHILDREN) for word in near)


def _years_that_are_an_age(
    words: Sequence[Word], at: int, end: int, years: int
) -> Named[str] | None:
    """«пять лет», but not «пять лет назад» or «через два года»."""
    before = words[at - 1].text if at else ""
    after = words[end + 1].text if end + 1 < len(words) else ""
    if before in ("через", "за", "раз") or after in ("назад", "подряд"):
        return None
    return Named(str(years), at, end + 1)


def _by_birth_year(
    year: int, at: int, end: int, following: str, today: date, asked: bool
) -> Named[str] | None:
    """«с пятьдесят восьмого года»: about so old, the birthday is not known."""
    if not asked or not following.startswith("год"):
        return None
    if year < 100:
        year += 2000 if 2000 + year <= today.year else 1900
    age = today.year - year
    return Named(str(age), at, end + 1, 0.6) if 0 <= age <= OLDEST else None
