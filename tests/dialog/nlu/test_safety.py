"""Safety rules hold on callers' phrases, stay silent on ordinary ones, and read any text."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dialog.errors import ContentError
from dialog.morphology import morphology
from dialog.nlu.safety import SafetyRules
from dialog.nlu.safety.loader import Example, load_examples
from dialog.nlu.safety.patterns import PatternError, read_pattern
from dialog.nlu.safety.text import plain, sound_of, words_of

ROOT = Path(__file__).parents[3] / "nlu_data"
MORPH = morphology()
RULES = SafetyRules.load(ROOT / "safety", MORPH)


def phrases(names: str, label: str) -> list[tuple[str, list[str]]]:
    """Every phrase of the test files `names` with its kinds (or the reason for silence)."""
    return [
        (text, [group[label]] if isinstance(group[label], str) else group[label])
        for file in sorted((ROOT / "tests" / "safety").glob(names))
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
        for text in group["phrases"]
    ]


@pytest.fixture(scope="module")
def rules() -> SafetyRules:
    return RULES


def test_every_emergency_fires_a_rule_of_its_kind(rules: SafetyRules) -> None:
    heard = [(text, kinds, rules.check(text)) for text, kinds in phrases("positive*.yml", "kind")]
    assert len(heard) >= 1000
    assert [
        (text, kinds, match) for text, kinds, match in heard if not match or match.kind not in kinds
    ] == []


def test_ordinary_phrases_raise_at_most_one_false_alarm_in_a_hundred(rules: SafetyRules) -> None:
    quiet = phrases("negative*.yml", "why")
    assert len(quiet) >= 1000
    alarms = [(text, match) for text, _ in quiet if (match := rules.check(text))]
    assert len(alarms) <= len(quiet) // 100, alarms


def test_training_phrases_of_other_topics_raise_hardly_any_alarm(rules: SafetyRules) -> None:
    emergencies = {"ambulance_103", "emergency_112", "crisis", "operator"}
    texts = [
        line[2:]
        for file in sorted((ROOT / "nlu").glob("*.yml"))
        for item in yaml.safe_load(file.read_text("utf-8"))["nlu"]
        if "intent" in item and item["intent"] not in emergencies
        for line in item["examples"].splitlines()
    ]
    alarms = [text for text in texts if rules.check(text)]
    assert len(alarms) <= len(texts) // 100, alarms


@pytest.mark.parametrize(
    "example",
    load_examples(ROOT / "safety"),
    ids=lambda example: f"{example.rule_id}-{example.text}",
)
def test_a_rule_keeps_what_its_editors_promise(rules: SafetyRules, example: Example) -> None:
    fired = {t.match.rule_id for t in rules.explain(example.text) if t.silenced_by is None}
    assert (example.rule_id in fired) is example.fires, example.place


def test_the_match_names_the_words_that_fired_it(rules: SafetyRules) -> None:
    text = "Алло, здравствуйте! Мой муж НЕ ДЫШИТ, адрес Ленина пять"
    match = rules.check(text)
    assert match is not None
    assert (match.rule_id, match.kind) == ("breathing", "ambulance_103")
    assert text[match.start : match.end] == "НЕ ДЫШИТ"


def test_a_partial_transcript_fires_as_soon_as_the_words_are_there(rules: SafetyRules) -> None:
    words = ["девушка", "послушайте", "у", "меня", "тут", "отец", "без", "сознания", "лежит"]
    fired = [bool(rules.check(" ".join(words[:n]))) for n in range(len(words) + 1)]
    assert fired == [False] * 8 + [True] * 2


@pytest.mark.parametrize(
    "said",
    [
        "муж задыхаеца",
        "муж за дыхается",
        "муж недышит",
        "муж не, ну вот, дышит",
        "дышать муж совсем не может",
        "у мужа инфарк",
        "муж без со\u0301знания",
        "мужу нечем дыша́ть",
        "мyж нe дышит",  # Latin look-alikes
        "МУЖ\u200b НЕ\tДЫШИТ",
    ],
)
def test_misheard_and_reordered_words_still_fire(rules: SafetyRules, said: str) -> None:
    match = rules.check(said)
    assert match is not None and match.kind == "ambulance_103"


@pytest.mark.parametrize(
    ("calm", "alarm"),
    [
        ("он не задыхается", "он задыхается"),
        ("боли в груди нет", "боли в груди нет сил терпеть"),
        ("судорог не было", "судороги были и опять начались судороги у ребенка"),
        ("в прошлом году был инфаркт", "в прошлом году был инфаркт а сейчас опять грудь давит"),
        ("два года назад задыхался", "два года как астма и сейчас задыхается"),
        ("справка об инвалидности после инсульта", "справка не нужна мама без сознания"),
        ("как вызвать скорую если что", "как вызвать скорую маме плохо"),
        ("не хочу жить в общежитии", "не хочу жить"),
        ("мне плохо слышно", "мне плохо"),
        ("лампочка горит", "дом горит"),
        ("не дай бог умрет", "как бы не умер он сейчас умрет"),
        ("если вдруг инсульт куда везут", "инсульт у деда куда везти"),
        ("бывает ли инфаркт в тридцать лет", "инфаркт у мужа ему тридцать лет"),
        ("пожар потушили нужна справка", "пожар потушить не можем"),
        ("тону в долгах", "тону помогите"),
        ("вы меня без ножа режете", "он меня ножом режет"),
        ("сердце кровью обливается", "кашляет кровью"),
    ],
)
def test_what_turns_calm_words_into_an_alarm(rules: SafetyRules, calm: str, alarm: str) -> None:
    assert rules.check(calm) is None
    assert rules.check(alarm) is not None


def test_a_denied_verb_is_no_filler(rules: SafetyRules) -> None:
    match = rules.check("вы ничего не понимаете дайте старшего")
    assert match is not None and match.kind == "operator"


def test_life_goes_before_the_wish_for_an_operator(rules: SafetyRules) -> None:
    match = rules.check("соедините с оператором быстрее ребенок не дышит")
    assert match is not None and match.kind == "ambulance_103"


def test_an_editor_sees_why_a_rule_stayed_silent(rules: SafetyRules) -> None:
    (trace, *_) = rules.explain("в прошлом году был инфаркт")
    assert (trace.match.rule_id, trace.silenced_by) == ("infarction", "перенесено")


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    match = RULES.check(text)
    assert match is None or 0 <= match.start < match.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "\ud800\udfff не дышит \udc00",
        "\x00\x01",
        "а" * 100_000,
        "не " * 33_000,
        "не дышит " * 11_000,
        "нет боли в груди " * 6_000,
        "\u0301" * 50_000,
        "ыъ" * 3 + " абвгджз" * 12_000,
    ],
    ids=range(10),
)
def test_hostile_text_neither_fails_nor_hangs(rules: SafetyRules, text: str) -> None:
    rules.check(text)


def test_words_keep_their_places() -> None:
    text = "Ну, СКО\u0301РУЮ!"
    assert [(w.text, text[w.start : w.end]) for w in words_of(text)] == [
        ("ну", "Ну"),
        ("скорую", "СКО\u0301РУЮ"),
    ]
    assert plain("ЁЖ") == "еж"
    assert plain("и\u0306од") == "йод"


def test_one_sound_has_one_key() -> None:
    assert sound_of("задыхаеца") == sound_of("задыхается")
    assert sound_of("пажар") == sound_of("пожар")
    assert sound_of("серце") != sound_of("солнце")


def test_an_alternative_may_have_several_words() -> None:
    assert [len(p.parts[0].items) for p in read_pattern("упал {утром|с утра|ночью}")] == [2, 3]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("", "нет слова"),
        ("бол*", "короче"),
        ("упасть ..", "нет слова"),
        (".. упасть", "между двумя словами"),
        ("упасть + ", "нет слова"),
        ("oгонь", "латинская"),
        ("{горит|дым", "не понято"),
        ("^ $", "нет слова"),
    ],
)
def test_a_bad_pattern_is_explained(source: str, complaint: str) -> None:
    with pytest.raises(PatternError, match=complaint):
        read_pattern(source)


RULE = """version: 1
rules:
- id: one
  kind: crisis
  rank: 1
  about: проба
  patterns: [горе]
  fires: [горе]
  silent: [радость]
