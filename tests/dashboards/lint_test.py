"""Each rule of dashboards/lint, by a good dashboard with one thing made bad: that rule must find it, and no other may."""
import copy
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dashboards"))

from lint import alerts, contract, dashboards, promql  # noqa: E402
from lint.model import Dashboard  # noqa: E402

GOOD = Dashboard.read(ROOT / "dashboards/grafana/fleet-overview.json")


def first(dashboard, kind):
    return next(panel for panel in dashboard.json["panels"] if panel["type"] == kind)


def variable(dashboard, name):
    return dashboard.variables[name]


def set_expression(expression):
    def change(dashboard):
        first(dashboard, "timeseries")["targets"][0]["expr"] = expression
    return change


def change(path, value):
    """Sets panels' timeseries field by its path."""
    def apply(dashboard):
        where = first(dashboard, "timeseries")
        for key in path[:-1]:
            where = where[key]
        where[path[-1]] = value
    return apply


SCOPE = 'job=~"$job",instance=~"$instance"'
BAD = {
    "template-datasource-rule": [lambda d: variable(d, "datasource").update(query="loki"),
                                 lambda d: variable(d, "datasource").update(label="DS")],
    "template-job-rule": [lambda d: variable(d, "job").update(multi=False), lambda d: variable(d, "job").update(allValue="")],
    "template-instance-rule": [lambda d: variable(d, "instance").update(datasource={"uid": "abc"})],
    "template-label-promql-rule": [lambda d: variable(d, "port").update(query="up")],
    "template-on-time-change-reload-rule": [lambda d: variable(d, "port").update(refresh=1)],
    "template-required-rule": [lambda d: variable(d, "port").update(description="")],
    "template-used-rule": [lambda d: d.json.update(description="of $nothing"),
                           lambda d: d.json["templating"]["list"].append(
                               {"type": "custom", "name": "idle", "label": "Idle", "description": "Idle"})],
    "panel-datasource-rule": [change(("datasource",), {"type": "prometheus", "uid": "abc"}),
                              change(("targets", 0, "datasource"), None)],
    "panel-title-description-rule": [change(("description",), ""), lambda d: d.json.update(description="")],
    "panel-units-rule": [change(("fieldConfig", "defaults", "unit"), "bananas"),
                         change(("fieldConfig", "defaults", "unit"), "")],
    "panel-no-targets-rule": [change(("targets",), [])],
    "panel-legend-rule": [change(("targets", 0, "legendFormat"), "")],
    "uneditable-dashboard": [lambda d: d.json.update(editable=True)],
    "unique-id-rule": [change(("id",), 1)],
    "link-rule": [lambda d: d.json.update(links=d.json["links"][1:]), lambda d: d.json.update(tags=[]),
                  lambda d: d.json["links"][0].update(url="/d/nowhere")],
    "annotation-rule": [lambda d: d.json["annotations"]["list"].pop()],
    "grid-rule": [lambda d: first(d, "timeseries")["gridPos"].update(w=13),
                  lambda d: first(d, "timeseries")["gridPos"].update(w=11),
                  lambda d: first(d, "table")["gridPos"].update(w=25)],
    "target-promql-rule": [set_expression(f"sum (relaywatch_store_bytes{{{SCOPE}}}")],
    "target-rate-interval-rule": [set_expression(f"rate(relaywatch_ingest_results_total{{{SCOPE}}}[5m])"),
                                  set_expression(f"rate(relaywatch_ingest_results_total{{{SCOPE}}}[$__range])")],
    "target-job-rule": [set_expression('relaywatch_store_bytes{instance=~"$instance"}'),
                        set_expression('relaywatch_store_bytes{job="$job",instance=~"$instance"}')],
    "target-instance-rule": [set_expression('relaywatch_store_bytes{job=~"$job"}')],
    "target-counter-agg-rule": [set_expression(f"sum (relaywatch_ingest_results_total{{{SCOPE}}})")],
    "target-histogram-rule": [set_expression("histogram_quantile(0.9, sum (rate(relaywatch_store_commit_duration_seconds_"
                                             f"bucket{{{SCOPE}}}[$__rate_interval])))")],
    "division-rule": [set_expression(f"relaywatch_store_bytes{{{SCOPE}}} / relaywatch_store_results{{{SCOPE}}}"),
                      set_expression(f"relaywatch_store_bytes{{{SCOPE}}} / (relaywatch_store_results{{{SCOPE}}})")],
    "metric-contract-rule": [set_expression(f"relaywatch_store_byte{{{SCOPE}}}"),
                             set_expression(f'relaywatch_store_bytes{{{SCOPE},lane="live"}}'),
                             set_expression(f"sum by (lane) (relaywatch_store_bytes{{{SCOPE}}})")],
}


