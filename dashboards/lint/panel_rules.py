"""Rules about panels and the dashboard around them, after grafana/dashboard-linter, and of our own."""
import re

from .model import Rule
from .template_rules import DATASOURCES

# Of Grafana's value formats, those that fit what we measure.
UNITS = {"none", "string", "short", "percentunit", "bytes", "s", "ops", "dateTimeFromNow", "dateTimeAsIso"}
UIDS = {"relaywatch-fleet-overview", "relaywatch-endpoint", "relaywatch-location", "relaywatch-collector"}


def _datasource(dashboard):
    for panel in dashboard.panels:
        for part in (panel, *panel.get("targets", [])):
            if (part.get("datasource") or {}).get("uid") not in DATASOURCES:
                yield f"panel '{panel.get('title')}' does not use $datasource everywhere"
                break


def _title_description(dashboard):
    for panel in dashboard.panels:
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel.get('id')} '{panel.get('title', '')}' has no title or no description"
    if not dashboard.json.get("description"):
        yield "the dashboard has no description"


def _units(dashboard):
    for panel in dashboard.panels:
        unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
        if unit not in UNITS:
            yield f"panel '{panel.get('title')}' has the unit {unit!r}"


def _targets(dashboard):
    for panel in dashboard.panels:
        if not any(target.get("expr") for target in panel.get("targets", [])):
            yield f"panel '{panel.get('title')}' asks nothing"


def _editable(dashboard):
    if dashboard.json.get("editable") is not False:
        yield "editable is not false"


def _ids(dashboard):
    ids = [panel.get("id") for panel in dashboard.json.get("panels", [])]
    if len(set(ids)) != len(ids) or None in ids:
        yield "panels have no ids of their own"
    for panel in dashboard.panels:
        references = [target.get("refId") for target in panel.get("targets", [])]
        if len(set(references)) != len(references) or None in references:
            yield f"panel '{panel.get('title')}' has queries with the same refId"


def _legends(dashboard):
    for panel in dashboard.panels:
        curves = [target for target in panel.get("targets", []) if panel["type"] in ("timeseries", "state-timeline")]
        if any(not target.get("legendFormat") for target in curves):
            yield f"panel '{panel.get('title')}' has a query without a legend"


def _links(dashboard):
    links = dashboard.json.get("links", [])
    if not any(link["type"] == "dashboards" and "relaywatch" in link["tags"] for link in links):
        yield "no link to the other dashboards"
    if not any(link["type"] == "link" and link["url"].startswith("${page}") for link in links):
        yield "no link to the collector's page"
    if "relaywatch" not in dashboard.json.get("tags", []) or dashboard.json.get("uid") not in UIDS:
        yield "the tag or the uid by which others link here is missing"
    for uid in re.findall(r"'/d/([\w-]+)", repr(dashboard.json)):
        if uid not in UIDS:
            yield f"a link to the dashboard '{uid}', which does not exist"


def _annotations(dashboard):
    names = [item["name"] for item in dashboard.json.get("annotations", {}).get("list", []) if item.get("expr")]
    if "Rule changes" not in names:
        yield "rule changes are not annotated"


RULES = (
    Rule("panel-datasource-rule", "a panel with a data source of its own shows another deployment's figures", _datasource),
    Rule("panel-title-description-rule", "whoever looks at night must not guess what a panel means", _title_description),
    Rule("panel-units-rule", "0.4 of what?", _units),
    Rule("panel-no-targets-rule", "an empty panel is a broken one", _targets),
    Rule("panel-legend-rule", "a legend of all labels cannot be read", _legends),
    Rule("uneditable-dashboard", "edits in the browser are overwritten by the next provisioning", _editable),
    Rule("unique-id-rule", "Grafana takes panels with the same id for one", _ids),
    Rule("link-rule", "the next question is answered on another dashboard", _links),
    Rule("annotation-rule", "most curves bend because a rule was changed", _annotations),
)
