"""The dashboards as they are shipped: their panels, what these ask, and which metrics there are to ask for."""

import json
import pathlib
import re
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "rules" / "dashboards"
METRIC_TABLE = ROOT / "exporters" / "prometheus" / "metrics.cc"

# Of Prometheus itself, for each target.
OF_PROMETHEUS = {"up": set()}
OF_TARGETS = {"job", "instance"}
ROW = re.compile(r'Metric\{\s*"(?P<name>\w+)",\s*(?P<type>\w+),\s*"(?P<labels>[^"]*)"')
NAME = re.compile(r"\b(purposewatch_\w+|process_\w+|up)\b(?=\{)")
STRING = re.compile(r'"[^"]*"')


class Query(NamedTuple):
    dashboard: str
    panel: str
    expression: str
    is_instant: bool

    def metrics(self):
        return set(NAME.findall(self.expression))

    def __str__(self):
        return f"{self.dashboard} / {self.panel}: {self.expression}"


def dashboards():
    """Name of the file -> what is in it."""
    return {path.name: json.loads(path.read_text()) for path in sorted(SHIPPED.glob("*.json"))}


def panels(dashboard):
    """Those that show something: no rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries():
    """Of all panels and annotations."""
    found = []
    for dashboard in dashboards().values():
        uid = dashboard["uid"]
        found += [Query(uid, panel["title"], target["expr"], target["instant"]) for panel in panels(dashboard) for target in panel["targets"]]
        found += [Query(uid, note["name"], note["expr"], False) for note in dashboard["annotations"]["list"]]
    return found


def exported():
    """Series' name -> the labels it has, by the table in the source."""
    known = dict(OF_PROMETHEUS)
    for row in ROW.finditer(METRIC_TABLE.read_text()):
        labels = {label for label in row["labels"].split(", ") if label}
        if row["type"] == "Histogram":
            known |= {row["name"] + "_bucket": labels | {"le"}, row["name"] + "_sum": labels, row["name"] + "_count": labels}
        else:
            known[row["name"]] = labels
    return known


def grouped_by(expression):
    """The labels that are left of what a query gives, of the outermost grouping."""
    if re.match(r"(sum|min|max|count)\(", expression):
        return set()
    found = re.search(r"\bby\s*\(([^)]*)\)", expression)
    return {label.strip() for label in found[1].split(",")} if found else set()


def labels_asked_for(expression):
    """By matchers other than those of the target, and by grouping."""
    asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)) - OF_TARGETS
    for group in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression):
        asked |= {label.strip() for label in group.split(",")} - OF_TARGETS
    return asked


def as_grafana_asks(expression, scrape_interval_s, range_s, **variables):
    """With the variables replaced. Several values of one become alternatives, each escaped for a regular expression in a string."""
    chosen = {name: re.escape(values[0]) if len(values) == 1 else "(" + "|".join(map(re.escape, values)) + ")"
              for name, values in variables.items()}
    texts = {name: pattern.replace("\\", "\\\\") for name, pattern in chosen.items()}
    texts |= {"__rate_interval": f"{4 * scrape_interval_s}s", "__range": f"{range_s}s"}
    return re.sub(r"\$(\w+)", lambda found: texts[found[1]], expression)
