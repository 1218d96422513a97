"""Safety rules ahead of any model: what must never wait for understanding."""

from dialog.nlu.safety.rules import KINDS, Kind, SafetyMatch, SafetyRules, Trace

__all__ = ["KINDS", "Kind", "SafetyMatch", "SafetyRules", "Trace"]
