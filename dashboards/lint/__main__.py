"""usage: python3 dashboards/lint [DASHBOARD.json...]; without arguments all dashboards and all rules. Prints what is wrong, a line
each with the rule's name and reason, and ends with 1 if anything is."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from lint import alerts, dashboards  # noqa: E402

GRAFANA = pathlib.Path(__file__).resolve().parent.parent / "grafana"


def main(arguments):
    paths = [pathlib.Path(argument) for argument in arguments] or sorted(GRAFANA.glob("*.json"))
    findings = dashboards.check(paths)
    if not arguments:
        findings += alerts.check()
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"{len(paths)} dashboards: {len(findings)} findings")
    return 1 if findings else 0


sys.exit(main(sys.argv[1:]))
