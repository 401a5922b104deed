"""Dashboards as data: `promql` spells expressions, `panel` their pictures, `frame` what all dashboards share; one module a
dashboard puts them together."""
