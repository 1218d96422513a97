"""Sums of money, and round numbers written with «тыс.», «млн», «млрд»."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.cases import Case, Gender, case_before
from tts.normalize.nouns import count_noun, gender_of
from tts.normalize.numerals import MAX_CARDINAL, cardinal, decimal

NUMBER: Final = r"(?:\d{1,3}(?: \d{3})+|\d+)"
_DOT: Final = r"(?:\.(?!\s+(?-i:[А-ЯЁ])|\s*$))?"  # the dot of a last word ends the sentence too
_RUBLES: Final = rf"(?:руб(?:л[а-яё]*|(?!\w){_DOT})|₽|р(?=\.|\s*(?:[,;)]|$)){_DOT})(?!\w)"
_KOPECKS: Final = rf"(?:коп(?:е[а-яё]*|(?!\w){_DOT}))"
_SCALE: Final = (
    rf"(?:тыс(?:яч[аиу]?|{_DOT})|млн{_DOT}|миллион(?:а|ов)?|млрд{_DOT}|миллиард(?:а|ов)?)(?!\w)"
)

_SCALED: Final = re.compile(
    rf"(?<![\d.,])(?P<n>{NUMBER})(?:,(?P<f>\d+))?\s*(?P<scale>{_SCALE})"
    rf"(?:\s*(?P<rest>\d{{1,3}})(?!\d))?(?P<unit>\s*{_RUBLES})?",
    re.IGNORECASE,
)
_RUBLES_AND_KOPECKS: Final = re.compile(
    rf"(?<![\d.,])(?P<n>{NUMBER})(?:[.,](?P<f>\d\d))?\s*(?P<noun>{_RUBLES})"
    rf"(?:\s*(?P<k>\d{{1,2}})\s*{_KOPECKS})?",
    re.IGNORECASE,
)
_SIGN_FIRST: Final = re.compile(rf"₽\s?({NUMBER}(?:[.,]\d\d)?)(?!\d)")
_ONLY_KOPECKS: Final = re.compile(rf"(?<![\d.,])(?P<k>\d{{1,2}})\s*{_KOPECKS}", re.IGNORECASE)
_RANGE: Final = re.compile(
    rf"(?<![\d.,])(?P<a>{NUMBER})\s*[-–]\s*(?P<b>{NUMBER})(?=\s*(?:{_SCALE}\s*)?{_RUBLES})",
    re.IGNORECASE,
)
_SCALE_NOUNS: Final = {"т": "тысяча", "млн": "миллион", "миллион": "миллион", "м": "миллиард"}


def say_money(text: str) -> str:
    """Replace sums by words: «до пяти рублей», «десять рублей пятьдесят копеек»."""
    text = _SIGN_FIRST.sub(r"\1 ₽", text)
    text = _RANGE.sub(_range, text)
    text = _SCALED.sub(_scaled, text)
    text = _RUBLES_AND_KOPECKS.sub(_rubles, text)
    return _ONLY_KOPECKS.sub(lambda match: _counted(int(match["k"]), "копейка", _case(match)), text)


def whole(number: str) -> int:
    """Value of a whole number written with or without thousands spaces."""
    return int(number.replace(" ", ""))


def _case(match: re.Match[str]) -> Case:
    return case_before(match.string, match.start())


def _counted(count: int, noun: str, case: Case) -> str:
    return f"{cardinal(count, case, gender_of(noun))} {count_noun(noun, count, case)}"


def _range(match: re.Match[str]) -> str:
    before = match.string[: match.start()].rstrip().lower()
    a, b = match["a"], match["b"]
    if before.endswith((" от", " с")) or before in ("от", "с"):
        return f"{a} до {b}"
    return f"от {a} до {b}"


def _scaled(match: re.Match[str]) -> str:
    key = match["scale"].lower()
    noun = next(
        _SCALE_NOUNS[start] for start in ("млн", "млр", "мил", "т") if key.startswith(start)
    )
    count, fraction, case = whole(match["n"]), match["f"], _case(match)
    if count > MAX_CARDINAL // 10**9:
        return match[0]
    if fraction is not None and fraction.rstrip("0"):
        half = (count, fraction.rstrip("0")) == (1, "5")
        said = _one_and_a_half(noun, case) if half else _decimal_of(count, fraction, noun, case)
    else:
        said = _counted(count, noun, case)
    rubles = 0
    if match["rest"] is not None:
        if match["unit"] is None or noun != "тысяча":
            return f"{said} {match[0][match.start('rest') - match.start() :]}"
        rubles = int(match["rest"])
        said += f" {cardinal(rubles, case)}"
    if match["unit"] is not None:
        said += f" {count_noun('рубль', rubles, case) if rubles else 'рублей'}"
    return said


def _one_and_a_half(noun: str, case: Case) -> str:
    if case in (Case.NOM, Case.ACC):
        word = "полторы" if gender_of(noun) is Gender.FEMALE else "полтора"
        return f"{word} {count_noun(noun, 2, Case.NOM)}"
    return f"полутора {count_noun(noun, 5, case)}"


def _decimal_of(count: int, fraction: str, noun: str, case: Case) -> str:
    return f"{decimal(count, fraction, case)} {count_noun(noun, 2, Case.NOM)}"


def _rubles(match: re.Match[str]) -> str:
    count, case = whole(match["n"]), _case(match)
    case = {"рублям": Case.DAT, "рублями": Case.INS}.get(match["noun"].lower(), case)
    if count > MAX_CARDINAL:
        return match[0]
    kopecks = int(match["f"] or match["k"] or 0)
    said = _counted(count, "рубль", case)
    if count == 0 and kopecks:
        return _counted(kopecks, "копейка", case)
    return f"{said} {_counted(kopecks, 'копейка', case)}" if kopecks else said
