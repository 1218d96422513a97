"""The queue's simulation against Erlang C: service level, speed of answer, occupancy."""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections.abc import Sequence

from scipy import stats

from bench.queue_people import Agent, Call
from bench.queue_policies import Ours
from bench.queue_simulation import Centre, Habits
from routing.erlang import Load, operators_needed, staffing

TARGET_S = 20.0
HALF_HOUR_S = 1800.0


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="queue_erlang")
    parser.add_argument("--runs", type=int, default=30, help="independent runs")
    parser.add_argument("--hours", type=float, default=50, help="of each")
    parser.add_argument("--operators", type=int, default=14)
    options = parser.parse_args(argv)
    load = Load(100, HALF_HOUR_S, 180)
    said = staffing(load, options.operators, TARGET_S)
    runs = [_run(load, options.operators, options.hours, seed) for seed in range(options.runs)]
    print(
        f"{load.calls:.0f} calls in 30 min, {load.aht_s:.0f} s, {options.operators} operators,"
        f" target {TARGET_S:.0f} s; {options.runs} runs of {options.hours:.0f} h,"
        " patient callers, no time to answer"
    )
    print(f"{'':16} {'Erlang C':>9} {'simulated':>10} {'95 % interval':>18}  inside")
    for name, expected, found in (
        ("service level", said.service_level, [run[0] for run in runs]),
        ("ASA, s", said.asa_s, [run[1] for run in runs]),
        ("occupancy", said.occupancy, [run[2] for run in runs]),
    ):
        low, high = _interval(found)
        inside = "yes" if low <= expected <= high else "NO"
        print(f"{name:16} {expected:9.3f} {statistics.fmean(found):10.3f}"
              f" {low:9.3f}..{high:.3f}  {inside}")  # fmt: skip
    need = operators_needed(load, 0.8, TARGET_S)
    print(f"operators for 80 % within {TARGET_S:.0f} s: {need.operators}")
    return 0


def _run(load: Load, operators: int, hours: float, seed: int) -> tuple[float, float, float]:
    rng = random.Random(seed)
    warm, end = 3600.0, 3600.0 + hours * 3600
    calls, at = [], 0.0
    while (at := at + rng.expovariate(load.calls / load.interval_s)) < end:
        calls.append(Call(at, rng.expovariate(1 / load.aht_s), 0.0, math.inf))
    agents = [Agent(f"o{n:02}", n, lambda day: True) for n in range(operators)]
    habits = Habits(answer_s=0.0, absent_share=0.0)
    centre = Centre(calls, agents, Ours("longest_idle"), seed, habits, always_open=True)
    outcome = centre.run(math.ceil(end / 86_400))
    # With one queue in order of arrival, answers come in the order of calls.
    waits = [w for call, w in zip(calls, outcome.waits, strict=True) if call.at >= warm]
    worked = sum(agent.worked_s for agent in agents)
    return (
        sum(wait <= TARGET_S for wait in waits) / len(waits),
        statistics.fmean(waits),
        worked / (operators * max(agent.since for agent in agents)),
    )


def _interval(values: Sequence[float]) -> tuple[float, float]:
    student = float(stats.t.ppf(0.975, len(values) - 1))
    half = student * statistics.stdev(values) / math.sqrt(len(values))
    mean = statistics.fmean(values)
    return mean - half, mean + half
