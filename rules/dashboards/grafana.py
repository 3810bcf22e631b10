"""What a dashboard is made of, and how Grafana (9 and later) wants it written. A query names the chosen hosts by `@`."""

import dataclasses
import zlib

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
CHOSEN = 'job=~"$job", instance=~"$instance"'
COLUMNS = 24  # of Grafana's grid
STAT_HEIGHT, GRAPH_HEIGHT = 4, 8

# Colours from which value on: [(colour, value)], the first without one.
PLAIN = [("text", None)]
GOOD = [("green", None)]
BAD_FROM_ONE = [("green", None), ("red", 1)]
ODD_FROM_ONE = [("green", None), ("orange", 1)]
GOOD_FROM_ONE = [("red", None), ("green", 1)]
LITTLE_IS_BAD = [("red", None), ("orange", 0.05), ("green", 0.15)]
MUCH_IS_ODD = [("green", None), ("orange", 0.8)]
SEVERITIES = {"critical": "red", "warning": "orange", "notice": "blue"}
YES_OR_NO = {1: ("yes", "green"), 0: ("no", "red")}


@dataclasses.dataclass(kw_only=True)
class Panel:
    """`queries` are legend -> query; `about` is what a person who sees it for the first time has to know."""
    title: str
    about: str
    unit: str
    queries: dict
    width: int = 8
    height: int = GRAPH_HEIGHT
    thresholds: list = dataclasses.field(default_factory=lambda: PLAIN)
    values: dict = dataclasses.field(default_factory=dict)   # value -> (text, colour)
    colours: dict = dataclasses.field(default_factory=dict)  # series -> colour

    kind, is_instant = "", False

    def targets(self):
        return [{"datasource": DATASOURCE, "editorMode": "code", "expr": query.replace("@", CHOSEN), "instant": self.is_instant,
                 "legendFormat": legend, "range": not self.is_instant, "refId": chr(ord("A") + i)}
                for i, (legend, query) in enumerate(self.queries.items())]

    def defaults(self):
        mappings = [{"type": "value", "options": {str(value): {"index": i, "text": text, "color": colour}}}
                    for i, (value, (text, colour)) in enumerate(self.values.items())]
        return {"color": {"mode": "thresholds"}, "mappings": mappings, "thresholds": steps(self.thresholds), "unit": self.unit}

    def overrides(self):
        return [override(series, color={"mode": "fixed", "fixedColor": colour}) for series, colour in self.colours.items()]

    def options(self):
        return {}

    def json(self, row, x, y):
        # Made of its name, so that links to it survive when another panel is put before it.
        return {"id": zlib.crc32(f"{row}/{self.title}".encode()) % 1_000_000, "type": self.kind, "title": self.title,
                "description": self.about, "datasource": DATASOURCE, "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
                "fieldConfig": {"defaults": self.defaults(), "overrides": self.overrides()}, "options": self.options(),
                "targets": self.targets()}


class Graph(Panel):
    """Lines over time."""
    kind = "timeseries"
    is_stacked = False

    def defaults(self):
        custom = {"drawStyle": "line", "fillOpacity": 30 if self.is_stacked else 8, "lineWidth": 1, "showPoints": "never",
                  "spanNulls": False, "stacking": {"group": "A", "mode": "normal" if self.is_stacked else "none"}}
        return {**super().defaults(), "color": {"mode": "palette-classic"}, "custom": custom, "min": 0}

    def options(self):
        return {"legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"}}


class Stack(Graph):
    """Lines over time whose sum says something."""
    is_stacked = True


class Stat(Panel):
    """What is so now, in large figures."""
    kind, is_instant = "stat", True

    def options(self):
        return {"colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto", "showPercentChange": False,
                "textMode": "auto", "wideLayout": True,
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}

    def overrides(self):
        return [override(series, thresholds=steps([("green", None), (colour, 1)])) for series, colour in self.colours.items()]


