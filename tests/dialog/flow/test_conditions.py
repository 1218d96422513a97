"""Conditions of flows: a small grammar, never Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialog.flow.conditions import ConditionError, parse_condition

SCOPE = {"slots.age": "17", "slots.danger": "yes", "slots.town": "perm", "on_duty": True}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("slots.age < 18", True),
        ("slots.age >= 18", False),
        ("slots.age = 17", True),
        ("slots.danger = 'yes'", True),
        ("slots.danger = true", True),
        ('slots.danger != "no"', True),
        ("slots.town in ['perm', 'kungur']", True),
        ("slots.town in ['kungur']", False),
        ("slots.nothing is null", True),
        ("slots.town is not null", True),
        ("slots.nothing < 5", False),
        ("slots.town < 5", False),
        ("on_duty", True),
        ("context.on_duty and not caller_known", True),
        ("not on_duty or slots.age < 18 and slots.danger = 'no'", False),
        ("(not on_duty or slots.age < 18) and slots.danger = 'yes'", True),
        ("not not on_duty", True),
    ],
)
def test_a_condition_is_what_it_says(text: str, holds: bool) -> None:
    assert parse_condition(text).holds(SCOPE) is holds


def test_it_knows_the_slots_that_it_names() -> None:
    assert parse_condition("slots.a = slots.b or slots.c is null").slots == {"a", "b", "c"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slots.a =",
        "slots.a = 'x' 'y'",
        "slot.a = 1",
        "today = 1",
        "(on_duty",
        "on_duty)",
        "slots.a in 'x'",
        "slots.a in []",
        "__import__('os')",
        "slots.a; slots.b",
        "and",
        "'text",
        "(" * 100 + "on_duty" + ")" * 100,
        "not " * 100 + "on_duty",
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ConditionError, match=r"."):
        parse_condition(text)


@given(st.text("slots.abn_duty ='\"<>!()[],0123andornotisinullre", max_size=60))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        condition = parse_condition(text)
    except ConditionError:
        return
    assert condition.holds(SCOPE) in (True, False)
