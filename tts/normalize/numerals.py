"""Russian numerals in words: cardinals, ordinals and decimals, in every case."""

from __future__ import annotations

from typing import Final

from tts.normalize.cases import Case, Gender, words
from tts.normalize.nouns import count_noun

MAX_CARDINAL: Final = 10**15 - 1

_ONE: Final = {
    Gender.MALE: "один одного одному один одним одном",
    Gender.FEMALE: "одна одной одной одну одной одной",
    Gender.NEUTER: "одно одного одному одно одним одном",
    Gender.PLURAL: "одни одних одним одни одними одних",
}
_SMALL: Final = {
    0: "ноль нуля нулю ноль нулём нуле",
    2: "два двух двум два двумя двух",
    3: "три трёх трём три тремя трёх",
    4: "четыре четырёх четырём четыре четырьмя четырёх",
    8: "восемь восьми восьми восемь восемью восьми",
    40: "сорок сорока сорока сорок сорока сорока",
    90: "девяносто девяноста девяноста девяносто девяноста девяноста",
    100: "сто ста ста сто ста ста",
    200: "двести двухсот двумстам двести двумястами двухстах",
    300: "триста трёхсот трёмстам триста тремястами трёхстах",
    400: "четыреста четырёхсот четырёмстам четыреста четырьмястами четырёхстах",
    80: "восемьдесят восьмидесяти восьмидесяти восемьдесят восемьюдесятью восьмидесяти",
    800: "восемьсот восьмисот восьмистам восемьсот восемьюстами восьмистах",
}
_SOFT: Final = {  # пять, пяти, пяти, пять, пятью, пяти
    **dict(zip((5, 6, 7, 9, 10), words("пят шест сем девят десят"), strict=True)),
    **dict(
        zip(
            range(11, 20),
            words(
                "одиннадцат двенадцат тринадцат четырнадцат пятнадцат шестнадцат семнадцат "
                "восемнадцат девятнадцат"
            ),
            strict=True,
        )
    ),
    20: "двадцат",
    30: "тридцат",
}
_SCALES: Final = ("тысяча", "миллион", "миллиард", "триллион")

_ORDINAL_STEMS: Final = {
    **dict(
        zip(
            range(1, 21),
            words(
                "перв втор трет четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат "
                "тринадцат четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат "
                "двадцат"
            ),
            strict=True,
        )
    ),
    **dict(
        zip(
            range(30, 100, 10),
            words("тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност"),
            strict=True,
        )
    ),
    100: "сот",
}
_STRESSED_ENDING: Final = frozenset({2, 6, 7, 8, 40})
_HARD: Final = {
    Gender.MALE: "ый ого ому ый ым ом",
    Gender.FEMALE: "ая ой ой ую ой ой",
    Gender.NEUTER: "ое ого ому ое ым ом",
    Gender.PLURAL: "ые ых ым ые ыми ых",
}
_THIRD: Final = {
    Gender.MALE: "ий ьего ьему ий ьим ьем",
    Gender.FEMALE: "ья ьей ьей ью ьей ьей",
    Gender.NEUTER: "ье ьего ьему ье ьим ьем",
    Gender.PLURAL: "ьи ьих ьим ьи ьими ьих",
}
_FRACTIONS: Final = {1: 10, 2: 100, 3: 1000}


def cardinal(number: int, case: Case = Case.NOM, gender: Gender = Gender.MALE) -> str:
    """Say how many: ``cardinal(21, Case.GEN)`` is «двадцати одного».

    Args:
        number: at most `MAX_CARDINAL` in magnitude; a negative one starts with «минус».
        case: of the whole numeral.
        gender: of what is counted; it shows in one and two.

    Raises:
        ValueError: the number is too long to be understood; say it digit by digit.
    """
    if abs(number) > MAX_CARDINAL:
        raise ValueError(f"{number} is too long for words: say it digit by digit")
    if number < 0:
        return f"минус {cardinal(-number, case, gender)}"
    if number < 1000:
        return " ".join(_below_thousand(number, case, gender))
    said: list[str] = []
    for power in range(len(_SCALES), 0, -1):
        triad = number // 1000**power % 1000
        if triad:
            scale = _SCALES[power - 1]
            of_scale = Gender.FEMALE if power == 1 else Gender.MALE
            if triad > 1 or said:
                said += _below_thousand(triad, case, of_scale)
            said.append(count_noun(scale, triad, case))
    if number % 1000:
        said += _below_thousand(number % 1000, case, gender)
    return " ".join(said)


def ordinal(number: int, case: Case = Case.NOM, gender: Gender = Gender.MALE) -> str:
    """Say which: ``ordinal(23, Case.GEN)`` is «двадцать третьего».

    Raises:
        ValueError: not 0 ... 999 999.
    """
    if number == 0:
        return "нулев" + _ending(_HARD, case, gender, stressed=True)
    if not 0 < number < 1_000_000:
        raise ValueError(f"no ordinal for {number}: use 0 ... 999999")
    last = _last_part(number)
    head = number - last
    first = [cardinal(head)] if head else []
    return " ".join([*first, _ordinal_word(last, case, gender)])


