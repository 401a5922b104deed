"""Panels as Grafana's JSON wants them: title, description and unit are not optional here."""

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# The probe metrics of one agent move once in its interval: with this step, $__rate_interval is four of them.
PROBE_STEP = "1m"

GREEN, YELLOW, ORANGE, RED, PURPLE, GREY, BLUE = "green", "yellow", "orange", "red", "purple", "text", "blue"
# Whose side to look at first (docs/verdicts.md), by colour: network red, settings and server policy orange, TLS purple.
VERDICT_COLOURS = (
    ("ok", GREEN),
    ("dns_failure|connect_.*|connection_lost|reply_timeout|not_smtp", RED),
    ("starttls_.*|tls_.*|certificate_invalid|intercepted", PURPLE),
    ("service_unavailable|greylisted|temporary_failure|rate_limited", YELLOW),
    ("relay_open", RED),
    (".+", ORANGE),
)
RELAY_STATES = (("untested", GREY), ("refused", GREEN), ("accepted", BLUE), ("blocked", RED))
BAD_RATIO = ((None, GREEN), (0.05, YELLOW), (0.2, RED))
GOOD_RATIO = ((None, RED), (0.8, YELLOW), (0.95, GREEN))
ANY_IS_BAD = ((None, GREEN), (1, RED))
PLAIN = ((None, GREEN),)


def query(expression, legend="", step=None):
    """A curve over the range shown."""
    return _target(expression, step, legendFormat=legend, instant=False, range=True, format="time_series")


def now(expression, legend="", step=None, table=False):
    """The value at the end of the range shown."""
    return _target(expression, step, legendFormat=legend, instant=True, range=False,
                   format="table" if table else "time_series")


def _target(expression, step, **rest):
    target = {"datasource": DATASOURCE, "editorMode": "code", "expr": expression, **rest}
    if step:
        target["interval"] = step
    return target


def _panel(kind, title, description, unit, targets, options, custom=None, **defaults):
    targets = [{"refId": chr(ord("A") + i), **target} for i, target in enumerate(targets)]
    field = {"unit": unit, "mappings": defaults.pop("mappings", []), **defaults}
    if custom is not None:
        field["custom"] = custom
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "fieldConfig": {"defaults": field, "overrides": []}, "options": options, "targets": targets}


def _thresholds(steps):
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in steps]}


def stat(title, description, unit, targets, thresholds=PLAIN, text_mode="auto", mappings=()):
    return _panel("stat", title, description, unit, targets, {
        "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
        "percentChangeColorMode": "standard", "showPercentChange": False, "textMode": text_mode, "wideLayout": True,
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }, color={"mode": "thresholds"}, thresholds=_thresholds(thresholds), mappings=list(mappings), noValue="no data")


def timeseries(title, description, unit, targets, stacked=False, **axis):
    return _panel("timeseries", title, description, unit, targets, {
        "legend": {"calcs": ["lastNotNull", "max"], "displayMode": "table", "placement": "right", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }, custom={
        "drawStyle": "line", "lineWidth": 1, "fillOpacity": 60 if stacked else 10, "showPoints": "auto",
        "spanNulls": False, "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
    }, color={"mode": "palette-classic"}, min=axis.pop("min", 0), **axis)


def relay_timeline(title, description, target):
    results = {str(number): {"text": state, "color": colour, "index": number}
               for number, (state, colour) in enumerate(RELAY_STATES)}
    return _panel("state-timeline", title, description, "none", [target], {
        "alignValue": "left", "mergeValues": True, "rowHeight": 0.85, "showValue": "auto",
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "single", "sort": "none"},
    }, custom={"fillOpacity": 70, "lineWidth": 0}, color={"mode": "thresholds"}, thresholds=_thresholds(((None, GREY),)),
        mappings=[{"type": "value", "options": results}])


def table(title, description, unit, target, columns, links=()):
    """`columns`: (label of the query, heading), the value's label is Value; in this order, the rest hidden."""
    names = [name for name, _ in columns]
    panel = _panel("table", title, description, unit, [target], {"cellHeight": "sm", "frameIndex": 0, "showHeader": True},
                   custom={"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False},
                   color={"mode": "thresholds"}, thresholds=_thresholds(((None, GREY),)), noValue="none")
    panel["transformations"] = [
        {"id": "filterFieldsByName", "options": {"include": {"names": names}}},
        {"id": "organize", "options": {"excludeByName": {}, "indexByName": {name: i for i, name in enumerate(names)},
                                       "renameByName": dict(columns)}},
    ]
    panel["fieldConfig"]["defaults"]["links"] = list(links)
    return panel


def verdict_table(title, description, target):
    """Rows and columns of promql.verdict_matrix; a cell is the verdict in its colour."""
    mappings = [{"type": "regex", "options": {"pattern": f"^({pattern})$", "result": {"color": colour, "index": i}}}
                for i, (pattern, colour) in enumerate(VERDICT_COLOURS)]
    panel = _panel("table", title, description, "string", [target],
                   {"cellHeight": "sm", "frameIndex": 0, "showHeader": True},
                   custom={"align": "auto", "cellOptions": {"type": "color-background", "mode": "basic"}, "inspect": False},
                   color={"mode": "thresholds"}, thresholds=_thresholds(((None, "transparent"),)), mappings=mappings,
                   noValue="no probes")
    panel["transformations"] = [
        {"id": "groupingToMatrix",
         "options": {"rowField": "row", "columnField": "column", "valueField": "verdict", "emptyValue": "empty"}},
        {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": "row\\column"}]}},
    ]
    panel["fieldConfig"]["overrides"] = [{
        "matcher": {"id": "byName", "options": "row\\column"},
        "properties": [{"id": "displayName", "value": " "}, {"id": "custom.cellOptions", "value": {"type": "auto"}}]}]
    return panel
