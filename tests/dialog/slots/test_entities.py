"""What an utterance names in passing."""

from __future__ import annotations

import pytest

from dialog.slots.entities import ListEntities
from tests.dialog.scripts import real_script
from tests.dialog.slots.tables import TODAY

ENTITIES = ListEntities(real_script().lists, lambda: TODAY)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("запишите к терапевту на завтра", {"specialty": "therapist", "date": "2026-11-25"}),
        ("в кунгуре есть лор", {"municipality": "kungur", "specialty": "ent"}),
        ("мне сорок шесть лет", {"age": "46"}),
        ("дочке три месяца", {"age": "P3M"}),
        ("на закамске в четвёртой поликлинике", {"district": "kirovsky", "clinic": "gkp4"}),
        ("в перми к девяти утра", {"municipality": "perm", "time": "09:00"}),
        ("в следующий вторник после обеда", {"date": "2026-12-01", "time": "12:00/17:00"}),
        ("запись на двадцать шестое ноября", {"date": "2026-11-26"}),
        ("добрый вечер", {}),
        ("болит голова третий день", {}),
        ("ждали три часа", {}),
        ("хочу в частную клинику", {}),
        ("в пермском крае", {}),
        ("", {}),
    ],
)
def test_kinds_and_values(said: str, named: dict[str, str]) -> None:
    assert {entity.entity: entity.value for entity in ENTITIES(said)} == named


def test_two_of_a_kind_are_both_named_in_their_order() -> None:
    found = ENTITIES("с терапевта на хирурга и со вторника на среду")
    assert [(e.entity, e.text) for e in found] == [
        ("specialty", "терапевта"),
        ("specialty", "хирурга"),
        ("date", "со вторника"),
        ("date", "на среду"),
    ]


def test_without_a_date_of_today_only_lists_are_found() -> None:
    found = ListEntities(real_script().lists)("к терапевту на завтра")
    assert [entity.entity for entity in found] == ["specialty"]
