"""Every expression of every dashboard, asked of the lab's Prometheus."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dashboards"))

from lint import query_rules  # noqa: E402
from lint.model import Dashboard  # noqa: E402

VALUES = {"__rate_interval": "20s", "__range": "5m", "location": "home-isp", "endpoint": "corp-mail", "port": "587"}


def expressions():
    """(dashboard and panel, expression with its variables filled in); a variable of several values has all of them."""
    for path in sorted((ROOT / "dashboards/grafana").glob("*.json")):
        dashboard = Dashboard.read(path)
        single = {name for name, variable in dashboard.variables.items() if variable.get("multi") is False}
        values = {name: value for name, value in VALUES.items() if name.startswith("__") or name in single}
        for where, expression in dashboard.expressions:
            yield f"{path.stem}: {where}", query_rules.with_values(expression, values)


def without_data(lab):
    """Those that return nothing, though they should."""
    is_exported = lab.detects_changes()
    for where, expression in expressions():
        if "relaywatch_policy_" in expression and not is_exported:
            continue
        if not [value for _, value in lab.query(expression) if value == value]:
            yield where, expression
