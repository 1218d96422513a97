"""Safety rules hold on callers' phrases, stay silent on ordinary ones, and read any text."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dialog.nlu.safety import SafetyRules

ROOT = Path(__file__).parents[3] / "nlu_data"


def phrases(name: str, label: str) -> list[tuple[str, list[str]]]:
    """Every phrase of a test file with its kinds (or the reason for silence)."""
    groups = yaml.safe_load((ROOT / "tests" / "safety" / name).read_text("utf-8"))["groups"]
    return [
        (text, [group[label]] if isinstance(group[label], str) else group[label])
        for group in groups
        for text in group["phrases"]
    ]


@pytest.fixture(scope="module")
def rules() -> SafetyRules:
    return SafetyRules.load(ROOT / "safety")


def test_every_emergency_fires_a_rule_of_its_kind(rules: SafetyRules) -> None:
    heard = [(text, kinds, rules.check(text)) for text, kinds in phrases("positive.yml", "kind")]
    assert len(heard) >= 220
    assert [
        (text, kinds, match) for text, kinds, match in heard if not match or match.kind not in kinds
    ] == []


def test_ordinary_phrases_raise_at_most_one_false_alarm_in_a_hundred(rules: SafetyRules) -> None:
    quiet = phrases("negative.yml", "why")
    assert len(quiet) >= 300
    alarms = [(text, match) for text, _ in quiet if (match := rules.check(text))]
    assert len(alarms) <= len(quiet) // 100, alarms
