"""`voice122 keys`: on the server itself, without the service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voice122.cli.keys import keys


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE122_DATA_DIR", str(tmp_path))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(keys, arguments)


def test_made_listed_revoked() -> None:
    made = run("create", "АТС", "--role", "router", "--organisation", "minzdrav", "--days", "30")
    assert made.stdout.startswith("v122_")
    key_id = made.stdout.split("_")[1]
    assert "never used" in run("list").stdout
    document = json.loads(run("list", "--json").stdout)
    assert (document["id"], document["role"], document["organisation"]) == (
        key_id, "router", "minzdrav"
    )  # fmt: skip
    assert made.stdout.strip().rsplit("_", 1)[1] not in run("list", "--json").stdout
    assert "revoked" in run("revoke", key_id).stdout


def test_an_unknown_key_to_revoke_is_an_error() -> None:
    result = run("revoke", "0123")
    assert result.exit_code != 0
    assert "voice122 keys list" in result.stderr
