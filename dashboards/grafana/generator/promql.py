"""The expressions that more than one panel needs. Counters are always read through rate or increase, denominators are
guarded: where nothing was probed there is no point, rather than NaN."""

COLLECTOR = 'job=~"$job",instance=~"$instance"'
SCOPE = COLLECTOR + ',location=~"$location",endpoint=~"$endpoint",port=~"$port"'
# The same without the location, to compare one with the others.
ANYWHERE = COLLECTOR + ',endpoint=~"$endpoint",port=~"$port"'
AGENTS = COLLECTOR + ',location=~"$location"'


def total(metric, by="", matchers=SCOPE):
    """Events a second."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({metric}{{{matchers}}}[$__rate_interval]))"


def ratio(part, whole):
    return f"{part} / ({whole} > 0)"


def mismatch_ratio(by="", matchers=SCOPE):
    return ratio(total("relaywatch_auth_mismatches_total", by, matchers),
                 total("relaywatch_auth_judged_total", by, matchers))


def ok_ratio(by="", matchers=SCOPE):
    return ratio(total("relaywatch_probes_total", by, matchers + ',verdict="ok"'),
                 total("relaywatch_probes_total", by, matchers))


def stage_quantile(quantile, by="stage", matchers=SCOPE):
    buckets = total("relaywatch_probe_stage_duration_seconds_bucket", f"le, {by}" if by else "le", matchers)
    return f"histogram_quantile({quantile}, {buckets})"


def relay_state(by, identity, matchers=SCOPE):
    """The one-hot gauge as one number: 0 untested, 1 refused, 2 accepted, 3 blocked (panel.RELAY_STATES)."""
    def state(name):
        return f'max by ({by}) (relaywatch_relay_state{{{matchers},identity="{identity}",state="{name}"}})'
    return f'{state("refused")} + 2 * {state("accepted")} + 3 * {state("blocked")}'


def verdict_matrix(row, column, matchers=SCOPE):
    """The verdict that most probes of a cell had, as one series each; its row and its column are labels made of others."""
    dominant = ("topk by (location, endpoint, port, profile) (1, sum by (location, endpoint, port, profile, verdict) "
                f"(increase(relaywatch_probes_total{{{matchers}}}[$__rate_interval])) > 0)")
    for label, parts in (("row", row), ("column", column)):
        names = ", ".join(f'"{part}"' for part in parts)
        dominant = f'label_join({dominant}, "{label}", " ", {names})'
    return dominant


def last_changes(matchers=SCOPE):
    """When rules changed, in milliseconds, as Grafana counts time; the newest first."""
    return (f"sort_desc(topk(20, max by (location, endpoint, port, kind) "
            f"(relaywatch_policy_last_change_timestamp_seconds{{{matchers}}}) * 1000 > 0))")
