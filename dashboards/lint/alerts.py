"""What promtool does not ask of alerts: that whoever is woken knows what to do, and that each is tested both ways."""
import pathlib
import re

import yaml

from . import contract, promql
from .model import Dashboard
from .query_rules import unknown_names

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEVERITIES = {"critical", "warning", "info", "none"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
ALWAYS_FIRES = {"Watchdog"}


def read(folder):
    """All rules of a folder's *.rules.yaml, as (file, rule)."""
    for path in sorted(folder.glob("*.rules.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                yield path.name, rule


def tested(folder):
    """(alerts that a test sees firing, alerts that a test sees quiet)."""
    firing, quiet = set(), set()
    for path in sorted(folder.glob("*.test.yaml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for case in test.get("alert_rule_test", []):
                (firing if case["exp_alerts"] else quiet).add(case["alertname"])
    return firing, quiet


def _alert(rule, headings, dashboards):
    name = rule["alert"]
    labels, annotations = rule.get("labels", {}), rule.get("annotations", {})
    if labels.get("severity") not in SEVERITIES or labels.get("service") != "relaywatch":
        yield "no severity, or no service by which Alertmanager knows it"
    if set(annotations) != ANNOTATIONS:
        yield f"annotations are {sorted(annotations)}"
        return
    if not re.fullmatch(r"https://[^ ]+/docs/runbook\.md#" + name.lower(), annotations["runbook_url"]):
        yield "runbook_url is not its section of the runbook"
    if name not in headings:
        yield "no section in docs/runbook.md"
    uid, variables = re.fullmatch(r"https://[^ ]+/d/([\w-]+)\??(.*)", annotations["dashboard_url"]).groups()
    if uid not in dashboards:
        yield f"dashboard_url: no dashboard {uid}"
        return
    for variable in re.findall(r"var-(\w+)=", variables):
        if variable not in dashboards[uid].variables:
            yield f"dashboard_url: {uid} has no variable {variable}"


def check(rules=ROOT / "dashboards/rules", runbook=ROOT / "docs/runbook.md", grafana=ROOT / "dashboards/grafana"):
    headings = set(re.findall(r"^## (\w+)$", runbook.read_text(encoding="utf-8"), re.MULTILINE))
    dashboards = {dashboard.json["uid"]: dashboard for dashboard in map(Dashboard.read, sorted(grafana.glob("*.json")))}
    firing, quiet = tested(rules / "tests")
    everything = list(read(rules))
    known = contract.metrics()
    for _, rule in everything:
        if "record" in rule:
            known[rule["record"]] = promql.grouped_by(rule["expr"])
    found, names = [], set()
    for file, rule in everything:
        name = rule.get("alert") or rule["record"]
        messages = list(unknown_names(rule["expr"], known))
        if "alert" in rule:
            names.add(name)
            messages += _alert(rule, headings, dashboards)
            if name not in firing:
                messages.append("no test sees it firing")
            if name not in quiet | ALWAYS_FIRES:
                messages.append("no test sees it quiet")
        elif not re.fullmatch(r"relaywatch:\w+:\w+", name):
            messages.append("is not called level:metric:operation")
        found += [f"{file}: {name}: {message}" for message in messages]
    return found + [f"{runbook.name}: no alert is called {name}" for name in sorted(headings - names)]
