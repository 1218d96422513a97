"""Files that were never content: each is named with its place, and none stops the reading."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dialog.content.findings import Severity
from dialog.content.yaml_files import read_folder

ALIASES = 'a: &a ["x"]\n' + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)
"""Ten lines that stand for a billion items."""


def only(folder: Path) -> tuple[str, str]:
    """Place and text of the one finding."""
    files, findings = read_folder(folder)
    assert files == []
    (finding,) = findings
    assert finding.mend
    return finding.place, finding.message


@pytest.mark.parametrize(
    ("data", "place", "says"),
    [
        (b"a: \tb: c\n", "a.yml:1", "двоеточие"),
        (b"a:\n\t- b\n", "a.yml:2", "табуляция"),
        (b'a: "b\nc: d\n', "a.yml:3", "не закрыты кавычки"),
        (b"a: [b, c\nd: e\n", "a.yml:2", "квадратная скобка"),
        (b"a: 1\n---\nb: 2\n", "a.yml:2", "вторая строка"),
        (b"- a\n- b\n", "a.yml:1", "нужны разделы"),
        ("слово\n".encode(), "a.yml:1", "нужны разделы"),
        ("a: слово\n".encode("cp1251"), "a.yml:1", "Windows-1251"),
        ("a: слово\n".encode("utf-16"), "a.yml:1", "UTF-16"),
        ("a: b\nc: d\ne: f g h\n".encode("utf-16-le"), "a.yml:1", "UTF-16"),
        (b"a: b\nc: \0d\n", "a.yml:2", "U+0000"),
        (b"a: b\nc: \x07d\n", "a.yml:2", "U+0007"),
        ("a: b\nc: \ufeffd\n".encode(), "a.yml:2", "U+FEFF"),
        (ALIASES.encode(), "a.yml:1", "якоря"),
        (b"a: *nobody\n", "a.yml:1", "якоря"),
        (b"a: &a [*a]\n", "a.yml:1", "якоря"),
        (b"a: " + b"[" * 100_000, "a.yml:1", "вложенность больше 40"),
        (b"{a: " * 50_000, "a.yml:1", "вложенность больше 40"),
        (b"\n".join(b" " * i + b"a:" for i in range(500)), "a.yml:41", "вложенность больше 40"),
        (b"", "a.yml", "файл пуст"),
        (b"# later\n", "a.yml", "файл пуст"),
        (b"a: b\n" * 1_200_000, "a.yml", "больше 5 МБ"),
        (bytes(range(256)) * 20, "a.yml:1", "UTF-"),
    ],
)
def test_a_file_that_is_no_content_is_named(
    tmp_path: Path, data: bytes, place: str, says: str
) -> None:
    (tmp_path / "a.yml").write_bytes(data)
    named, message = only(tmp_path)
    assert named == place
    assert says in message


def test_tags_are_never_obeyed(tmp_path: Path) -> None:
    marker = tmp_path / "made"
    text = f'a: !!python/object/apply:os.mkdir ["{marker}"]\n'
    (tmp_path / "a.yml").write_text(text)
    read_folder(tmp_path)
    assert not marker.exists()


def test_a_key_that_is_no_word_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("x: y\n? [a, b]\n: c\n")
    _, (finding,) = read_folder(tmp_path)
    assert finding.place == "a.yml:2"


def test_line_ends_of_other_systems_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes("a: слово\r\nb: слово\r\n".encode())
    files, findings = read_folder(tmp_path)
    assert [file.name for file in files] == ["a.yml"]
    assert findings == []


@pytest.mark.parametrize("link", ["a.yml", "nowhere.yml", "/dev/zero"])
def test_links_to_themselves_to_nothing_and_to_devices_are_named(tmp_path: Path, link: str) -> None:
    (tmp_path / "a.yml").symlink_to(link)
    assert only(tmp_path) == ("a.yml", "это не файл или ссылка в никуда")


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yml")
    assert only(tmp_path)[0] == "a.yml"


@pytest.mark.timeout(20)
def test_a_folder_that_holds_itself_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: b\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    files, (finding,) = read_folder(tmp_path)
    assert [file.name for file in files] == ["a.yml"]
    assert finding.place == "sub/up"
    assert finding.severity is Severity.ERROR


def test_a_folder_read_by_a_link_beside_it_is_no_loop(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.yml").write_text("a: b\n")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    files, findings = read_folder(tmp_path)
    assert [file.name for file in files] == ["one/a.yml", "two/a.yml"]
    assert findings == []


@pytest.mark.parametrize("name", ["a.YML", "a.yml.txt", "a.yml~", "a.yaml.bak"])
def test_a_file_that_an_editor_takes_for_content_and_is_not_read_is_named(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("a: b\n")
    place, message = only(tmp_path)
    assert place == name
    assert "не читается" in message


def test_what_programs_leave_behind_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "._a.yml").write_bytes(b"\0\1\2")
    (tmp_path / ".a.yml.swp").write_bytes(b"\0\1\2")
    assert read_folder(tmp_path) == ([], [])


@pytest.mark.parametrize("name", [b"\xff\xfe.yml", b"a\nb.yml"])
def test_a_name_that_is_no_text_can_still_be_shown(tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 (bytes)
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("a: [")
    place, _ = only(tmp_path)
    assert place.isprintable()
    place.encode()


def test_a_folder_that_cannot_be_read_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yml").write_text("a: b\n")
    listing = Path.iterdir

    def refuse(self: Path) -> object:  # also for root, who may read anything
        if self.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listing(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    files, (finding,) = read_folder(tmp_path)
    assert [file.name for file in files] == ["open/a.yml"]
    assert finding.place == "closed"
    assert "нет прав" in finding.message
