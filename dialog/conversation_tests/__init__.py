"""Conversation tests: what editors write in `nlu_data/tests/conversations/*.yml`, and their runner.

A test tells a call in plain words: what the caller says or presses, and what must follow. It is
played against the engine that callers talk to, with the time of day and the request register's
answers given by the test.
"""
