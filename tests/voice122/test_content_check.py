"""`voice122 content check` on the project's own content, and on what could happen to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dialog.content.findings import Finding, Severity, errors
from dialog.content.folder import ContentFolder
from voice122.cli.main import cli
from voice122.content import CHECKS, check_content

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def project() -> set[Finding]:
    """What is found in the content as it is."""
    return set(check_content(ROOT / "nlu_data", TODAY))


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data")


def run(content: Path, *options: str) -> Result:
    # The environment of this test, not of the process: nothing is left behind.
    return CliRunner().invoke(
        cli, ["content", "check", *options], env={"VOICE122_CONTENT_DIR": str(content)}
    )


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(content: Path) -> None:
        text = (content / name).read_text(encoding="utf-8")
        assert old in text
        (content / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def written(name: str, data: str | bytes) -> Callable[[Path], None]:
    def spoil(content: Path) -> None:
        (content / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    return spoil


HEALTH = "responses/health.yml"
HOSTILE = {
    "broken yaml": (replaced(HEALTH, "metadata:", "metadata: x: y"), HEALTH),
    "tab": (replaced(HEALTH, "    - text", "\t- text"), HEALTH),
    "another encoding": (written("nlu/affirm.yml", "nlu:\n".encode("utf-16")), "nlu/affirm.yml"),
    "cp1251": (written("intents.yml", "intents: {а: б}".encode("cp1251")), "intents.yml"),
    "one answer in two files": (
        written("responses/z.yml", "responses:\n  utter_ct_scan:\n  - text: Другое.\n"),
        "responses/z.yml",
    ),
    "ten thousand characters": (
        written("nlu/z.yml", "nlu:\n- intent: thanks\n  examples: |\n    - " + "да " * 3400),
        "nlu/z.yml",
    ),
    "an intent without examples": (
        written("nlu/z.yml", "nlu:\n- intent: thanks\n  examples: |\n"),
        "nlu/z.yml",
    ),
    "an unknown intent": (
        written("nlu/z.yml", "nlu:\n- intent: weather\n  examples: |\n    - дождь будет\n"),
        "nlu/z.yml",
    ),
    "empty topics": (written("intents.yml", ""), "intents.yml"),
    "empty answers": (written("responses/services.yml", ""), "responses/services.yml"),
    "control characters": (replaced(HEALTH, "Точных", "Точ\x07ных"), HEALTH),
    "a list of another shape": (written("lists/z.yml", "entries: [а]\n"), "lists/z.yml"),
    "a flow of another shape": (written("flows/z.yml", "flows: {a: [1]}\n"), "flows/z.yml"),
    "no hours": (lambda content: (content / "hours.yml").unlink(), "hours.yml"),
    "a broken safety rule": (
        replaced("safety/crisis.yml", "- id: no_wish_to_live", "- id:"),
        "safety/crisis.yml",
    ),
    "no phrases": (lambda content: shutil.rmtree(content / "nlu"), "nlu"),
    "no answers": (lambda content: shutil.rmtree(content / "responses"), "responses"),
    "a wrong digit": (
        replaced("responses/support.yml", "тридцать три, семьдесят", "тридцать три, сорок"),
        "responses/support.yml",
    ),
    "a forbidden claim": (
        replaced(
            "responses/mobilization.yml",
            "На личные вопросы",
            "Повестку вручают только лично. На личные вопросы",
        ),
        "responses/mobilization.yml",
    ),
    "deeper than the stack": (written("flows/z.yml", "a: " + "[" * 100_000), "flows/z.yml"),
    "aliases": (written("lists/z.yml", "entries: {a: &a {name: б}, b: *a}"), "lists/z.yml"),
}


def test_the_projects_content_may_go_live(project: set[Finding]) -> None:
    assert [str(finding) for finding in errors(project)] == []


def test_the_projects_phrases_are_apart(project: set[Finding]) -> None:
    near = [finding for finding in project if "почти то же" in finding.message]
    assert len(near) <= 5, [str(finding) for finding in near]


@pytest.mark.parametrize("what", HOSTILE)
def test_the_check_names_the_place_whatever_happens_to_a_file(
    content: Path, project: set[Finding], what: str
) -> None:
    spoil, place = HOSTILE[what]
    spoil(content)
    new = [finding for finding in check_content(content, TODAY) if finding not in project]
    assert f"nlu_data/{place}" in {finding.file for finding in new}, [str(f) for f in new]
    assert all(finding.message and finding.consequence and finding.mend for finding in new)


def test_a_missing_folder_is_one_error(tmp_path: Path) -> None:
    (finding,) = check_content(tmp_path / "nothing", TODAY)
    assert "папки нет" in finding.message


def test_one_check_that_breaks_does_not_hide_the_others(content: Path) -> None:
    def broken(content: ContentFolder) -> Iterator[Finding]:
        raise ZeroDivisionError("ой")
        yield

    def sound(content: ContentFolder) -> Iterator[Finding]:
        yield Finding(Severity.WARNING, content.name("x.yml"), 1, "что-то", "никак", "исправьте")

    found = check_content(content, TODAY, (broken, sound))
    assert "broken не справилась" in found[0].message
    assert found[1].place == "nlu_data/x.yml:1"


def test_every_check_is_carried_out_once() -> None:
    assert len(set(CHECKS)) == len(CHECKS)


def test_dates_are_held_against_the_day_that_was_asked_for(content: Path) -> None:
    later = run(content, "--at", "2027-01-01").stdout
    assert "ответ utter_make_appointment_wait действовал до 31.12.2026" in later
    assert "соединяют с оператором" in later
    assert "действовал до" not in run(content, "--at", "2026-11-24").stdout


def test_the_check_prints_place_consequence_and_mend(content: Path) -> None:
    replaced(HEALTH, "Точных", "Тoчных")(content)
    done = run(content)
    assert done.exit_code == 1
    first = done.stdout.splitlines()[:3]
    assert first[0].startswith("nlu_data/responses/health.yml:9: ошибка: латинские буквы")
    assert first[1].strip().startswith("Что будет:")
    assert first[2].strip().startswith("Как исправить:")
    assert "Ошибок: 1" in done.stdout.splitlines()[-1]


def test_warnings_stop_only_a_strict_check(content: Path) -> None:
    replaced(HEALTH, "Точных часов", "Часов с 8 до 20")(content)
    assert run(content).exit_code == 0
    assert run(content, "--strict").exit_code == 1


def test_findings_as_json_have_their_fields(content: Path) -> None:
    replaced(HEALTH, "Точных", "Тoчных")(content)
    found = [json.loads(line) for line in run(content, "--json").stdout.splitlines()]
    assert list(found[0]) == ["severity", "file", "line", "message", "consequence", "mend"]
    assert found[0]["severity"] == "error"
    assert found[0]["line"] == 9