def decimal(whole: int, fraction: str, case: Case = Case.NOM) -> str:
    """Say a decimal fraction: ``decimal(38, "5")`` is «тридцать восемь целых пять десятых».

    Args:
        whole: the part before the comma.
        fraction: the digits after it, at least one; only the first three count.
        case: of the whole numeral.
    """
    digits = fraction.rstrip("0")[:3] or "0"
    top = int(digits)
    whole_word = _agreeing("цел", whole, case)
    part_word = _agreeing({1: "десят", 2: "сот", 3: "тысячн"}[len(digits)], top, case)
    return (
        f"{cardinal(whole, case, Gender.FEMALE)} {whole_word} "
        f"{cardinal(top, case, Gender.FEMALE)} {part_word}"
    )


def digits(number: str) -> str:
    """Say digit by digit: «ноль один два»."""
    return " ".join(cardinal(int(digit)) for digit in number)


def group(number: str) -> str:
    """Say a group of a phone or document number as people dictate it.

    A group that begins with zero is said digit by digit, a longer one in pairs.
    """
    if len(number) > 4:
        return ", ".join(group(part) for part in split_groups(number))
    return digits(number) if number.startswith("0") else cardinal(int(number))


def split_groups(number: str) -> list[str]:
    """Cut a long digit string for dictation: three by three if that comes out even, else pairs."""
    size = 3 if len(number) % 3 == 0 and len(number) <= 9 else 2
    start = len(number) % size
    parts = [number[:start]] if start else []
    return parts + [number[i : i + size] for i in range(start, len(number), size)]


def _below_thousand(number: int, case: Case, gender: Gender) -> list[str]:
    if number == 0:
        return [_form(0, case, gender)]
    parts = []
    if number >= 100:
        parts.append(number // 100 * 100)
    rest = number % 100
    if rest > 20 and rest % 10:
        parts += [rest // 10 * 10, rest % 10]
    elif rest:
        parts.append(rest)
    return [_form(part, case, gender) for part in parts]


def _form(value: int, case: Case, gender: Gender) -> str:
    if value == 1:
        return _ONE[gender].split()[case]
    if value == 2 and gender is Gender.FEMALE and case in (Case.NOM, Case.ACC):
        return "две"
    if value in _SMALL:
        return _SMALL[value].split()[case]
    if value in _SOFT:
        return _SOFT[value] + ("ь", "и", "и", "ь", "ью", "и")[case]
    if value < 100:  # 50, 60, 70: both halves decline
        stem = _SOFT[value // 10]
        return stem + (
            "ьдесят", "идесяти", "идесяти", "ьдесят", "ьюдесятью", "идесяти"
        )[case]  # fmt: skip
    stem = _SOFT[value // 100]
    return stem + ("ьсот", "исот", "истам", "ьсот", "ьюстами", "истах")[case]


def _last_part(number: int) -> int:
    """The part of a compound number that becomes the ordinal: 2026 -> 6, 2000 -> 2000."""
    if number % 1000 == 0:
        return number
    rest = number % 100
    if rest == 0:
        return number % 1000
    return rest if rest <= 20 else (rest % 10 or rest)


def _ordinal_word(value: int, case: Case, gender: Gender) -> str:
    if value == 3:
        return "трет" + _THIRD[gender].split()[case]
    if value >= 100:
        stem = "тысячн" if value >= 1000 else "сот"
        count = value // (1000 if value >= 1000 else 100)
        prefix = "" if count == 1 else _compound_prefix(count)
        return prefix + stem + _ending(_HARD, case, gender)
    stressed = value in _STRESSED_ENDING
    return _ORDINAL_STEMS[value] + _ending(_HARD, case, gender, stressed=stressed)


def _compound_prefix(count: int) -> str:
    """двух-, пяти-, сорока-: the genitive, but for ninety and hundred."""
    parts = cardinal(count, Case.GEN).split()
    return "".join({"девяноста": "девяносто", "ста": "сто"}.get(part, part) for part in parts)


def _ending(table: dict[Gender, str], case: Case, gender: Gender, *, stressed: bool = False) -> str:
    ending = table[gender].split()[case]
    return "ой" if stressed and ending == "ый" else ending


def _agreeing(stem: str, count: int, case: Case) -> str:
    """«целая, целых, десятая, десятых …»: singular after one, else plural."""
    if count % 10 == 1 and count % 100 != 11:
        return stem + ("ая", "ой", "ой", "ую", "ой", "ой")[case]
    return stem + ("ых", "ых", "ым", "ых", "ыми", "ых")[case]
