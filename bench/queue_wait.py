"""The estimated wait against Asterisk's moving average: how wrong each is."""

from __future__ import annotations

import argparse
import statistics

from bench.queue_people import equal_operators, month_of_calls
from bench.queue_policies import Ours
from bench.queue_simulation import Centre


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="queue_wait")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--calls", type=float, default=4500, help="a day")
    parser.add_argument("--seed", type=int, default=122)
    options = parser.parse_args(argv)
    print("callers who had to wait and were answered; error of the wait told on arrival")
    print(
        f"{'arrivals':10} {'operators':>9} {'callers':>8} {'mean wait, s':>12}"
        f" {'MSE ours, s2':>13} {'MSE Asterisk, s2':>17} {'ratio':>6} {'bias ours, s':>12}"
    )
    for bursty in (False, True):
        calls = month_of_calls(options.days, options.calls, 180, options.seed, bursty=bursty)
        name = "bursty" if bursty else "Poisson"
        for operators in (50, 60, 97):
            centre = Centre(
                calls, equal_operators(operators), Ours("least_occupied"), options.seed, guess=True
            )
            found = centre.run(options.days).guesses
            if len(found) < 30:
                print(
                    f"{'bursty' if bursty else 'Poisson':10} {operators:9} {len(found):8} too few"
                )
                continue
            ours = statistics.fmean((told - wait) ** 2 for told, _, wait in found)
            theirs = statistics.fmean((told - wait) ** 2 for _, told, wait in found)
            print(
                f"{name:10} {operators:9} {len(found):8}"
                f" {statistics.fmean(wait for _, _, wait in found):12.1f} {ours:13.0f}"
                f" {theirs:17.0f} {ours / theirs:6.2f}"
                f" {statistics.fmean(told - wait for told, _, wait in found):12.1f}",
                flush=True,
            )
    return 0
