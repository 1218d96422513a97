"""What simulated callers want: topics as often as on a help line, phrases that were held out of the
training, and values whose spoken forms the readers' own tables vouch for."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Final

from bench.caller import Goal
from dialog.content.nlu_reader import load_nlu
from dialog.menu import leaves
from dialog.script import Script

TRAFFIC: Final = {
    "make_appointment": 34, "call_doctor_home": 12, "cancel_appointment": 6, "working_hours": 6,
    "complaint_refusal": 3, "complaint_quality": 3, "lab_results": 4, "lab_test_addresses": 3,
    "lab_self_booking": 2, "ct_scan": 2, "vaccination_info": 3, "dispensary_checkup": 3,
    "covid_info": 2, "gov_services": 3, "social_benefits": 3, "family_support": 3,
    "mobilization_info": 2, "mobilization_deferment": 1, "mobilization_payments": 1,
    "refugees_support": 1, "about_service": 1, "operator": 1, "ambulance_103": 1,
}  # fmt: skip
"""Share of calls; guessed, since no figures of the line are published."""

_DAYS: Final = (
    "завтра", "завтра утром", "в пятницу", "в понедельник после обеда", "тридцатого ноября",
    "послезавтра в десять", "на следующей неделе во вторник",
)  # fmt: skip
_NAMES: Final = (
    "иванова мария петровна", "кузнецов олег иванович", "сидорова анна сергеевна",
    "петров николай ильич", "ахметова гульнара ринатовна", "васильев игорь",
)  # fmt: skip
_BIRTHDAYS: Final = (
    ("пятое мая тысяча девятьсот пятьдесят восьмого", "05051958"),
    ("двенадцатого августа сорок девятого года", "12081949"),
    ("третье января две тысячи пятнадцатого", "03012015"),
    ("двадцать первое октября семьдесят второго", "21101972"),
)
_PHONES: Final = (
    ("восемь девятьсот двенадцать пятьсот пятьдесят пять ноль один ноль два", "89125550102"),
    ("восемь девятьсот два восемьсот тридцать один двадцать сорок", "89028312040"),
)
_ADDRESSES: Final = ("пермь улица ленина дом десять квартира пять", "кунгур гоголя семь",
                     "город лысьва улица мира дом пять квартира три",
                     "соликамск улица северная дом двадцать квартира сорок один")  # fmt: skip
_AGES: Final = (("семьдесят два года", "72"), ("пять лет", "5"), ("восемьдесят один", "81"))
_SYMPTOMS: Final = ("третий день температура и кашель", "голова кружится и слабость",
                    "горло болит и насморк", "спина болит не разогнуться")  # fmt: skip
_PLACES: Final = ("вторая поликлиника в перми", "больница в кунгуре", "поликлиника в лысьве")
_STORIES: Final = ("врач накричала и не стала слушать", "сказали талонов нет и не будет",
                   "просидели три часа в очереди и ушли ни с чем")  # fmt: skip
_DOCTORS: Final = ("therapist", "pediatrician", "surgeon", "ophthalmologist", "ent", "dentist",
                   "neurologist", "cardiologist", "gynecologist", "urologist")  # fmt: skip
_TOWNS: Final = ("perm", "kungur", "berezniki", "solikamsk", "lysva", "chusovoy", "krasnokamsk")
_APPOINTMENT: Final = ("хочу записаться к врачу", "запишите меня пожалуйста {doctor}",
                       "мне бы {doctor} попасть", "{doctor} в {town} запишите",
                       "здравствуйте а можно {doctor} записаться")  # fmt: skip
_OPENINGS: Final = {
    "call_doctor_home": ("вызовите врача на дом", "можно врача на дом вызвать",
                         "нам бы терапевта на дом температура у мамы"),
    "cancel_appointment": ("хочу отменить запись к врачу", "отмените пожалуйста мой приём"),
    "complaint_refusal": ("хочу пожаловаться мне отказали в приёме",
                          "отказали записать к врачу куда жаловаться"),
    "complaint_quality": ("жалоба на врача нагрубила", "хочу пожаловаться на обслуживание"),
}  # fmt: skip


class Goals:
    """Draws what a caller wants."""

    def __init__(self, script: Script, content_dir: Path, today: date) -> None:
        self._script = script
        self._today = today
        self._held_out: dict[str, list[str]] = {}
        for example in load_nlu(content_dir / "tests" / "nlu").examples:
            self._held_out.setdefault(example.intent, []).append(example.text)
        self._menu = {
            leaf.option.topic: leaf.keys for leaf in leaves(script.menu) if leaf.option.topic
        }

    def draw(self, source: random.Random) -> Goal:
        """A goal, by the traffic's shares."""
        topic = source.choices(list(TRAFFIC), list(TRAFFIC.values()))[0]
        keys = {"menu": self._menu.get(topic, "0")}
        if topic != "make_appointment" and topic not in _OPENINGS:
            return Goal(topic, source.choice(self._held_out[topic]), keys=keys)
        doctor, town = source.choice(_DOCTORS), source.choice(_TOWNS)
        truth: dict[str, str] = {}
        words: dict[str, tuple[str, ...]] = {}
        other: dict[str, str] = {}
        lists = self._script.lists
        for slot, value, wrong in (
            ("specialty", doctor, source.choice([d for d in _DOCTORS if d != doctor])),
            ("municipality", town, source.choice([t for t in _TOWNS if t != town])),
        ):
            entries = lists[self._script.slots[slot].reads].entries
            name, spoken = entries[value].name.lower(), entries[value].spoken.lower()
            truth[slot], words[slot] = value, (name, spoken)
            other[slot] = entries[wrong].spoken.lower()
        birthday, typed = source.choice(_BIRTHDAYS)
        phone, dialled = source.choice(_PHONES)
        age, years = source.choice(_AGES)
        words |= {
            "visit_day": (source.choice(_DAYS),),
            "booked_day": (source.choice(_DAYS),),
            "birth_date": (birthday,),
            "phone": (phone,),
            "age": (age,),
            "patient_name": (source.choice(_NAMES),),
            "address": (source.choice(_ADDRESSES),),
            "symptoms": (source.choice(_SYMPTOMS),),
            "complaint_place": (source.choice(_PLACES),),
            "complaint_text": (source.choice(_STORIES),),
            "patient": ("для меня", "мне", "себе"),
            "danger": ("нет", "нет ничего такого", "нет всё нормально"),
            "same_number": ("да", "да на этот"),
            "hear_more": ("нет", "не надо"),
            "change": ("отменить",),
        }
        other["visit_day"] = "в четверг"
        for slot in ("visit_day", "birth_date", "phone", "age"):
            reading = self._script.readers.read(
                self._script.slots[slot].reads, words[slot], self._today
            )
            if reading is not None:
                truth[slot] = reading.value
        keys |= {"birth_date": typed, "phone": dialled, "age": years, "danger": "2", "patient": "1",
                 "same_number": "1", "hear_more": "2", "change": "1", "patient_name": "#",
                 "policy": "#"}  # fmt: skip
        if topic == "make_appointment":
            spoken = {"doctor": words["specialty"][1], "town": words["municipality"][1]}
            opening = source.choice(_APPOINTMENT).format(
                doctor=spoken["doctor"], town=spoken["town"].removeprefix("в ")
            )
        else:
            opening = source.choice(_OPENINGS[topic])
            if topic == "call_doctor_home":  # the town is that of the address
                truth.pop("municipality")
                other.pop("municipality")
        return Goal(topic, opening, truth, words, keys, other)