class DashboardRules(unittest.TestCase):
    def test_every_rule_finds_what_it_is_for_and_no_other_does(self):
        for rule, changes in BAD.items():
            for number, make_bad in enumerate(changes):
                with self.subTest(rule=rule, number=number):
                    bad = Dashboard("bad.json", copy.deepcopy(GOOD.json))
                    make_bad(bad)
                    found = dashboards.findings(bad)
                    self.assertTrue(found)
                    self.assertEqual({finding.split(": ")[1] for finding in found}, {rule}, found)

    def test_every_rule_is_tested(self):
        self.assertEqual({rule.name for rule in dashboards.RULES}, set(BAD))

    def test_missing_variables_are_found(self):
        bad = Dashboard("bad.json", copy.deepcopy(GOOD.json))
        bad.json["templating"]["list"] = []
        found = "\n".join(dashboards.findings(bad))
        for rule in ("template-datasource-rule", "template-job-rule", "template-instance-rule", "template-required-rule"):
            self.assertIn(rule, found)


class PromQL(unittest.TestCase):
    def test_reads_selectors_with_their_matchers_ranges_and_calls(self):
        found = promql.selectors('sum by (location) (rate(a_total{x="{1}",y!~"b c"}[5m])) / on (x) b > 0 and c offset 1h')
        self.assertEqual([(s.metric, s.matchers, s.range, s.function) for s in found],
                         [("a_total", (("x", "=", "{1}"), ("y", "!~", "b c")), "5m", "rate"),
                          ("b", (), "", ""), ("c", (), "", "")])

    def test_takes_no_function_label_or_variable_for_a_metric(self):
        found = promql.selectors('max_over_time(relaywatch:x:y[23h] offset 1h) * time() - vector(1) + m{l="$v"}')
        self.assertEqual([s.metric for s in found], ["relaywatch:x:y", "m"])

    def test_finds_denominators_that_may_be_zero(self):
        self.assertEqual(promql.unguarded_divisions("a / (sum(b) > 0)"), [])
        self.assertEqual(promql.unguarded_divisions('a{x="/"} / 1000'), [])
        self.assertEqual(promql.unguarded_divisions("a / (b > 0) / c"), ["c"])
        self.assertEqual(promql.unguarded_divisions("a / (b + (c > 0))"), ["(b + (c > 0))"])


class Contract(unittest.TestCase):
    def test_knows_the_metrics_of_the_page_with_their_labels(self):
        known = contract.metrics()
        self.assertEqual(known["relaywatch_probes_total"],
                         {"location", "endpoint", "port", "profile", "verdict", "job", "instance"})
        self.assertIn("le", known["relaywatch_probe_stage_duration_seconds_bucket"])
        self.assertEqual(known["relaywatch_store_bytes"], {"job", "instance"})


RULE = """groups:
  - name: g
    rules:
      - alert: {alert}
        expr: {expr}
        labels: {{severity: {severity}, service: relaywatch}}
        annotations: {{summary: s, description: d, runbook_url: '{url}', dashboard_url: '{dashboard}'}}
"""
GOOD_ALERT = {"alert": "DataGap", "expr": "relaywatch_store_bytes > 1", "severity": "info",
              "url": "https://x/docs/runbook.md#datagap", "dashboard": "https://x/d/relaywatch-collector"}
TEST = "tests: [{alert_rule_test: [{alertname: DataGap, exp_alerts: []}, {alertname: DataGap, exp_alerts: [{}]}]}]"


class AlertRules(unittest.TestCase):
    def findings(self, test=TEST, runbook="## DataGap\n", **changes):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "tests").mkdir()
            (folder / "x.rules.yaml").write_text(RULE.format(**{**GOOD_ALERT, **changes}))
            (folder / "tests/x.test.yaml").write_text(test)
            (folder / "runbook.md").write_text(runbook)
            return alerts.check(folder, folder / "runbook.md", ROOT / "dashboards/grafana")

    def test_a_good_alert_has_no_findings(self):
        self.assertEqual(self.findings(), [])

    def test_bad_alerts_are_found(self):
        cases = [
            ({"expr": "relaywatch_nothing > 1"}, "no metric relaywatch_nothing"),
            ({"runbook": "## Other\n"}, "no section in docs/runbook.md"),
            ({"expr": "sum by (color) (relaywatch_store_bytes) > 1"}, "groups by color"),
            ({"severity": "terrible"}, "no severity"),
            ({"url": "https://x/docs/runbook.md#other"}, "runbook_url is not its section"),
            ({"dashboard": "https://x/d/nowhere"}, "no dashboard nowhere"),
            ({"dashboard": "https://x/d/relaywatch-collector?var-color=1"}, "no variable color"),
            ({"test": "tests: []"}, "no test sees it firing"),
            ({"test": "tests: [{alert_rule_test: [{alertname: DataGap, exp_alerts: [{}]}]}]"}, "no test sees it quiet"),
        ]
        for changes, expected in cases:
            with self.subTest(expected=expected):
                self.assertIn(expected, "\n".join(self.findings(**changes)))

    def test_sections_and_alerts_must_match(self):
        alert_without_section = "\n".join(alerts.check(runbook=ROOT / "docs/metrics.md"))
        self.assertIn("AuthMismatchHigh: no section", alert_without_section)
        self.assertIn("no alert is called Gone", self._with_section("Gone"))

    def _with_section(self, name):
        with tempfile.NamedTemporaryFile("w", suffix=".md") as file:
            file.write((ROOT / "docs/runbook.md").read_text(encoding="utf-8") + f"\n## {name}\n")
            file.flush()
            return "\n".join(alerts.check(runbook=pathlib.Path(file.name)))


if __name__ == "__main__":
    unittest.main()
