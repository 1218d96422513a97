"""Numbers that keep a law: telephones, the medical policy (ЕНП) and SNILS."""

from __future__ import annotations

from typing import Final

from dialog.slots.digits import CheckedDigitsReader

PERM_CODE: Final = "342"
"""Area code of the region's capital, whose numbers have seven digits."""
_FIRST_CHECKED_SNILS: Final = 1_001_998
"""Numbers up to 001-001-998 have no check sum."""


def phone(digits: str) -> str | None:
    """A Russian telephone number as ``+7`` and ten digits, or None.

    Takes 11 digits from 7 or 8, ten digits without it, or seven of a number in Perm.
    """
    if len(digits) == 7 and digits[0] in "2":
        digits = PERM_CODE + digits
    if len(digits) == 13 and digits.startswith("8009"):
        digits = digits[2:]  # «восемь девятьсот» was heard as «восемьсот девятьсот»
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    # Area codes begin with 3, 4, 8; mobile ones with 9 (Russian numbering plan).
    return f"+7{digits}" if len(digits) == 10 and digits[0] in "3489" else None


def policy(digits: str) -> str | None:
    """The 16 digits of a medical policy whose check digit is right, or None.

    The check digit is that of Luhn, ISO/IEC 7812-1, over the 15 digits before it.
    """
    return digits if len(digits) == 16 and digits != "0" * 16 and luhn(digits) else None


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others by Luhn's rule (ISO/IEC 7812-1, annex B)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + index % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def snils(digits: str) -> str | None:
    """The 11 digits of a SNILS whose check sum is right, or None.

    The sum: each of the first nine digits times its place from the right, modulo 101; 100 is
    written 00 (Social Fund of Russia).
    """
    if len(digits) != 11 or int(digits[:9]) <= _FIRST_CHECKED_SNILS - 1:
        return None
    total = sum(int(digit) * (9 - index) for index, digit in enumerate(digits[:9]))
    return digits if total % 101 % 100 == int(digits[9:]) else None


def _phone_note(digits: str) -> str | None:
    return f"городской номер, добавлен код {PERM_CODE}" if len(digits) == 7 else None


def phone_reader() -> CheckedDigitsReader:
    """Gives ``+7`` and ten digits."""
    return CheckedDigitsReader(phone, _phone_note)


def policy_reader() -> CheckedDigitsReader:
    """Gives 16 digits."""
    return CheckedDigitsReader(policy)


def snils_reader() -> CheckedDigitsReader:
    """Gives 11 digits."""
    return CheckedDigitsReader(snils)
