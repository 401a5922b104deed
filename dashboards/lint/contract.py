"""The metrics that expressions may use, with their labels: the table of docs/metrics.md, which a unit test compares with the
collector's catalogue, and what others expose."""
import pathlib
import re

METRICS_PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(relaywatch_\w+)` \| (\w+) \| ([^|]*) \|")
TARGET_LABELS = {"job", "instance"}

# Of Prometheus itself, and of node_exporter.
FOREIGN = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "severity", "service", "location", "endpoint", "port", "profile", "agent", "kind"},
    "node_filesystem_avail_bytes": {"mountpoint", "fstype", "device"},
    "node_filesystem_size_bytes": {"mountpoint", "fstype", "device"},
}


def metrics(page=METRICS_PAGE):
    """Name of every series -> its labels; a histogram has three, as Prometheus stores it."""
    known = {**FOREIGN, **exported(page)}
    return {name: labels | TARGET_LABELS for name, labels in known.items()}


def exported(page=METRICS_PAGE):
    """What the page lists."""
    known = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        row = ROW.match(line)
        if not row:
            continue
        name, kind, listed = row.groups()
        labels = set(re.findall(r"\w+", listed))
        if kind == "histogram":
            known.update({name + "_bucket": labels | {"le"}, name + "_sum": labels, name + "_count": labels})
        else:
            known[name] = labels
    return known
