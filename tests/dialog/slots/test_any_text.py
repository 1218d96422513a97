"""Whatever is said or typed: no reader fails, and none takes long."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialog.slots.entities import ListEntities
from dialog.slots.readers import BY_KEYS, make_readers, make_spotters
from dialog.slots.reading import Reading, SlotReader
from dialog.slots.spoken import spoken
from dialog.slots.words import in_order
from tests.dialog.scripts import real_script
from tests.dialog.slots.tables import TODAY

LISTS = real_script().lists
READERS = {
    **make_readers(LISTS),
    **{f"{kind} in passing": reader for kind, reader in make_spotters(LISTS).items()},
}
ENTITIES = ListEntities(LISTS, lambda: TODAY)
_WORDS = st.lists(
    st.sampled_from(
        in_order(
            "в на к с до после через не нет или ой первый первого второе пятого двадцать "
            "сорок сто тысяча девятьсот ноль три семёрки час часов часа минут утра вечера дня "
            "полвосьмого без четверть девятого завтра вторник среду следующий неделе недели "
            "назад декабря мая год года лет месяц улица ленина дом квартира корпус дробь "
            "терапевту лор перми березняки иванов мария фамилия имя да нет наверное пермский "
            "край 12 05 1958 14:15 26-го 8 912 любое время конец начало месяца выходные обеда "
            "пол с половиной полтора"
        )
    ),
    max_size=14,
).map(" ".join)


def _checked(reader: SlotReader, text: str, today: date) -> Reading | None:
    reading = reader.read(text, today)
    if reading is not None:
        assert reading.value
        assert 0 <= reading.start <= reading.end <= len(text)
        assert text[reading.start : reading.end] == reading.text
        assert 0 < reading.confidence <= 1
        assert len(reading.unsure_between) != 1
        assert reader.read(text, today) == reading
    return reading


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=60, deadline=None)
@given(text=st.one_of(st.text(max_size=60), _WORDS), today=st.dates(date(1990, 1, 1)))
@example(text="", today=TODAY)
@example(text="\x00\ud800\u202e İİİ", today=TODAY)
@example(text="9" * 5000, today=TODAY)
@example(text="завтра", today=date.max)
@example(text="вчера", today=date.min)
@example(text="двадцать девятого февраля", today=date.max)
@example(text="через сто лет", today=date.max)
@example(text="٣٤٥ ² Ⅷ", today=TODAY)
def test_any_text_is_read_or_not(kind: str, text: str, today: date) -> None:
    reading = _checked(READERS[kind], text, today)
    if reading is not None and kind in READERS:
        assert spoken(kind, reading.value)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "piece", ["нет завтра ", "сто двадцать ", "улица ", "9", "к терапевту или ", "иванов ", "а-"]
)
def test_a_very_long_text_is_read_from_its_end(kind: str, piece: str) -> None:
    _checked(READERS[kind], piece * 3000, TODAY)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=80), _WORDS))
def test_entities_of_any_text_are_places_in_it(text: str) -> None:
    last = 0
    for entity in ENTITIES(text):
        assert last <= entity.start < entity.end
        assert text[entity.start : entity.end] == entity.text
        last = entity.end


def test_every_kind_that_the_keypad_serves_has_a_reader() -> None:
    assert set(READERS) >= BY_KEYS
