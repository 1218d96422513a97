"""Carries audio and keys of a call: edges, pacing, the call session."""