"""


def complaint(directory: Path, *files: bytes | str) -> str:
    """What the loader says of a directory with `files`."""
    for number, content in enumerate(files):
        raw = content.encode() if isinstance(content, str) else content
        (directory / f"{number}.yml").write_bytes(raw)
    with pytest.raises(ContentError) as error:
        SafetyRules.load(directory, MORPH)
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 1", "version: 2", "version: 1"),
        ("kind: crisis", "kind: тревога", "0.yml:3: правило «one»: kind"),
        ("rank: 1", "rank: много", "rank — целое"),
        ("rank: 1", "rang: 1", "лишнее «rang»"),
        ("about: проба", "about: [1]", "about"),
        ("[горе]\n  fires", "[]\n  fires", "patterns пуст"),
        ("fires: [горе]", "fires: []", "fires пуст"),
        ("silent: [радость]", "silent: 5", "нужен список слов"),
        ("patterns: [горе]", "patterns: [бо*]", "короче"),
        ("patterns: [горе]", "patterns: ['@нет']", "нет списка слов"),
        ("fires: [горе]", "contexts: [вечно]\n  fires: [горе]", "контекст «вечно» не описан"),
        ("fires: [горе]", "rank: 2\n  fires: [горе]", "«rank» повторяется"),
        ("version: 1", "version: 1\nfillers: [горе]", "стоит в fillers"),
        ("version: 1", "version: 1\nwords: {а: ['@б'], б: ['@а']}", "содержит сам себя"),
        ("version: 1", "version: 1\nлишнее: 1", "раздел «лишнее» неизвестен"),
        ("fires: [горе]", "threshold: 3\n  signs: 1\n  fires: [горе]", "signs"),
        ("version: 1", "version: 1\n\t- :", "YAML не читается"),
    ],
)
def test_broken_rules_are_refused_with_place_and_mend(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert RULE.count(old)
    assert says in complaint(tmp_path, RULE.replace(old, new, 1))


def test_no_rules_at_all_are_refused(tmp_path: Path) -> None:
    assert "нет файлов" in complaint(tmp_path)
    assert "ни одного правила" in complaint(tmp_path, "version: 1\n")


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    assert "0.yml:1: не UTF-8" in complaint(tmp_path, "# правила".encode("cp1251"))


def test_a_rule_defined_twice_names_both_places(tmp_path: Path) -> None:
    said = complaint(tmp_path, RULE, RULE)
    assert "1.yml:3: «one» уже есть" in said and "0.yml:3" in said


def test_the_project_rules_load_from_a_copy(tmp_path: Path) -> None:
    copy = tmp_path / "safety"
    shutil.copytree(ROOT / "safety", copy)
    assert SafetyRules.load(copy, MORPH).check("пожар") == RULES.check("пожар")
