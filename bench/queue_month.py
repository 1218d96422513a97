"""A month of calls through our strategies and Asterisk's: service level, waits, evenness."""

from __future__ import annotations

import argparse
import statistics
import time

from bench.queue_people import equal_operators, month_of_calls
from bench.queue_policies import Asterisk, Ours, Policy
from bench.queue_simulation import Centre, Outcome
from routing.queue.figures import jain

OURS = ("least_occupied", "longest_idle", "round_robin")
"""`skill_level` is `least_occupied` among operators with equal skills."""
ASTERISK = ("leastrecent", "fewestcalls", "rrmemory", "random", "linear")
TARGET_S = 20.0


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="queue_month")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--calls", type=float, default=4500, help="a day")
    parser.add_argument("--operators", type=int, default=97, help="in two crews, two days on")
    parser.add_argument("--handling", type=float, default=180, help="talk and wrap-up (s)")
    parser.add_argument("--seed", type=int, default=122)
    options = parser.parse_args(argv)
    for bursty in (False, True):
        calls = month_of_calls(
            options.days, options.calls, options.handling, options.seed, bursty=bursty
        )
        print(
            f"\n{'bursty' if bursty else 'Poisson'} arrivals: {len(calls)} calls in {options.days}"
            f" days, {options.operators} operators in two crews, {options.handling:.0f} s;"
            f" service level: {TARGET_S:.0f} s"
        )
        print(
            f"{'policy':24} {'SL, %':>6} {'SL ans., %':>10} {'ASA, s':>7} {'p95, s':>7}"
            f" {'gave up, %':>10} {'lost':>5} {'Jain':>6} {'occupancy min..max':>19} {'run, s':>7}"
        )
        policies: list[Policy] = [*map(Ours, OURS), *map(Asterisk, ASTERISK)]
        for policy in policies:
            began = time.perf_counter()
            agents = equal_operators(options.operators)
            outcome = Centre(calls, agents, policy, options.seed).run(options.days)
            print(_line(policy.name, outcome, time.perf_counter() - began), flush=True)
    return 0


def _line(name: str, outcome: Outcome, seconds: float) -> str:
    waits = sorted(outcome.waits)
    in_time = sum(wait <= TARGET_S for wait in waits)
    left = sum(wait >= 5 for wait in outcome.gave_up)
    shares = [a.worked_s / a.staffed_s for a in outcome.agents if a.staffed_s]
    return (
        f"{name:24} {100 * in_time / (len(waits) + left):6.1f} {100 * in_time / len(waits):10.1f}"
        f" {statistics.fmean(waits):7.1f} {waits[int(0.95 * len(waits))]:7.1f}"
        f" {100 * left / (len(waits) + left):10.2f} {outcome.lost:5}"
        f" {jain(shares) or 0:6.4f} {min(shares):10.3f}..{max(shares):.3f} {seconds:10.1f}"
    )
