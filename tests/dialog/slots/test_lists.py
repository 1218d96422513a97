"""Doctors, towns, districts and clinics of the editors' own lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.errors import ContentError
from dialog.slots.choice import ListReader
from dialog.slots.list_files import load_lists
from tests.dialog.scripts import real_script
from tests.dialog.slots.tables import TODAY, cases, value

LISTS = real_script().lists
DOCTORS, TOWNS = ListReader(LISTS["specialties"]), ListReader(LISTS["municipalities"])
DISTRICTS, CLINICS = ListReader(LISTS["districts"]), ListReader(LISTS["clinics"])


@cases("""
к терапевту -> therapist
участковый -> therapist
к участковому терапевту -> therapist
семейный врач -> therapist
терапефту -> therapist
тирапевт -> therapist
к педиатру -> pediatrician
детский врач -> pediatrician
педиатору -> pediatrician
к лору -> ent
ухо горло нос -> ent
ухогорлонос -> ent
к лорику -> ent
лор врач -> ent
окулист -> ophthalmologist
к глазному -> ophthalmologist
глазник -> ophthalmologist
хирургу -> surgeon
хирурк -> surgeon
к ортопеду -> traumatologist
травмотолог -> traumatologist
к неврологу -> neurologist
невропатолог -> neurologist
кардеолог -> cardiologist
к кардиологу -> cardiologist
эндокренолог -> endocrinologist
гастролог -> gastroenterologist
уралог -> urologist
к гинекологу -> gynecologist
женский врач -> gynecologist
гинеколок -> gynecologist
к кожнику -> dermatologist
дерматолог -> dermatologist
зубной -> dentist
к стоматологу -> dentist
стамотолог -> dentist
ортодонт -> orthodontist
аллерголог -> allergist
по лёгким -> pulmonologist
к онкологу -> oncologist
псехиатр -> psychiatrist
ревматолог -> rheumatologist
инфекционист -> infectionist
сдать кровь -> procedures
на прививку -> vaccination
не к терапевту а к хирургу -> surgeon
к терапевту нет к хирургу -> surgeon
к терапевту или к хирургу -> therapist | surgeon
невролок -> neurologist
нефролок -> nephrologist
не к терапевту -> -
не знаю -> -
болит сердце -> -
голова кружится -> -
в кунгуре -> -
да -> -
завтра -> -
к врачу -> -
""")
def test_specialty(said: str, expected: str) -> None:
    assert value(DOCTORS, said) == expected


@cases("""
в перми -> perm
пермь -> perm
из города перми -> perm
на гайве -> perm
закамск -> perm
вышка два -> perm
вышка 2 -> perm
в пермском районе -> permsky
пермский округ -> permsky
в александровске -> aleksandrovsk
барда -> barda
в берёзовке -> beryozovka
березовка -> beryozovka
в березниках -> berezniki
усолье -> berezniki
большая соснова -> bolshaya_sosnova
в верещагино -> vereshchagino
верищагино -> vereshchagino
гайны -> gayny
в гайнах -> gayny
горнозаводск -> gornozavodsk
в губахе -> gubakha
из добрянки -> dobryanka
в полазне -> dobryanka
елово -> yelovo
в звёздном -> zvyozdny
ильинский -> ilyinsky
карагай -> karagay
кизел -> kizel
в кишерти -> kishert
в косе -> kosa
кочёво -> kochyovo
красновишерск -> krasnovishersk
краснокамск -> krasnokamsk
кудымкар -> kudymkar
кудымкор -> kudymkar
куеда -> kueda
в кунгуре -> kungur
кун гур -> kungur
кунгурский район -> kungur
лысьва -> lysva
лысва -> lysva
нытва -> nytva
октябрьский -> oktyabrsky
орда -> orda
в осе -> osa
оханск -> okhansk
очёр -> ochyor
в очере -> ochyor
сива -> siva
в соликамске -> solikamsk
суксун -> suksun
уинское -> uinskoye
чайковский -> chaykovsky
в чайковске -> chaykovsky
частые -> chastye
чердынь -> cherdyn
чернужка -> chernushka
в чусовом -> chusovoy
юрла -> yurla
юсьва -> yusva
в кунгуре пермского края -> kungur
в кунгуре нет в чусовом -> chusovoy
не в кунгуре а в лысьве -> lysva
# похожие переспрашиваем
пермский -> perm | permsky
перьми -> perm | permsky
березняки -> berezniki | beryozovka
берёзовко -> beryozovka | berezniki
гайня -> gayny | perm
юсва -> yusva | yurla
юрсьва -> yusva | yurla
в соликамске или в березниках -> solikamsk | berezniki
# не отсюда и не город
пермский край -> -
москва -> -
не знаю -> -
не в кунгуре -> -
частная клиника -> -
да -> -
завтра -> -
терапевт -> -
""")
def test_municipality(said: str, expected: str) -> None:
    assert value(TOWNS, said) == expected


@cases("""
дзержинский -> dzerzhinsky
в дзержинском районе -> dzerzhinsky
на парковом -> dzerzhinsky
заостровка -> dzerzhinsky
индустриальный район -> industrialny
балатово -> industrialny
на балатово -> industrialny
нагорный -> industrialny
кировский -> kirovsky
в закамске -> kirovsky
закамск -> kirovsky
курья -> kirovsky
водники -> kirovsky
ленинский -> leninsky
в центре -> leninsky
центр -> leninsky
мотовилиха -> motovilikhinsky
на мотовилихе -> motovilikhinsky
матовилиха -> motovilikhinsky
мотовилихинский район -> motovilikhinsky
садовый -> motovilikhinsky
вышка два -> motovilikhinsky
вышка 2 -> motovilikhinsky
орджоникидзевский -> ordzhonikidzevsky
арджоникидзевский -> ordzhonikidzevsky
гайва -> ordzhonikidzevsky
на гайве -> ordzhonikidzevsky
левшино -> ordzhonikidzevsky
кислотные дачи -> ordzhonikidzevsky
свердловский -> sverdlovsky
в свердловском -> sverdlovsky
владимирский -> sverdlovsky
крохалева -> sverdlovsky
в кировском нет в ленинском -> leninsky
не в кировском а в ленинском -> leninsky
в кировском или в ленинском -> kirovsky | leninsky
центр занятости -> -
медицинский центр -> -
в кунгуре -> -
не знаю -> -
да -> -
дом -> -
""")
def test_district(said: str, expected: str) -> None:
    assert value(DISTRICTS, said) == expected


@cases("""
вторая поликлиника -> gkp2
поликлиника номер два -> gkp2
поликлиника № 2 -> gkp2
во второй поликлинике -> gkp2
на братьев игнатовых -> gkp2
четвёртая поликлиника -> gkp4
в четвертой поликлинике -> gkp4
поликлиника 4 -> gkp4
поликлиника номер четыре -> gkp4
городская поликлиника номер четыре -> gkp4
пятая поликлиника -> gkp5
поликлиника на яблочкова -> gkp5
седьмая поликлиника -> gp7
поликлиника семь -> gp7
краевая больница -> pkkb
в краевой больнице -> pkkb
краевая -> pkkb
пккб -> pkkb
больница граля -> gkb2_gral
вторая больница -> gkb2_gral
первая медсанчасть -> kmsch1
медсанчасть номер один -> kmsch1
мсч 1 -> kmsch1
девятая медсанчасть -> msch9
медсанчасть 9 -> msch9
тверье -> msch9
больница архангела михаила -> bam
архангела михаила -> bam
на лобачевского -> bam
на малой ямской -> malaya_yamskaya
поликлиника на малой ямской -> malaya_yamskaya
ленина 16 -> lenina16
поликлиника на ленина шестнадцать -> lenina16
на писарева -> pisareva56
третья детская -> gdp3
детская поликлиника номер три -> gdp3
детская поликлиника № 4 -> gdp4
четвёртая детская поликлиника -> gdp4
во вторую нет в четвёртую поликлинику -> gkp4
вторая поликлиника или четвёртая поликлиника -> gkp2 | gkp4
третья поликлиника -> третья поликлиника
поликлиника -> -
детская поликлиника -> -
краевая детская больница -> краевая детская больница
не знаю -> -
в кунгуре -> -
терапевт -> -
""")
def test_clinic(said: str, expected: str) -> None:
    assert value(CLINICS, said) == expected


@cases("""
у меня частые головные боли -> -
сделали прививку от осы -> -
хочу в частную клинику -> -
бесплатно -> -
в частых -> chastye
живу в осе -> osa
мы из орды -> orda
орда народу -> -
я в кунгуре живу -> kungur
в чернушке -> chernushka
чернужка -> chernushka
березняки -> -
пермский -> -
""")
def test_towns_named_in_passing_are_certain(said: str, expected: str) -> None:
    assert value(ListReader(LISTS["municipalities"], asked=False), said) == expected


def test_every_name_and_form_leads_to_its_entry() -> None:
    for name, entries in LISTS.items():
        reader = ListReader(entries)
        for entry in entries.entries.values():
            for form in (entry.name, entry.spoken, *entry.forms):
                assert entry.id in value(reader, form).split(" | "), f"{name}: {form}"


def test_a_confusable_entry_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "towns.yml").write_text(
        "entries: {yurla: {name: Юрла, confusable_with: [yusva]}}", encoding="utf-8"
    )
    with pytest.raises(ContentError, match=r"towns\.yml.*yusva"):
        load_lists(tmp_path)


@pytest.mark.parametrize("ignored", ["пермский край", "[1, 2]", "{a: b}"])
def test_broken_ignored_phrases_are_refused(tmp_path: Path, ignored: str) -> None:
    (tmp_path / "towns.yml").write_text(
        f"entries: {{yurla: {{name: Юрла}}}}\nignored: {ignored}", encoding="utf-8"
    )
    with pytest.raises(ContentError, match=r"towns\.yml.*ignored"):
        load_lists(tmp_path)


@pytest.mark.parametrize(
    "said", ["гагаринская поликлиника", "в амбулаторию на вышке", "больница на пушкина"]
)
def test_a_clinic_that_is_not_listed_is_kept_as_it_was_said(said: str) -> None:
    reading = CLINICS.read(said, TODAY)
    assert reading is not None
    assert (reading.value, reading.unsure_between) == (said, ())


@pytest.mark.parametrize("said", ["в поликлинику", "завтра утром", "на гагарина", "мне бы"])
def test_words_that_name_no_clinic_are_none(said: str) -> None:
    assert CLINICS.read(said, TODAY) is None


def test_in_passing_only_listed_clinics_are_read() -> None:
    assert ListReader(LISTS["clinics"], asked=False).read("гагаринская поликлиника", TODAY) is None


def test_another_reading_that_is_listed_is_the_better_one() -> None:
    heard = ("пятна поликлиника", "пятая поликлиника")
    reading = real_script().readers.read("clinics", heard, TODAY)
    assert reading is not None
    assert reading.value == "gkp5"
