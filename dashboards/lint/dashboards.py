"""All rules on all dashboards."""
from . import layout_rules, panel_rules, query_rules, template_rules
from .model import Dashboard

RULES = (*template_rules.RULES, *panel_rules.RULES, *layout_rules.RULES, *query_rules.RULES)


def findings(dashboard):
    return [f"{dashboard.name}: {rule.name}: {message} ({rule.reason})" for rule in RULES for message in rule.check(dashboard)]


def check(paths):
    dashboards = [Dashboard.read(path) for path in paths]
    found = [finding for dashboard in dashboards for finding in findings(dashboard)]
    uids = [dashboard.json.get("uid") for dashboard in dashboards]
    if len(set(uids)) != len(uids):
        found.append(f"two dashboards have the same uid: {uids}")
    return found
