"""Editors' training data: read as Rasa reads it; whatever is broken is named with its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dialog.content.findings import Severity
from dialog.content.nlu_reader import load_nlu, read_nlu
from dialog.errors import ContentError


def write(folder: Path, text: str, name: str = "a.yml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def intent(name: str, *examples: str) -> str:
    lines = "".join(f"    - {example}\n" for example in examples)
    return f"- intent: {name}\n  examples: |\n{lines}"


def document(*items: str) -> str:
    return 'version: "3.1"\nnlu:\n' + "".join(items)


def only_error(folder: Path, **options: object) -> str:
    """The one error that the check finds, and that loading refuses."""
    _, findings = read_nlu(folder, **options)  # type: ignore[arg-type]
    found = [f for f in findings if f.severity is Severity.ERROR]
    assert len(found) == 1, [str(f) for f in found]
    with pytest.raises(ContentError) as refusal:
        load_nlu(folder, **options)  # type: ignore[arg-type]
    assert found[0].place in str(refusal.value)
    return str(found[0])


def test_examples_carry_their_intent_entities_and_place(tmp_path: Path) -> None:
    write(
        tmp_path,
        document(
            intent(
                "make_appointment",
                "запишите к [лору](specialty)",
                'нужен [ушник]{"entity": "specialty", "value": "lor", "role": "who"} срочно',
                "хочу к [зубному](specialty:dentist)",
                '[Иван Петров][{"entity": "name"}, {"entity": "surname"}] на завтра',
            )
        ),
    )
    first, second, third, fourth = load_nlu(tmp_path).examples
    assert (first.text, first.intent, first.line) == ("запишите к лору", "make_appointment", 5)
    assert [(e.entity, e.value, e.start, e.end) for e in first.entities] == [
        ("specialty", "лору", 11, 15)
    ]
    assert second.text == "нужен ушник срочно"
    assert (second.entities[0].value, second.entities[0].role) == ("lor", "who")
    assert third.entities[0].value == "dentist"
    assert fourth.text[: fourth.entities[0].end] == "Иван Петров"
    assert [e.entity for e in fourth.entities] == ["name", "surname"]


def test_synonyms_come_from_their_section_and_from_annotations(tmp_path: Path) -> None:
    write(
        tmp_path,
        document(
            intent("a", 'к [ушнику]{"entity": "specialty", "value": "lor"}'),
            "- synonym: lor\n  examples: |\n    - лор\n    - отоларинголог\n",
            "- lookup: town\n  examples: |\n    - Оханск\n    - Барда\n",
            "- regex: phone\n  examples: |\n    - \\d{10}\n",
        ),
    )
    data = load_nlu(tmp_path)
    assert data.synonyms == {"ушнику": "lor", "лор": "lor", "отоларинголог": "lor"}
    assert data.lookups == {"town": ("Оханск", "Барда")}
    assert data.regexes == {"phone": ("\\d{10}",)}


def test_examples_may_be_a_list_with_text(tmp_path: Path) -> None:
    write(
        tmp_path,
        document("- intent: affirm\n  examples:\n  - text: |\n      да\n  - text: ага\n"),
    )
    assert [e.text for e in load_nlu(tmp_path).examples] == ["да", "ага"]


def test_words_that_old_yaml_takes_for_booleans_stay_words(tmp_path: Path) -> None:
    write(tmp_path, document("- intent: on\n  examples: |\n    - yes\n    - no\n"))
    assert [(e.intent, e.text) for e in load_nlu(tmp_path).examples] == [
        ("on", "yes"),
        ("on", "no"),
    ]


def test_files_of_subfolders_are_read_in_order_and_other_files_are_not(tmp_path: Path) -> None:
    write(tmp_path, document(intent("b", "два")), "z/b.yaml")
    write(tmp_path, document(intent("a", "раз")), "a.yml")
    write(tmp_path, "не yaml: [", "notes.txt")
    assert [e.file for e in load_nlu(tmp_path).examples] == ["a.yml", "z/b.yaml"]


def test_broken_markup_is_found_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, 'version: "3.1"\nnlu:\n- intent: a\n   examples: |\n    - раз\n')
    assert only_error(tmp_path).startswith("a.yml:4: разметка YAML нарушена")


def test_another_encoding_is_found_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(document(intent("a", "раз")).encode("cp1251"))
    assert only_error(tmp_path).startswith("a.yml:5: файл сохранён не в кодировке UTF-8")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(document(intent("a", "раз")).encode("utf-8-sig"))
    assert load_nlu(tmp_path).intents == ("a",)


def test_the_same_words_in_two_intents_are_found_with_both_places(tmp_path: Path) -> None:
    write(tmp_path, document(intent("a", "где сдать анализы?")))
    write(tmp_path, document(intent("b", "Где сдать анализы")), "b.yml")
    error = only_error(tmp_path)
    assert error.startswith("b.yml:5:")
    assert "«a» (a.yml:5) и «b»" in error


def test_a_repeat_within_one_intent_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, document(intent("a", "ещё раз", "еще раз!")))
    _, findings = read_nlu(tmp_path)
    assert any(f.line == 6 and "уже есть (a.yml:5)" in f.message for f in findings)
    assert len(load_nlu(tmp_path).examples) == 2


@pytest.mark.parametrize("examples", ["", "  examples: |\n", "  examples:\n"])
def test_an_intent_without_examples_is_an_error(tmp_path: Path, examples: str) -> None:
    write(tmp_path, document("- intent: empty\n" + examples))
    assert "a.yml:3: intent «empty»: нет ни одного примера" in only_error(tmp_path)


def test_an_example_of_ten_thousand_characters_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, document(intent("a", "раз", "ой " * 3333 + "ой")))
    assert only_error(tmp_path).startswith("a.yml:6: пример в 10001 знаков")


@pytest.mark.parametrize("character", ["\x07", "\x00", "\x1b", "\u2028"])
def test_control_characters_are_found_with_their_line(tmp_path: Path, character: str) -> None:
    write(tmp_path, document(intent("a", "раз", f"два{character}три")))
    error = only_error(tmp_path)
    assert error.startswith("a.yml:6: управляющий символ")
    assert f"U+{ord(character):04X}" in error


def test_invisible_characters_are_a_warning(tmp_path: Path) -> None:
    write(tmp_path, document(intent("a", "ра\u200bз")))
    _, findings = read_nlu(tmp_path)
    assert any("невидимый символ U+200B" in f.message and f.line == 5 for f in findings)


@pytest.mark.parametrize(
    ("said", "word", "right"),
    [
        ("запишите к вpачу", "вpачу", "врачу"),
        ("мaма упала c дивана", "мaма", "мама"),
        ("где сделать KT", "KT", "КТ"),
    ],
)
def test_latin_look_alikes_are_found_and_spelt_out(
    tmp_path: Path, said: str, word: str, right: str
) -> None:
    write(tmp_path, document(intent("a", said)))
    _, findings = read_nlu(tmp_path)
    assert any(f"«{word}»" in f.message and f"«{right}»" in f.mend for f in findings)


def test_plain_latin_words_are_no_look_alikes(tmp_path: Path) -> None:
    write(tmp_path, document(intent("a", "у меня не работает wifi и telegram")))
    assert load_nlu(tmp_path).intents == ("a",)


@pytest.mark.parametrize(
    "said",
    ["к [лору(specialty)", "к лору](specialty)", "к [лору] завтра", 'к [лору]{"entity": }'],
)
def test_unbalanced_annotations_are_errors(tmp_path: Path, said: str) -> None:
    write(tmp_path, document(intent("a", said)))
    assert only_error(tmp_path).startswith("a.yml:5: ")


def test_an_unknown_intent_is_an_error_where_the_known_are_given(tmp_path: Path) -> None:
    write(tmp_path, document(intent("make_apointment", "запишите")))
    assert "неизвестное намерение" in only_error(tmp_path, known_intents={"make_appointment"})


def test_retrieval_intents_are_refused(tmp_path: Path) -> None:
    write(tmp_path, document(intent("faq/hours", "до скольки вы")))
    assert "с косой чертой" in only_error(tmp_path)


def test_a_line_without_a_dash_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, document("- intent: a\n  examples: |\n    - раз\n    два\n"))
    assert only_error(tmp_path).startswith("a.yml:6: ")


def test_a_synonym_of_two_meanings_is_an_error(tmp_path: Path) -> None:
    write(
        tmp_path,
        document(
            "- synonym: lor\n  examples: |\n    - ушной\n",
            "- synonym: surdolog\n  examples: |\n    - ушной\n",
        ),
    )
    assert "«lor» (a.yml:5)" in only_error(tmp_path)


def test_a_key_given_twice_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, document("- intent: a\n  intent: b\n  examples: |\n    - раз\n"))
    _, findings = read_nlu(tmp_path)
    assert any(f.line == 4 and "дважды" in f.message for f in findings)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    assert "папки нет" in only_error(tmp_path / "nlu")


def test_a_folder_without_permission_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, document(intent("a", "раз")))
    write(tmp_path, document(intent("b", "два")), "closed/b.yml")
    if os.geteuid() == 0:  # root may read anything: the system call has to say no itself
        listing = Path.iterdir

        def refuse(self: Path) -> object:
            if self.name == "closed":
                raise PermissionError(13, "Permission denied")
            return listing(self)

        monkeypatch.setattr(Path, "iterdir", refuse)
    else:
        (tmp_path / "closed").chmod(0)
    assert only_error(tmp_path).startswith("closed: нет прав на чтение папки")


def test_a_file_without_permission_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, document(intent("a", "раз")))
    if os.geteuid() == 0:
        opening = Path.open

        def refuse(self: Path, mode: str = "r", **options: object) -> object:
            if self == path:
                raise PermissionError(13, "Permission denied")
            return opening(self, mode, **options)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", refuse)
    else:
        path.chmod(0)
    assert only_error(tmp_path).startswith("a.yml: нет прав на чтение файла")


def test_one_broken_file_keeps_all_the_others_from_loading(tmp_path: Path) -> None:
    write(tmp_path, document(intent("a", "раз")))
    write(tmp_path, "nlu: [", "b.yml")
    with pytest.raises(ContentError, match=r"b\.yml"):
        load_nlu(tmp_path)
