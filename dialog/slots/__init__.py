"""Slots: reading a value out of what the caller said, in the context of the question."""
