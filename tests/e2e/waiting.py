"""Waiting for a condition rather than for luck."""

import time


class TooLate(AssertionError):
    pass


def wait_until(condition, what, within_s=10):
    """The first true answer of `condition()`; TooLate, naming `what`, when the time is over."""
    deadline = time.monotonic() + within_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TooLate(f"not within {within_s} s: {what() if callable(what) else what}")
        time.sleep(0.001)  # polls
