"""Rasa down, slow, broken or with another model: the embedded interpreter answers, and says why."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from dialog.nlu.breaker import CircuitBreaker
from dialog.nlu.embedded import EmbeddedInterpreter
from dialog.nlu.interpreter import Context
from dialog.nlu.rasa_client import RasaClient, RasaServer
from dialog.nlu.rasa_interpreter import FAILURES, OPEN_S, RECHECK_S, RasaInterpreter
from tests.rasa.conftest import Clock
from tests.rasa.faulty import MODEL, FaultyRasa, sends, sends_raw, understands

SAID = "запишите меня к терапевту"
BY_RASA, BY_EMBEDDED = "lab_results", "make_appointment"
"""What each of the two makes of `SAID`: so a test sees who answered."""

Connect = Callable[..., RasaInterpreter]


@pytest.fixture
def connect(server: FaultyRasa, embedded: EmbeddedInterpreter, clock: Clock) -> Iterator[Connect]:
    clients = []

    def connect(url: str = "", timeout_s: float = 5.0, failures: int = FAILURES) -> RasaInterpreter:
        client = RasaClient(RasaServer(url or server.url, MODEL, timeout_s))
        clients.append(client)
        breaker = CircuitBreaker(failures, OPEN_S, clock)
        return RasaInterpreter(client, embedded, breaker, clock)

    yield connect
    for client in clients:
        client.close()


def test_where_nothing_is_wrong_rasa_answers(connect: Connect, server: FaultyRasa) -> None:
    parse = connect().parse(SAID)
    assert (parse.intent, parse.text) == (BY_RASA, SAID)
    assert [(r.intent, round(r.confidence, 3)) for r in parse.ranking] == [
        (BY_RASA, 0.9),
        ("affirm", 0.1),
    ]
    assert server.asked == [SAID]


def test_a_server_that_is_down(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    interpreter = connect(url="http://127.0.0.1:9")
    assert interpreter.parse(SAID).intent == BY_EMBEDDED
    assert "cannot be reached" in caplog.text
    assert "embedded interpreter answers" in caplog.text


@pytest.mark.parametrize("manner", ["never", "drips"])
@pytest.mark.parametrize("where", ["on_status", "on_parse"])
def test_a_slow_server_is_not_waited_for(
    connect: Connect,
    server: FaultyRasa,
    caplog: pytest.LogCaptureFixture,
    manner: str,
    where: str,
) -> None:
    setattr(server, where, getattr(server, manner))
    # The server answers only after the test: a client that waits for it would hang.
    assert connect(timeout_s=0.2).parse(SAID).intent == BY_EMBEDDED
    assert "did not answer in 0.2 s" in caplog.text


@pytest.mark.parametrize(
    "status",
    [
        sends({"model_file": "/models/voice122-00000000000000bb.tar.gz"}),
        sends({"model_file": None}),
        sends({"model_file": 7}),
        sends([]),
        sends({}),
        sends({"status": "failure", "reason": "Conflict"}, status=409),
    ],
)
def test_another_model_is_never_asked(
    connect: Connect, server: FaultyRasa, caplog: pytest.LogCaptureFixture, status: object
) -> None:
    server.on_status = status  # type: ignore[assignment] # the type of `sends`
    interpreter = connect()
    for _ in range(5):
        assert interpreter.parse(SAID).intent == BY_EMBEDDED
    assert server.asked == []
    assert server.checks == 1, "a wrong model does not mend itself from turn to turn"
    assert "make serve-rasa" in caplog.text


def test_a_model_that_was_changed_meanwhile_is_noticed(
    connect: Connect, server: FaultyRasa, clock: Clock
) -> None:
    interpreter = connect()
    assert interpreter.parse(SAID).intent == BY_RASA
    server.on_status = sends({"model_file": "/models/another.tar.gz"})
    clock.now += RECHECK_S
    assert interpreter.parse(SAID).intent == BY_EMBEDDED


GOOD = understands({"lab_results": 1.0})

BROKEN = {
    "an error": sends({"status": "failure"}, status=500),
    "a page": sends(b"<html>502 Bad Gateway</html>"),
    "a redirect": sends(b"", status=302, headers={"Location": "http://192.0.2.1/"}),
    "nothing": sends(b""),
    "half": sends(b'{"intent": {"name": "lab_res'),
    "another encoding": sends('{"intent": "да"}'.encode("utf-16")),
    "bytes": sends(bytes(range(256))),
    "depth": sends(b"[" * 100_000),
    "length": sends(b" " * 1_000_001),
    "wrong compression": sends(b"plain", headers={"Content-Encoding": "gzip"}),
    "no HTTP": sends_raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a hang-up": sends_raw(b""),
    "a hang-up midway": sends_raw(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"intent"'),
    "null": sends(None),
    "a list": sends([]),
    "a number": sends(122),
    "an empty object": sends({}),
    "no intent": sends({**GOOD, "intent": None}),
    "an intent as text": sends({**GOOD, "intent": "lab_results"}),
    "no ranking": sends({**GOOD, "intent_ranking": None}),
    "an empty ranking": sends({**GOOD, "intent_ranking": []}),
    "only a fallback": sends(understands({"nlu_fallback": 1.0})),
    "a nameless intent": sends({**GOOD, "intent_ranking": [{"name": None, "confidence": 1.0}]}),
    "an unhashable name": sends({**GOOD, "intent_ranking": [{"name": [], "confidence": 1.0}]}),
    "not a number": sends(understands({"lab_results": float("nan")})),
    "infinity": sends(understands({"lab_results": float("inf")})),
    "a negative chance": sends(understands({"lab_results": 1.0, "affirm": -0.5})),
    "percents": sends(understands({"lab_results": 90.0})),
    "a chance in words": sends(understands({"lab_results": "много"})),  # type: ignore[dict-item]
    "a true chance": sends(understands({"lab_results": True})),
    "no chance for any": sends(understands({"lab_results": 0.0})),
    "no entities": sends({**GOOD, "entities": None}),
    "a number of entities": sends({**GOOD, "entities": 3}),
    "an entity beyond the text": sends(
        understands(
            {"lab_results": 1.0}, entities=[{"entity": "date", "value": "", "start": 5, "end": 500}]
        )
    ),
    "an entity without a place": sends(
        understands({"lab_results": 1.0}, entities=[{"entity": "date", "value": "завтра"}])
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_is_not_believed(
    connect: Connect, server: FaultyRasa, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    server.on_parse = BROKEN[fault]
    interpreter = connect()
    assert interpreter.parse(SAID).intent == BY_EMBEDDED
    assert "Rasa" in caplog.text
    server.on_parse = sends(GOOD)
    assert interpreter.parse(SAID).intent == BY_RASA, "one broken answer is no reason to give up"


@pytest.mark.parametrize("fault", ["an error", "half", "no HTTP", "nothing", "length"])
def test_a_broken_status_is_not_believed(connect: Connect, server: FaultyRasa, fault: str) -> None:
    server.on_status = BROKEN[fault]
    assert connect().parse(SAID).intent == BY_EMBEDDED
    assert server.asked == []


def test_after_failures_in_a_row_rasa_is_left_alone_for_a_while(
    connect: Connect, server: FaultyRasa, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    server.on_parse = BROKEN["an error"]
    interpreter = connect()
    for _ in range(FAILURES + 4):
        assert interpreter.parse(SAID).intent == BY_EMBEDDED
    assert len(server.asked) == FAILURES
    assert f"tried again every {OPEN_S:g} s" in caplog.records[-1].getMessage()
    assert len(caplog.records) == FAILURES, "one line a failure, none while it is left alone"

    clock.now += OPEN_S - 0.1
    interpreter.parse(SAID)
    assert len(server.asked) == FAILURES

    clock.now += 0.2  # on trial, and it fails: left alone again at once
    interpreter.parse(SAID)
    interpreter.parse(SAID)
    assert len(server.asked) == FAILURES + 1

    clock.now += OPEN_S
    server.on_parse = sends(GOOD)
    assert interpreter.parse(SAID).intent == BY_RASA
    assert "Rasa answers again" in caplog.text
    assert interpreter.parse(SAID).intent == BY_RASA


def test_failures_that_are_not_in_a_row_do_not_open_the_breaker(
    connect: Connect, server: FaultyRasa
) -> None:
    interpreter = connect()
    for _ in range(FAILURES + 2):
        server.on_parse = BROKEN["an error"]
        assert interpreter.parse(SAID).intent == BY_EMBEDDED
        server.on_parse = sends(GOOD)
        assert interpreter.parse(SAID).intent == BY_RASA


def test_a_server_that_comes_up_with_another_model_on_trial_is_not_asked(
    connect: Connect, server: FaultyRasa, clock: Clock
) -> None:
    server.on_parse = BROKEN["an error"]
    interpreter = connect(failures=1)
    interpreter.parse(SAID)
    server.on_parse = sends(GOOD)
    server.on_status = sends({"model_file": "old.tar.gz"})
    clock.now += OPEN_S
    assert interpreter.parse(SAID).intent == BY_EMBEDDED
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", [*BROKEN, "down", "never"])
def test_no_log_holds_what_a_caller_said(
    connect: Connect, server: FaultyRasa, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "меня зовут акакий башмачкин"
    server.on_parse = BROKEN.get(fault, server.never)
    interpreter = connect(
        url="http://127.0.0.1:9" if fault == "down" else "",
        timeout_s=0.2 if fault == "never" else 5,
    )
    interpreter.parse(secret, Context(asr_confidence=0.5, alternatives=(("мой полис", 0.4),)))
    assert caplog.text
    for word in [*secret.split(), "полис", ascii("акакий")[1:-1]]:
        assert word not in caplog.text


def test_a_proxy_of_the_environment_never_hears_callers(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert connect().parse(SAID).intent == BY_RASA