class Bars(Panel):
    """The greatest of many, now."""
    kind, is_instant = "bargauge", True

    def options(self):
        return {"displayMode": "basic", "maxVizHeight": 300, "minVizHeight": 10, "minVizWidth": 0, "namePlacement": "auto",
                "orientation": "horizontal", "showUnfilled": True, "sizing": "auto", "valueMode": "text", "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}

    def defaults(self):
        return {**super().defaults(), "min": 0}


class Timeline(Panel):
    """States over time, a line for each series."""
    kind = "state-timeline"

    def defaults(self):
        return {**super().defaults(), "custom": {"fillOpacity": 70, "lineWidth": 0}}

    def options(self):
        return {"alignValue": "left", "mergeValues": True, "rowHeight": 0.8, "showValue": "never",
                "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
                "tooltip": {"mode": "single", "sort": "none"}}


@dataclasses.dataclass(kw_only=True)
class Column:
    query: str
    unit: str = "none"
    thresholds: list = dataclasses.field(default_factory=lambda: PLAIN)
    values: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(kw_only=True)
class Table(Panel):
    """A row for each set of `labels` (label -> heading), and what `columns` (heading -> Column) say of it."""
    labels: dict
    columns: dict
    queries: dict = dataclasses.field(default_factory=dict)
    unit: str = "none"
    links: dict = dataclasses.field(default_factory=dict)  # heading -> where a click on it leads

    kind, is_instant = "table", True

    def targets(self):
        self.queries = {heading: column.query for heading, column in self.columns.items()}
        return [{**target, "format": "table", "legendFormat": ""} for target in super().targets()]

    def overrides(self):
        made = [override(heading, links=[{"title": "Open", "url": url}]) for heading, url in self.links.items()]
        for heading, column in self.columns.items():
            properties = {"unit": column.unit, "thresholds": steps(column.thresholds)}
            if column.values:
                properties["mappings"] = [{"type": "value", "options": {str(value): {"index": i, "text": text, "color": colour}}}
                                          for i, (value, (text, colour)) in enumerate(column.values.items())]
            if column.values or column.thresholds is not PLAIN:
                properties["custom.cellOptions"] = {"type": "color-text"}
            made.append(override(heading, **properties))
        return made

    def options(self):
        return {"cellHeight": "sm", "footer": {"reducer": [], "show": False}, "showHeader": True,
                "sortBy": [{"desc": True, "displayName": next(iter(self.columns))}]}

    def json(self, row, x, y):
        values = ["Value"] if len(self.columns) == 1 else ["Value #" + chr(ord("A") + i) for i in range(len(self.columns))]
        names = dict(zip([*self.labels, *values], [*self.labels.values(), *self.columns]))
        organize = {"excludeByName": {"Time": True}, "indexByName": {name: i for i, name in enumerate(names)}, "renameByName": names}
        return {**super().json(row, x, y),
                "transformations": [{"id": "merge", "options": {}}, {"id": "organize", "options": organize}]}


def steps(thresholds):
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in thresholds]}


def override(series, **properties):
    return {"matcher": {"id": "byName", "options": series}, "properties": [{"id": key, "value": value} for key, value in properties.items()]}


def choice(name, label, query, is_one=False):
    """A variable whose values Prometheus knows. All of them are written out, so that no foreign job is among them."""
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return {"current": {"selected": False, "text": "", "value": ""} if is_one else everything,
            "datasource": DATASOURCE, "definition": query, "hide": 0, "includeAll": not is_one, "label": label, "multi": not is_one,
            "name": name, "options": [], "query": {"query": query, "refId": "StandardVariableQuery"}, "refresh": 2, "regex": "",
            "skipUrlSync": False, "sort": 1, "type": "query"}


def source_choice():
    return {"current": {"selected": False, "text": "default", "value": "default"}, "hide": 0, "includeAll": False,
            "label": "Data source", "multi": False, "name": "datasource", "options": [], "query": "prometheus", "refresh": 1,
            "regex": "", "skipUrlSync": False, "type": "datasource"}


def annotation(name, colour, query, text):
    return {"datasource": DATASOURCE, "enable": True, "expr": query.replace("@", CHOSEN), "hide": False, "iconColor": colour,
            "name": name, "titleFormat": name, "textFormat": text, "useValueForTime": False}


def link(title, uid):
    return {"asDropdown": False, "icon": "dashboard", "includeVars": True, "keepTime": True, "tags": [], "targetBlank": False,
            "title": title, "tooltip": "", "type": "link", "url": "/d/" + uid}


@dataclasses.dataclass(kw_only=True)
class Dashboard:
    uid: str
    title: str
    about: str
    choices: list
    annotations: list
    links: list
    rows: dict  # title -> panels

    def json(self):
        return {"annotations": {"list": self.annotations}, "description": self.about, "editable": True, "fiscalYearStartMonth": 0,
                "graphTooltip": 1, "id": None, "links": self.links, "liveNow": False, "panels": self.panels(), "refresh": "30s",
                "schemaVersion": 38, "tags": ["purposewatch"], "templating": {"list": [source_choice(), *self.choices]},
                "time": {"from": "now-6h", "to": "now"}, "timepicker": {}, "timezone": "browser", "title": self.title,
                "uid": self.uid, "version": 1, "weekStart": ""}

    def panels(self):
        """From left to right, and below when the line is full."""
        made, y = [], 0
        for title, panels in self.rows.items():
            made.append({"id": zlib.crc32(title.encode()) % 1_000_000, "type": "row", "title": title, "collapsed": False,
                         "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y}, "panels": []})
            y, x, tallest = y + 1, 0, 0
            for panel in panels:
                if x + panel.width > COLUMNS:
                    x, y, tallest = 0, y + tallest, 0
                made.append(panel.json(title, x, y))
                x, tallest = x + panel.width, max(tallest, panel.height)
            y += tallest
        return made
