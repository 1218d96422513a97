"""`deploy/asterisk` agrees with what editors own, and its scripts refuse what they should."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from routing.destinations_file import load_destinations
from routing.hours import load_hours
from tests.asterisk.private_asterisk import DEPLOY, ROOT
from tests.dialog.scripts import CONTENT, real_script

WAITED_IN = re.compile(r"(?m)^\[voice122-([a-z_]+)\]\(voice122-queue\)$")
DIALLED = re.compile(r"(?m)^exten => (\d+),1,Dial\(PJSIP/(\d+)@trunk,30,U\(voice122-answered\)\)$")


def shipped(name: str) -> str:
    return (DEPLOY / "voice122" / name).read_text()


def test_every_queue_of_the_content_is_there() -> None:
    script = real_script()
    wanted = {topic.queue for topic in script.topics.values()}
    wanted |= set(re.findall(r"queue: ([a-z_]+)", _texts("flows/*.yml", "intents.yml")))
    assert set(WAITED_IN.findall(shipped("queues.conf"))) >= wanted - {"callback"}


def test_the_numbers_that_may_be_dialled_are_those_of_the_content() -> None:
    zone = load_hours(CONTENT / "hours.yml").timezone
    items = load_destinations(CONTENT / "destinations.yml", zone).items.values()
    dialled = DIALLED.findall(shipped("site.conf"))
    assert {number for number, _ in dialled} == {item.number for item in items if item.connect}
    assert all(number == called for number, called in dialled)


def test_no_password_is_shipped() -> None:
    for path in (DEPLOY / "voice122").glob("*.conf"):
        assert not re.search(r"(?m)^\s*password", path.read_text()), path


def test_each_account_has_a_password_of_its_own() -> None:
    made = [subprocess.check_output([DEPLOY / "account", "101"], text=True) for _ in range(2)]
    passwords = [re.findall(r"(?m)^password = (\S{24})$", text) for text in made]
    assert all(len(found) == 1 for found in passwords)
    assert passwords[0] != passwords[1]


@pytest.mark.parametrize("name", ["", "10 1", "101]\ntype=endpoint", "ольга", "../101"])
def test_an_account_with_a_strange_name_is_refused(name: str) -> None:
    done = subprocess.run([DEPLOY / "account", name], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage" in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize("script", ["deploy/asterisk/root", "tests/asterisk/run"])
def test_without_root_a_script_says_which_line_to_run(script: str) -> None:
    """Copied without its surroundings, to where nobody may read it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder, script)
        copy.parent.mkdir(parents=True)
        copy.write_bytes((ROOT / script).read_bytes())
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", copy],
            capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "run: sudo " in done.stderr


def _texts(*globs: str) -> str:
    return "\n".join(p.read_text() for glob in globs for p in sorted(CONTENT.glob(glob)))
