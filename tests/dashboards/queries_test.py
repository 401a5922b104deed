"""Every expression of every dashboard and rule, asked of a real Prometheus: one that has a day of lab data (lab.py), scrapes the lab as it
goes on, and evaluates our rules. Each must return data."""
import http.server
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "dashboards")]

from lab import HISTOGRAM_HISTORY, MINUTE, Lab, text  # noqa: E402
from lint import contract, query_rules  # noqa: E402
from lint.model import Dashboard  # noqa: E402
from service import Service, eventually, free_port  # noqa: E402

RULES = ROOT / "dashboards/rules"
GRAFANA = ROOT / "dashboards/grafana"
# What a dashboard's variables hold when it is opened: one of a kind, or all.
SELECTION = {"location": "home-isp", "endpoint": "corp-mail"}


def serve(lab):
    """The lab's exporters: /metrics is the collector, /host node_exporter."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            now = time.time()
            body = text(lab.host_samples(now) if self.path == "/host" else lab.samples(now)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def write_history(lab, targets, path):
    """The day before now as OpenMetrics, one family after another, as promtool wants it."""
    families = {}
    for t in range(int(lab.start), int(lab.now), MINUTE):
        samples = [(name, {**labels, **targets["relaywatch"]}, value)
                   for name, labels, value in lab.samples(t, histograms=t > lab.now - HISTOGRAM_HISTORY)]
        samples += [(name, {**labels, **targets["relaywatch-host"]}, value) for name, labels, value in lab.host_samples(t)]
        for sample in samples:
            families.setdefault(sample[0], []).append(text([sample], timestamp=t))
    with open(path, "w", encoding="utf-8") as file:
        for lines in families.values():
            file.writelines(lines)
        file.write("# EOF\n")


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{argv}: {done.stdout}{done.stderr}")


CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - {{job_name: relaywatch, static_configs: [{{targets: ['{lab}', '{nobody}']}}]}}
  - {{job_name: relaywatch-host, metrics_path: /host, static_configs: [{{targets: ['{lab}']}}]}}
"""


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        folder = pathlib.Path(scratch.name)
        lab = Lab(time.time())
        server = serve(lab)
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        address = f"127.0.0.1:{server.server_address[1]}"
        write_history(lab, {job: {"job": job, "instance": address} for job in ("relaywatch", "relaywatch-host")},
                      folder / "history")
        run("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(folder / "history"), str(folder / "data"))
        # Nobody listens on port 1: a collector that is down.
        config = CONFIG.format(lab=address, nobody="127.0.0.1:1", rules=f"'{RULES}/*.rules.yaml'")
        (folder / "prometheus.yaml").write_text(config)
        (folder / "still.yaml").write_text("global: {}\n")
        with cls._prometheus(folder, "still.yaml") as still:
            run("promtool", "tsdb", "create-blocks-from", "rules", f"--start={int(lab.start)}", f"--end={int(lab.now)}",
                f"--url={still.base}", f"--output-dir={folder / 'data'}", "--eval-interval=1m",
                str(RULES / "recording.rules.yaml"))
        cls.prometheus = cls._prometheus(folder, "prometheus.yaml")
        cls.addClassCleanup(cls.prometheus.stop)
        # Some rounds of scrapes, of the collector that is down too, and of rules.
        if not eventually(lambda: cls._result("up == 0")
                          and cls._result("count_over_time(relaywatch:agents_lost:ratio[30s]) > 5"), 60):
            raise RuntimeError(cls.prometheus.log())

    @staticmethod
    def _prometheus(folder, config):
        port = free_port()
        return Service(["prometheus", f"--config.file={folder / config}", f"--storage.tsdb.path={folder / 'data'}",
                        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], port, folder / "log")

    @classmethod
    def _result(cls, expression):
        """The samples of an expression now, those that are numbers."""
        answer = cls.prometheus.get("/api/v1/query", query=expression)
        samples = answer["data"]["result"]
        return [sample for sample in samples if not math.isnan(float(sample["value"][1]))]

    def dashboards(self):
        return [Dashboard.read(path) for path in sorted(GRAFANA.glob("*.json"))]

    def test_every_expression_of_every_dashboard_returns_data(self):
        asked = 0
        for dashboard in self.dashboards():
            selected = {name: value for name, value in SELECTION.items()
                        if not dashboard.variables.get(name, {}).get("multi", True)}
            for where, expression in dashboard.expressions:
                with self.subTest(dashboard=dashboard.name, where=where, expression=expression):
                    self.assertTrue(self._result(query_rules.with_values(expression, selected)))
                    asked += 1
        self.assertGreater(asked, 70)

    def test_every_variable_of_every_dashboard_has_values(self):
        for dashboard in self.dashboards():
            for name, variable in dashboard.variables.items():
                if variable["type"] != "query":
                    continue
                selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
                with self.subTest(dashboard=dashboard.name, variable=name):
                    values = self.prometheus.get(f"/api/v1/label/{label}/values",
                                                 **{"match[]": query_rules.with_values(selector)})["data"]
                    self.assertTrue(values)

    def test_every_rule_is_evaluated_and_returns_data(self):
        groups = self.prometheus.get("/api/v1/rules")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        self.assertEqual(len(rules), 31)
        for rule in rules:
            with self.subTest(rule=rule["name"], labels=rule.get("labels")):
                # Unknown: a group of every minute that has not had its turn.
                self.assertIn((rule["health"], rule.get("lastError", "")), (("ok", ""), ("unknown", "")))
                self.assertTrue(self._result(rule["query"]), rule["query"])

    def test_the_verdict_matrix_has_one_cell_a_place_and_the_right_verdicts(self):
        overview = next(d for d in self.dashboards() if d.name == "fleet-overview.json")
        matrix = next(e for where, e in overview.expressions if where == "panel 'Verdicts'")
        cells = [sample["metric"] for sample in self._result(query_rules.with_values(matrix))]
        self.assertEqual(len({(cell["row"], cell["column"]) for cell in cells}), len(cells))
        verdicts = {(cell["row"], cell["column"]): cell["verdict"] for cell in cells}
        self.assertEqual(verdicts["office outlook", "corp-mail 587"], "auth_mismatch")
        self.assertEqual(verdicts["vpn outlook", "corp-mail 465"], "connect_refused")
        self.assertEqual(verdicts["home-isp outlook-no-auth", "corp-mail 465"], "relay_open")
        self.assertEqual(verdicts["home-isp outlook", "corp-mail 993"], "ok")
        self.assertEqual(len(cells), 3 * 4 * 2)

    def test_the_lab_exposes_what_the_collector_exposes(self):
        known = {name: labels - contract.TARGET_LABELS for name, labels in contract.metrics().items()
                 if name.startswith("relaywatch_")}
        now = time.time()
        shown = {name: set(labels) for name, labels, _ in Lab(now).samples(now)}
        self.assertEqual({name: labels for name, labels in shown.items() if name in known}, shown)
        self.assertEqual(shown, {name: labels for name, labels in known.items() if name in shown})
        used = {selector for selector in known if any(
            re.search(rf"\b{selector}\b", json.dumps(dashboard.json)) for dashboard in self.dashboards())}
        self.assertEqual(used - shown.keys(), set())


if __name__ == "__main__":
    unittest.main()
