"""Writes Prometheus' and Alertmanager's configuration for the lab: that of deploy/prometheus and dashboards/rules as it is, made
faster. Usage: shorten.py DIRECTORY RECEIVER_URL

The lab probes every 5 s, a twelfth of the usual interval, and nobody wants to wait half an hour for an alert. Every duration of
the rules has its shorter one below, in the same order, so what is sooner than something else still is. A duration that the table
does not know is an error: whoever brings it into the rules says here what it is in the lab. Expressions, thresholds, labels,
routes and inhibitions stay what they are; texts go on speaking of minutes. All receivers become webhooks of one program.
"""
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The 5 minutes of the rates are no less than 20 s: where connections time out after 10 s an agent has a result every 15 s.
RULES = {"1m": "2s", "2m": "10s", "3m": "15s", "5m": "20s", "10m": "25s", "15m": "30s", "30m": "35s", "1h": "40s", "6h": "1m", "23h": "2m"}
PROMETHEUS = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "2s"}
# 10 minutes for the daily digest, half a minute for the rest: nobody collects alerts here.
GROUPING = {"group_wait": "1s", "group_interval": "2s"}

IN_EXPRESSION = re.compile(r"(?<=\[)(\d+[smhd])(?=\])|(?<=offset )(\d+[smhd])\b")


def shorter(duration):
    if duration not in RULES:
        raise SystemExit(f"shorten.py: the rules have a duration of {duration}, and RULES does not say what it is in the lab")
    return RULES[duration]


def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def rules(path):
    document = read(path)
    for group in document["groups"]:
        if "interval" in group:
            group["interval"] = shorter(group["interval"])
        for rule in group["rules"]:
            rule["expr"] = IN_EXPRESSION.sub(lambda match: shorter(match.group()), rule["expr"])
            for key in ("for", "keep_firing_for"):
                if key in rule:
                    rule[key] = shorter(rule[key])
    return document


def prometheus():
    document = read("deploy/prometheus/prometheus.yaml")
    document["global"].update(PROMETHEUS)
    document["rule_files"] = ["rules/*.rules.yaml"]
    return document


def told_sooner(route):
    route.update(GROUPING)
    for inner in route.get("routes", []):
        told_sooner(inner)


def alertmanager(url):
    document = read("deploy/prometheus/alertmanager.yaml")
    del document["global"], document["templates"]  # of mails
    told_sooner(document["route"])
    document["receivers"] = [
        {"name": receiver["name"], "webhook_configs": [{"url": f"{url}/{receiver['name']}", "send_resolved": resolved(receiver)}]}
        for receiver in document["receivers"]]
    return document


def resolved(receiver):
    return any(way["send_resolved"] for kind, ways in receiver.items() if kind.endswith("_configs") for way in ways)


def targets(path):
    # No node_exporter here.
    return [] if path.stem == "relaywatch-host" else read(path)


def main(directory, url):
    out = pathlib.Path(directory)
    files = {"prometheus.yaml": prometheus(), "alertmanager.yaml": alertmanager(url)}
    files |= {f"rules/{path.name}": rules(path) for path in (ROOT / "dashboards/rules").glob("*.rules.yaml")}
    files |= {f"targets/{path.name}": targets(path) for path in (ROOT / "deploy/prometheus/targets").glob("*.yaml")}
    for name, document in files.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(yaml.safe_dump(document, sort_keys=False, width=120), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
