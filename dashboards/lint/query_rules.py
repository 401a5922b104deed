"""Rules about expressions, after grafana/dashboard-linter, and of our own."""
import re
import subprocess
import tempfile

from . import contract, promql
from .model import Rule

COUNTER_FUNCTIONS = ("rate", "irate", "increase")
# Prometheus makes these series itself, without the labels of the target.
WITHOUT_TARGET = {"ALERTS"}
SAMPLE_VALUES = {"__rate_interval": "5m", "__range": "1h", "__interval": "1m"}


def with_values(expression, values=None):
    """The expression with its variables filled in."""
    values = {**SAMPLE_VALUES, **(values or {})}
    return re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match.group(1), ".+"), expression)


def invalid(expressions):
    """What promtool says about (where, expression) that Prometheus would not take."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("groups: [{name: expressions, rules: [\n")
        for number, (_, expression) in enumerate(expressions):
            text = with_values(expression).replace("'", "''")
            file.write(f"  {{record: 'expression:{number}', expr: '{text}'}},\n")
        file.write("]}]\n")
        file.flush()
        checked = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, check=False)
    for line in (checked.stdout + checked.stderr).splitlines() if checked.returncode else []:
        number = re.search(r'"expression:(\d+)"', line)
        if number:
            yield f"{expressions[int(number.group(1))][0]}: {line.split('could not parse expression: ')[-1]}"
        elif "FAILED" not in line and "Checking" not in line and line.strip():
            yield line.strip()


def _valid(dashboard):
    expressions = list(dashboard.expressions)
    return invalid(expressions) if expressions else ()


def _rate_interval(dashboard):
    for where, expression in dashboard.targets:
        for selector in promql.selectors(expression):
            totals = selector.function == "increase" and selector.range == "$__range"
            if selector.range and selector.range != "$__rate_interval" and not totals:
                yield f"{where}: {selector.metric}[{selector.range}]"


def _matches_target(label):
    def check(dashboard):
        for where, expression in dashboard.expressions:
            for selector in promql.selectors(expression):
                if selector.metric not in WITHOUT_TARGET and (label, "=~", f"${label}") not in selector.matchers:
                    yield f'{where}: {selector.metric} without {label}=~"${label}"'
    return check


def _counters(dashboard):
    for where, expression in dashboard.expressions:
        for selector in promql.selectors(expression):
            cumulative = re.search(r"_(total|bucket|sum|count)$", selector.metric)
            if cumulative and not (selector.range and selector.function in COUNTER_FUNCTIONS):
                yield f"{where}: {selector.metric} without rate or increase"


def _quantiles(dashboard):
    for where, expression in dashboard.expressions:
        if "histogram_quantile" in expression and "le" not in promql.grouped_by(expression):
            yield f"{where}: histogram_quantile of buckets that are not grouped by le"


def _guarded(dashboard):
    for where, expression in dashboard.expressions:
        for denominator in promql.unguarded_divisions(expression):
            yield f"{where}: division by {denominator}"


def unknown_names(expression, known):
    """Metrics and labels of an expression that nobody exports."""
    labels = promql.joined_labels(expression)
    for selector in promql.selectors(expression):
        if selector.metric not in known:
            yield f"no metric {selector.metric}"
            continue
        labels |= known[selector.metric]
        for label, _, _ in selector.matchers:
            if label not in known[selector.metric]:
                yield f"{selector.metric} has no label {label}"
    for label in sorted(promql.grouped_by(expression) - labels):
        yield f"groups by {label}, which no metric of it has"


def _known(dashboard):
    known = contract.metrics()
    for where, expression in dashboard.expressions:
        for message in unknown_names(expression, known):
            yield f"{where}: {message}"


RULES = (
    Rule("target-promql-rule", "an expression that does not parse shows an error instead of a curve", _valid),
    Rule("target-rate-interval-rule", "a fixed window misses samples when zoomed out, and is empty when scraped more slowly",
         _rate_interval),
    Rule("target-job-rule", "without it another deployment is added in", _matches_target("job")),
    Rule("target-instance-rule", "without it another collector is added in", _matches_target("instance")),
    Rule("target-counter-agg-rule", "a bare counter shows how long the collector has been running", _counters),
    Rule("target-histogram-rule", "quantiles of buckets that were added up are nonsense", _quantiles),
    Rule("division-rule", "0 / 0 is drawn as a gap in one panel and as NaN in the next", _guarded),
    Rule("metric-contract-rule", "a name that nobody exports looks like an idle fleet", _known),
)
