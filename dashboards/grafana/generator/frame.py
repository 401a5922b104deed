"""What all dashboards share: variables, links, annotations and the grid."""
from .panel import DATASOURCE
from .promql import COLLECTOR, SCOPE

ALL = ".+"


def _query_variable(name, label, description, expression, many=True):
    return {
        "type": "query", "name": name, "label": label, "description": description, "datasource": DATASOURCE,
        "query": {"query": expression, "refId": f"variable-{name}"}, "refresh": 2, "sort": 1, "regex": "",
        "multi": many, "includeAll": many, "options": [], "hide": 0,
        # One alone begins as the first that there is.
        **({"allValue": ALL, "current": {"selected": True, "text": ["All"], "value": ["$__all"]}} if many else {}),
    }


def collector_variables():
    return [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "regex": "",
         "description": "The Prometheus that scrapes the collector.", "options": [], "hide": 0, "refresh": 1,
         "multi": False, "includeAll": False},
        _query_variable("job", "Job", "Prometheus job of the collector.", "label_values(relaywatch_build_info, job)"),
        _query_variable("instance", "Instance", "The collector.",
                        'label_values(relaywatch_build_info{job=~"$job"}, instance)'),
    ]


def location_variable(many=True):
    return _query_variable("location", "Location", "Where agents are.",
                           f"label_values(relaywatch_probes_total{{{COLLECTOR}}}, location)", many)


def endpoint_variables(many=True):
    return [
        _query_variable("endpoint", "Endpoint", "The mail server, by its name in the plan.",
                        f"label_values(relaywatch_probes_total{{{COLLECTOR}}}, endpoint)", many),
        _query_variable("port", "Port", "The port of the mail server.",
                        f'label_values(relaywatch_probes_total{{{COLLECTOR},endpoint=~"$endpoint"}}, port)'),
    ]


def page_variable():
    return {"type": "constant", "name": "page", "label": "Page", "query": "http://127.0.0.1:9587", "hide": 2,
            "description": "Where the collector's own page is, as a browser reaches it.", "skipUrlSync": True,
            "current": {"selected": True, "text": "http://127.0.0.1:9587", "value": "http://127.0.0.1:9587"},
            "options": [{"selected": True, "text": "http://127.0.0.1:9587", "value": "http://127.0.0.1:9587"}]}


def link_to(uid, title, *labels):
    """A data link that takes labels of the row or series along."""
    values = "".join(f"&var-{label}=${{__data.fields.{label}}}" for label in labels)
    return {"title": title, "url": f"/d/{uid}?${{datasource:queryparam}}{values}&${{__url_time_range}}"}


def _links():
    common = {"asDropdown": False, "icon": "external link", "keepTime": True, "targetBlank": False}
    return [
        {**common, "type": "dashboards", "title": "Relaywatch", "tags": ["relaywatch"], "includeVars": True,
         "tooltip": "The other dashboards, with the same selection", "url": ""},
        {**common, "type": "link", "title": "Page", "tags": [], "includeVars": False, "targetBlank": True,
         "tooltip": "The collector's own page: matrix, history, changes", "url": "${page}/"},
    ]


def _annotations(matchers):
    return {"list": [
        {"name": "Annotations & Alerts", "builtIn": 1, "type": "dashboard", "enable": True, "hide": True,
         "iconColor": "rgba(0, 211, 255, 1)", "datasource": {"type": "grafana", "uid": "-- Grafana --"}},
        # The value is the time of the change: a mark stands where it happened, not where it was scraped.
        {"name": "Rule changes", "enable": True, "hide": False, "iconColor": "orange", "datasource": DATASOURCE,
         "expr": "max by (location, endpoint, port, kind) "
                 f"(relaywatch_policy_last_change_timestamp_seconds{{{matchers}}}) * 1000 > 0",
         "step": "1m", "useValueForTime": True, "titleFormat": "{{kind}} changed",
         "textFormat": "{{location}}: {{endpoint}}:{{port}}", "tagKeys": "location,endpoint,port,kind"},
    ]}


def _placed(rows):
    """Panels with ids and grid positions. `rows`: (heading, [lines]), a line: (height, [(width, panel)]), 24 wide."""
    y, panels = 0, []
    for heading, lines in rows:
        panels.append({"type": "row", "title": heading, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
        y += 1
        for height, line in lines:
            x = 0
            for width, panel in line:
                panels.append({**panel, "gridPos": {"x": x, "y": y, "w": width, "h": height}})
                x += width
            y += height
    return [{"id": i + 1, **panel} for i, panel in enumerate(panels)]


def dashboard(name, title, description, variables, rows, changes=SCOPE, time="now-6h"):
    return {
        "uid": f"relaywatch-{name}", "title": title, "description": description, "tags": ["relaywatch"],
        "schemaVersion": 39, "version": 1, "editable": False, "graphTooltip": 1, "refresh": "1m", "timezone": "browser",
        "time": {"from": time, "to": "now"}, "timepicker": {}, "fiscalYearStartMonth": 0, "liveNow": False,
        "links": _links(), "annotations": _annotations(changes),
        "templating": {"list": [*variables, page_variable()]},
        "panels": _placed(rows),
    }
