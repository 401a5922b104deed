"""Rules about variables, after grafana/dashboard-linter, and of our own."""
import re

from .model import Rule

DATASOURCES = ("$datasource", "${datasource}")
REQUIRED = ("datasource", "job", "instance", "location")
BUILT_IN = re.compile(r"__\w+")
USE = re.compile(r"\$(?:\{(\w+)[^}]*\}|(\w+))")


def _datasource(dashboard):
    variable = dashboard.variables.get("datasource")
    if variable is None:
        yield "no variable 'datasource'"
    elif variable["type"] != "datasource" or variable.get("query") != "prometheus":
        yield "variable 'datasource' does not choose a Prometheus"
    elif variable.get("label") != "Data source":
        yield "variable 'datasource' is not labelled 'Data source'"


def _target_variable(name):
    def check(dashboard):
        variable = dashboard.variables.get(name)
        if variable is None:
            yield f"no variable '{name}'"
            return
        expected = {"type": "query", "label": name.capitalize(), "multi": True, "includeAll": True, "allValue": ".+"}
        for key, value in expected.items():
            if variable.get(key) != value:
                yield f"variable '{name}': {key} is {variable.get(key)!r}, not {value!r}"
        if (variable.get("datasource") or {}).get("uid") not in DATASOURCES:
            yield f"variable '{name}' does not use $datasource"
    return check


def _queries(dashboard):
    for name, variable in dashboard.variables.items():
        query = variable.get("query")
        if variable["type"] != "query":
            continue
        if not re.fullmatch(r"label_values\(.+, \w+\)", query["query"] if isinstance(query, dict) else str(query)):
            yield f"variable '{name}' is not filled by label_values(selector, label)"


def _reload(dashboard):
    for name, variable in dashboard.variables.items():
        if variable["type"] == "query" and variable.get("refresh") != 2:
            yield f"variable '{name}' is not filled again when the time range changes (refresh: 2)"


def _required(dashboard):
    for name in REQUIRED:
        if name not in dashboard.variables:
            yield f"no variable '{name}'"
    for name, variable in dashboard.variables.items():
        if not variable.get("description") or not variable.get("label"):
            yield f"variable '{name}' has no label or no description"


def _uses(text):
    return {braced or plain for braced, plain in USE.findall(text) if not BUILT_IN.fullmatch(braced or plain)}


def _used(dashboard):
    everything = _uses(repr(dashboard.json))
    for name in sorted(everything - dashboard.variables.keys()):
        yield f"${name} is used and is no variable"
    for name in sorted(dashboard.variables.keys() - everything):
        yield f"variable '{name}' is used nowhere"


RULES = (
    Rule("template-datasource-rule", "a dashboard must work with any Prometheus", _datasource),
    Rule("template-job-rule", "a Prometheus may scrape more than one deployment", _target_variable("job")),
    Rule("template-instance-rule", "a deployment may have more than one collector", _target_variable("instance")),
    Rule("template-label-promql-rule", "a variable that cannot be filled empties the dashboard", _queries),
    Rule("template-on-time-change-reload-rule", "what existed last week must be selectable when looking at last week", _reload),
    Rule("template-required-rule", "the selection is the same on all dashboards, and explains itself", _required),
    Rule("template-used-rule", "a variable without effect misleads, an undefined one finds nothing", _used),
)
