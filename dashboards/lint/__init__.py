"""Our linter for dashboards and alert rules; `python3 dashboards/lint` runs it."""
