"""Turn taking, frame by frame: who waits how long, and what cuts a wait short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.audio import FRAME_MS
from asr.endpoint import Endpointing, Expectation, Signal
from asr.endpointing import ByExpectation, EndpointSettings, FixedSilence, Pauses

STRATEGIES = [FixedSilence, ByExpectation]


def feed(endpointing: Endpointing, speech: bool, ms: int) -> list[tuple[int, Signal]]:
    """Feed `ms` of one verdict; return the signals with the time at which they came (ms)."""
    came = []
    for frame in range(1, ms // FRAME_MS + 1):
        signal = endpointing.accept(speech)
        if signal is not None:
            came.append((frame * FRAME_MS, signal))
    return came


def speaking(expectation: Expectation) -> ByExpectation:
    endpointing = ByExpectation()
    endpointing.expect(expectation)
    feed(endpointing, True, 600)
    return endpointing


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_speech_starts_after_80_ms(strategy: type[Endpointing]) -> None:
    endpointing = strategy()
    assert feed(endpointing, False, 1000) == []
    assert feed(endpointing, True, 200) == [(80, Signal.STARTED)]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("click_ms", [20, 40, 60])
def test_click_is_not_a_start(strategy: type[Endpointing], click_ms: int) -> None:
    endpointing = strategy()
    for _ in range(20):
        assert feed(endpointing, True, click_ms) == []
        assert feed(endpointing, False, 200) == []


def test_start_survives_a_stop_consonant() -> None:
    endpointing = ByExpectation()
    assert feed(endpointing, True, 40) + feed(endpointing, False, 60) == []
    assert feed(endpointing, True, 40) == [(40, Signal.STARTED)]


def test_fixed_silence_waits_the_same_after_any_question() -> None:
    for expectation in Expectation:
        endpointing = FixedSilence(600)
        endpointing.expect(expectation)
        feed(endpointing, True, 400)
        endpointing.guess("да")
        assert feed(endpointing, False, 1000)[-1] == (600, Signal.END)


@pytest.mark.parametrize(
    ("expectation", "pause_ms"),
    [
        (Expectation.YES_NO, 380),
        (Expectation.CHOICE, 500),
        (Expectation.OPEN, 660),
        (Expectation.DATE, 660),
        (Expectation.NAME, 700),
        (Expectation.ADDRESS, 900),
        (Expectation.DIGITS, 1300),
    ],
)
def test_pause_depends_on_the_question(expectation: Expectation, pause_ms: int) -> None:
    endpointing = speaking(expectation)
    maybe_end, end = feed(endpointing, False, 2000)
    assert maybe_end[1] is Signal.MAYBE_END
    assert end == (pause_ms, Signal.END)


def test_pauses_between_dictated_groups_do_not_set_the_recognizer_to_work() -> None:
    assert feed(speaking(Expectation.DIGITS), False, 280) == []
    assert feed(speaking(Expectation.DIGITS), False, 320) == [(300, Signal.MAYBE_END)]
    assert feed(speaking(Expectation.OPEN), False, 280) == [(160, Signal.MAYBE_END)]


def test_speech_after_maybe_end_resumes_and_the_pause_begins_anew() -> None:
    endpointing = speaking(Expectation.OPEN)
    assert feed(endpointing, False, 300) == [(160, Signal.MAYBE_END)]
    assert feed(endpointing, True, 100) == [(40, Signal.RESUMED)]
    assert feed(endpointing, False, 1000) == [(160, Signal.MAYBE_END), (660, Signal.END)]


def test_click_in_the_pause_does_not_prolong_the_turn() -> None:
    endpointing = speaking(Expectation.OPEN)
    assert feed(endpointing, False, 300) == [(160, Signal.MAYBE_END)]
    assert feed(endpointing, True, 20) == []
    assert feed(endpointing, False, 1000) == [(340, Signal.END)]


def test_whole_answer_ends_at_once() -> None:
    endpointing = speaking(Expectation.YES_NO)
    feed(endpointing, False, 220)
    assert endpointing.guess("да") is Signal.END
    assert feed(endpointing, False, 2000) == []


def test_finished_date_shortens_the_pause() -> None:
    endpointing = speaking(Expectation.DATE)
    feed(endpointing, False, 220)
    assert endpointing.guess("в четверг") is None
    assert feed(endpointing, False, 1000) == [(180, Signal.END)]


def test_whole_request_shortens_the_pause_after_an_open_question() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    assert endpointing.guess("запишите меня к терапевту") is None
    assert feed(endpointing, False, 1000) == [(180, Signal.END)]


def test_a_request_that_was_surely_understood_shortens_the_pause() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    assert endpointing.guess("к терапевту бы мне попасть поскорее") is None
    assert endpointing.understood() is None
    assert feed(endpointing, False, 1000) == [(180, Signal.END)]


def test_a_request_that_was_understood_late_ends_at_once() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 500)
    assert endpointing.guess("к терапевту бы мне попасть поскорее") is None
    assert endpointing.understood() is Signal.END


def test_words_that_go_on_are_waited_for_whatever_they_mean() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    assert endpointing.guess("я хочу записаться к") is None
    assert endpointing.understood() is None
    assert feed(endpointing, False, 3000) == [(1280, Signal.END)]


def test_half_a_request_with_a_sure_meaning_gets_no_more_time_than_others() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    assert endpointing.guess("отказали в записи хочу пожаловаться") is None
    assert endpointing.understood() is None
    assert feed(endpointing, False, 1000) == [(440, Signal.END)]


@pytest.mark.parametrize("asked", [Expectation.NAME, Expectation.ADDRESS, Expectation.DIGITS])
def test_a_topic_does_not_answer_a_question_for_something_else(asked: Expectation) -> None:
    endpointing = speaking(asked)
    feed(endpointing, False, 600)
    assert endpointing.guess("терапевт мне нужен") is None
    assert endpointing.understood() is None


def test_what_was_understood_holds_for_its_own_pause() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    endpointing.guess("терапевт мне нужен")
    endpointing.understood()
    assert feed(endpointing, True, 300) == [(40, Signal.RESUMED)]
    assert endpointing.understood() is None
    assert feed(endpointing, False, 1000) == [(160, Signal.MAYBE_END), (660, Signal.END)]


def test_half_a_request_gets_more_time() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    assert endpointing.guess("у меня муж") is None
    assert feed(endpointing, False, 1000) == [(680, Signal.END)]


def test_late_guess_of_a_finished_answer_ends_at_once() -> None:
    endpointing = speaking(Expectation.DATE)
    feed(endpointing, False, 500)
    assert endpointing.guess("пятого декабря") is Signal.END


def test_unfinished_phrase_is_waited_for() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    assert endpointing.guess("я хочу записаться к") is None
    assert feed(endpointing, False, 3000) == [(1280, Signal.END)]


def test_patience_asked_for_ends_with_the_pause_it_was_asked_in() -> None:
    endpointing = speaking(Expectation.OPEN)
    feed(endpointing, False, 220)
    endpointing.guess("я хочу записаться к")
    assert feed(endpointing, True, 300) == [(40, Signal.RESUMED)]
    assert feed(endpointing, False, 1000) == [(160, Signal.MAYBE_END), (660, Signal.END)]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_guess_outside_of_a_pause_changes_nothing(strategy: type[Endpointing]) -> None:
    endpointing = strategy()
    endpointing.expect(Expectation.YES_NO)
    assert endpointing.guess("да") is None
    feed(endpointing, True, 200)
    assert endpointing.guess("да") is None
    feed(endpointing, False, 200)
    feed(endpointing, True, 200)
    assert endpointing.guess("да") is None


@pytest.mark.parametrize(
    ("expectation", "limit_ms"), [(Expectation.OPEN, 20_000), (Expectation.DIGITS, 30_000)]
)
def test_endless_speech_meets_the_limit(expectation: Expectation, limit_ms: int) -> None:
    endpointing = ByExpectation()
    endpointing.expect(expectation)
    came = feed(endpointing, True, limit_ms + 80)
    assert came == [(80, Signal.STARTED), (limit_ms + 80, Signal.TOO_LONG)]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_caller_who_goes_on_after_the_end_is_heard(strategy: type[Endpointing]) -> None:
    endpointing = strategy()
    endpointing.expect(Expectation.YES_NO)
    feed(endpointing, True, 200)
    assert feed(endpointing, False, 1500)[-1][1] is Signal.END
    assert feed(endpointing, True, 200) == [(80, Signal.STARTED)]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_expecting_anew_forgets_the_turn_under_way(strategy: type[Endpointing]) -> None:
    endpointing = strategy()
    feed(endpointing, True, 200)
    endpointing.expect(Expectation.YES_NO)
    assert feed(endpointing, False, 3000) == []
    assert feed(endpointing, True, 80) == [(80, Signal.STARTED)]


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Pauses(yes_no=0),
        lambda: Pauses(digits=60_000),
        lambda: EndpointSettings(start_speech_ms=400, start_window_ms=200),
        lambda: EndpointSettings(resume_speech_ms=0),
        lambda: EndpointSettings(maybe_end_ms=0),
        lambda: EndpointSettings(digits_maybe_end_ms=9000),
        lambda: EndpointSettings(finished_ms=2000, unfinished_ms=1000),
        lambda: EndpointSettings(limit_ms=10),
        lambda: FixedSilence(0),
    ],
)
def test_settings_that_make_no_sense_are_refused(broken: object) -> None:
    assert callable(broken)
    with pytest.raises(ValueError, match=r"ms|turn|at least"):
        broken()


ALLOWED = {
    None: {Signal.STARTED},
    Signal.STARTED: {Signal.MAYBE_END, Signal.END, Signal.TOO_LONG},
    Signal.MAYBE_END: {Signal.RESUMED, Signal.END, Signal.TOO_LONG},
    Signal.RESUMED: {Signal.MAYBE_END, Signal.END, Signal.TOO_LONG},
    Signal.END: {Signal.STARTED},
    Signal.TOO_LONG: {Signal.STARTED},
}
RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 120)), max_size=30)
TEXTS = st.sampled_from(["", "да", "нет не надо", "запишите меня к", "в четверг", "восемь девять"])


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(runs=RUNS, expectation=st.sampled_from(list(Expectation)), text=TEXTS)
def test_signals_always_come_in_a_legal_order(
    strategy: type[Endpointing], runs: list[tuple[bool, int]], expectation: Expectation, text: str
) -> None:
    endpointing = strategy()
    endpointing.expect(expectation)
    last: Signal | None = None
    for speech, frames in runs:
        for _ in range(frames):
            signal = endpointing.accept(speech)
            for came in (signal, endpointing.guess(text) if signal is Signal.MAYBE_END else None):
                if came is not None:
                    assert came in ALLOWED[last], f"{came} after {last}"
                    last = came


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(runs=RUNS, expectation=st.sampled_from(list(Expectation)), text=TEXTS)
def test_no_signal_comes_sooner_than_it_says(
    strategy: type[Endpointing], runs: list[tuple[bool, int]], expectation: Expectation, text: str
) -> None:
    endpointing = strategy()
    endpointing.expect(expectation)
    for speech, frames in runs:
        for _ in range(frames):
            soonest = endpointing.next_signal
            signal = endpointing.accept(speech)
            assert signal is None or soonest == 1
            if signal is Signal.MAYBE_END:
                endpointing.guess(text)
            elif signal is None:
                assert endpointing.next_signal >= soonest - 1


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(before=st.lists(st.booleans(), max_size=12), skipped=st.integers(0, 8))
def test_skipped_frames_count_as_silence(
    strategy: type[Endpointing], before: list[bool], skipped: int
) -> None:
    one, other = strategy(), strategy()
    for speech in before:
        if one.accept(speech) is not None:  # a turn is under way
            return
        other.accept(speech)
    one.skip(skipped)
    for _ in range(skipped):
        other.accept(False)
    after = [True] * 6
    assert [*map(one.accept, after)] == [*map(other.accept, after)]


@given(runs=RUNS, expectation=st.sampled_from(list(Expectation)))
def test_every_turn_ends_within_its_pause_of_silence(
    runs: list[tuple[bool, int]], expectation: Expectation
) -> None:
    endpointing = ByExpectation()
    endpointing.expect(expectation)
    under_way = False
    for speech, frames in [*runs, (False, 1300 // FRAME_MS)]:
        for _ in range(frames):
            signal = endpointing.accept(speech)
            if signal is not None:
                under_way = signal not in (Signal.END, Signal.TOO_LONG)
    assert not under_way
