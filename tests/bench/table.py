"""Markdown tables."""
import math

MISSED = "✗"


def table(header, rows):
    """Rows of cells; figures are aligned right, the first column left. A row may be shorter than the header."""
    lines = [header, ["---"] + ["--:"] * (len(header) - 1)]
    lines += [list(row) + [""] * (len(header) - len(row)) for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def at_most(value, target, text):
    """`text`, which shows `value`, with a mark when the value is above its target."""
    return f"**{text} {MISSED}**" if value > target else text


def ratio(value, target=None):
    if value is None:
        return "–"
    # Judged as printed: nobody should see "1.15 ✗" beside "≤ 1.15".
    return at_most(round(value, 2), target, f"{value:.2f}") if target else f"{value:.2f}"


def percent(share):
    """Rounded away from 1: only everything, and exactly once, is 100 %."""
    if share is None:
        return "–"
    hundredths = round(share * 10000, 6)
    hundredths = math.floor(hundredths) if share < 1 else math.ceil(hundredths)
    return "100 %" if hundredths == 10000 else f"{hundredths / 100:.2f} %"
