"""The keypad menu: a tree of topics through which every leaf is reached without a word.

`nlu_data/menu.yml`; at most five options a level, the commonest first. Key n takes the n-th option;
0 calls the operator, 9 and * repeat, 8 and # go a level up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

MOST_OPTIONS: Final = 5
"""An ear keeps no more of them."""
DIGITS: Final = ("один", "два", "три", "четыре", "пять")


class MenuOption(BaseModel):
    """Пункт меню: тема, разговор или меню ниже."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(
        default="",
        description="Как пункт звучит: «один - <title>». Без него - title темы.",
        examples=["запись к врачу"],
    )
    topic: str | None = Field(
        default=None, description="Тема из intents.yml.", examples=["lab_results"]
    )
    flow: str | None = Field(
        default=None, description="Разговор из flows/.", examples=["callback_request"]
    )
    menu: tuple[MenuOption, ...] = Field(
        default=(), description="Меню ниже, до пяти пунктов, частое раньше."
    )


class MenuFile(BaseModel):
    """Файл menu.yml: кнопки главного меню и меню под ними."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    menu: tuple[MenuOption, ...] = Field(description="Главное меню, до пяти пунктов.")


@dataclass(frozen=True)
class Leaf:
    """An end of the menu."""

    keys: str
    """The keys that lead there from the top, for example ``21``."""
    option: MenuOption


def at(menu: tuple[MenuOption, ...], path: tuple[int, ...]) -> tuple[MenuOption, ...]:
    """The options at `path`; the top where the path leads nowhere."""
    options = menu
    for index in path:
        if index >= len(options) or not options[index].menu:
            return menu
        options = options[index].menu
    return options


def leaves(menu: tuple[MenuOption, ...], keys: str = "") -> Iterator[Leaf]:
    """Every end of the menu, with the keys that lead there."""
    for number, option in enumerate(menu, start=1):
        if option.menu:
            yield from leaves(option.menu, f"{keys}{number}")
        else:
            yield Leaf(f"{keys}{number}", option)


def numbered(titles: tuple[str, ...]) -> str:
    """«один - запись к врачу, два - ...»."""
    return ", ".join(f"{DIGITS[n]} — {title}" for n, title in enumerate(titles[:MOST_OPTIONS]))
