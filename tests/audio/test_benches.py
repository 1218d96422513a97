"""`python -m bench`: lists and runs."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from bench.__main__ import benches, cli, run_many


def test_a_bench_is_listed_though_its_imports_are_missing(tmp_path: Path) -> None:
    (tmp_path / "vad.py").write_text(
        '"""How well speech is found.\n\nMore."""\nimport no_such_library\ndef main(argv): ...\n'
    )
    (tmp_path / "helpers.py").write_text('"""No bench."""\n')
    (tmp_path / "__main__.py").write_text("def main(argv): ...\n")
    assert benches(tmp_path) == {"vad": "How well speech is found."}


def test_helpers_are_no_benches(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["--list"]) == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert not listed & {"audio", "corpus", "words"}


def test_an_unknown_name_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli(["no_such_bench"])
    assert ended.value.code == 2
    assert "no bench no_such_bench; there are:" in capsys.readouterr().err


def test_a_bench_gets_what_follows_the_dashes_and_its_code_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[str] = []
    fake = ModuleType("bench.fake")

    def main(argv: list[str]) -> int:
        given.extend(argv)
        return 3

    vars(fake)["main"] = main
    monkeypatch.setitem(sys.modules, "bench.fake", fake)
    monkeypatch.setattr("bench.__main__.benches", lambda: {"fake": ""})
    assert cli(["fake", "--", "--calls", "2"]) == 3
    assert given == ["--calls", "2"]


def test_one_bench_that_fails_does_not_stop_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_many(["first_missing", "second_missing"], []) == 1
    heard = capfd.readouterr()
    assert "== second_missing ==" in heard.out
    assert "failed: first_missing, second_missing" in heard.err
