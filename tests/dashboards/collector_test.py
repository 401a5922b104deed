"""Every expression of every dashboard, asked of a real Prometheus that scrapes a real collector with agents at three places: those of
deploy/quickstart.sh. Takes the build directory; ends with 77, "skipped", where its programs are not built."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "dashboards")]

from lint import promql, query_rules  # noqa: E402
from lint.model import Dashboard  # noqa: E402
from service import Service, eventually, free_port  # noqa: E402

PROGRAMS = ("collector/relaywatch-collector", "agent/relaywatch-agent", "cli/relaywatch", "tests/support/relaywatch-demo-mail")
# The demonstration probes every 5 seconds.
VALUES = {"__rate_interval": "15s", "__range": "15s", "location": "home-isp", "endpoint": "demo-mail"}
CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs: [{{job_name: relaywatch, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]
"""


class Demonstration:
    """quickstart.sh until it is stopped; it cleans up by itself."""

    def __init__(self, build, port, scratch):
        self._log = open(f"{scratch}/quickstart", "w+", encoding="utf-8")
        self._process = subprocess.Popen([str(ROOT / "deploy/quickstart.sh"), "--http", str(port)], stdout=self._log,
                                         stderr=subprocess.STDOUT, env={**os.environ, "RELAYWATCH_BUILD_DIR": build,
                                                                        "TMPDIR": scratch})

    def log(self):
        self._log.flush()
        return pathlib.Path(self._log.name).read_text(encoding="utf-8")

    def is_up(self):
        if self._process.poll() is not None:
            raise RuntimeError(self.log())
        return "Running until" in self.log()

    def stop(self):
        self._process.terminate()
        self._process.wait(60)
        self._log.close()


def reason_for_nothing(expression):
    """Why an expression has no data here, or None where it must have some."""
    metrics = {selector.metric for selector in promql.selectors(expression)}
    if "relaywatch_policy_last_change_timestamp_seconds" in metrics:
        return "no rule changes in a demonstration of seconds"
    if "ALERTS" in metrics:
        return "no alert fires in a demonstration of seconds"
    return None


class RealCollector(unittest.TestCase):
    build = ""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        target = free_port()
        demonstration = Demonstration(cls.build, target, scratch.name)
        cls.addClassCleanup(demonstration.stop)
        if not eventually(demonstration.is_up, 150):
            raise RuntimeError(demonstration.log())
        config = pathlib.Path(scratch.name) / "prometheus.yaml"
        config.write_text(CONFIG.format(port=target))
        port = free_port()
        cls.prometheus = Service(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={scratch.name}/data",
                                  f"--web.listen-address=127.0.0.1:{port}"], port, f"{scratch.name}/prometheus.log")
        cls.addClassCleanup(cls.prometheus.stop)

    def result(self, expression):
        samples = self.prometheus.get("/api/v1/query", query=expression)["data"]["result"]
        return [sample for sample in samples if sample["value"][1] != "NaN"]

    def test_every_expression_of_every_dashboard_returns_data(self):
        for path in sorted((ROOT / "dashboards/grafana").glob("*.json")):
            dashboard = Dashboard.read(path)
            single = {name for name, variable in dashboard.variables.items() if variable.get("multi") is False}
            values = {name: value for name, value in VALUES.items() if name.startswith("__") or name in single}
            for where, expression in dashboard.expressions:
                if reason_for_nothing(expression):
                    continue
                with self.subTest(dashboard=path.name, where=where, expression=expression):
                    asked = query_rules.with_values(expression, values)
                    self.assertTrue(eventually(lambda asked=asked: self.result(asked), 30), asked)


if __name__ == "__main__":
    RealCollector.build = sys.argv.pop(1)
    missing = [program for program in PROGRAMS if not (pathlib.Path(RealCollector.build) / program).is_file()]
    if missing:
        print(f"skipped: not built in {RealCollector.build}: {', '.join(missing)}")
        sys.exit(77)
    unittest.main()
