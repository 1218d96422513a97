"""Safety rules ahead of any model: what must never wait for understanding."""

from dialog.nlu.safety.rules import Kind, SafetyMatch, SafetyRules, Trace

__all__ = ["Kind", "SafetyMatch", "SafetyRules", "Trace"]
