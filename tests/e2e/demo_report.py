"""What the agent said of each act, and the page a person reads."""

import datetime
import re
from typing import NamedTuple

from demo_acts import FLAGGED, OUTSIDE, PERMITTED

MARKS = {True: ("✓", "32"), False: ("✗", "1;31")}
VERDICT_COLORS = {PERMITTED: "32", FLAGGED: "1;33", OUTSIDE: "2"}


class Row(NamedTuple):
    act: object
    verdict: str
    why: str
    clause: str
    latency_ms: float  # from the access in the kernel to the line in the file; None when there is no line
    as_expected: bool


def timestamp_ns(text):
    """RFC 3339 in UTC with nanoseconds, as nanoseconds since the epoch."""
    seconds, nanoseconds = re.fullmatch(r"(.*)\.(\d{9})Z", text).groups()
    moment = datetime.datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 10**9 + int(nanoseconds)


def row_of(done, rise, findings):
    """`rise`: series of accesses_total that rose during the act. `findings`: those of its process, with their arrival."""
    act = done.act
    if done.error:
        return Row(act, "failed", done.error, "", None, False)
    if findings:
        finding, arrived_ns = findings[0]
        own = finding["purposewatch"]
        right = act.expected == FLAGGED and len(findings) == 1 and not rise
        right = right and own["reason"] == act.why and finding["file"]["path"] == act.path
        latency_ms = (arrived_ns - timestamp_ns(finding["@timestamp"])) / 1e6
        return Row(act, own["verdict"], own["reason"], own["clause"], latency_ms, right)
    if rise:
        purposes = ", ".join(sorted(labels["purpose"] for labels, _ in rise))
        right = act.expected == PERMITTED and purposes == act.why and sum(value for _, value in rise) == 1
        return Row(act, PERMITTED, purposes, "", None, right)
    return Row(act, OUTSIDE, "", "", None, act.expected == OUTSIDE)


class Page:
    def __init__(self, out, color):
        self._out, self._color = out, color

    def print(self, text=""):
        print(text, file=self._out, flush=True)

    def paint(self, text, code):
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and code else text

    def table(self, rows):
        titles = ["", "WHO", "DOES WHAT", "EXPECTED", "VERDICT", "WHY", "TOLD AFTER"]
        cells = [[MARKS[row.as_expected][0], row.act.who, row.act.does, row.act.expected, row.verdict, why_text(row), latency_text(row)]
                 for row in rows]
        widths = [max(map(len, column)) for column in zip(titles, *cells)]
        self.print(self.paint(line(titles, widths), "1"))
        for row, texts in zip(rows, cells):
            padded = [text.ljust(width) for text, width in zip(texts, widths)]
            padded[-1] = texts[-1].rjust(widths[-1])
            padded[0] = self.paint(padded[0], MARKS[row.as_expected][1])
            padded[4] = self.paint(padded[4], VERDICT_COLORS.get(row.verdict, "1;31"))
            self.print("  ".join(padded))


def line(texts, widths):
    return "  ".join(text.ljust(width) for text, width in zip(texts, widths)).rstrip()


def why_text(row):
    return f"{row.why} ({row.clause})" if row.clause else row.why


def latency_text(row):
    return "" if row.latency_ms is None else f"{row.latency_ms:.1f} ms"
