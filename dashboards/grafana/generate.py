#!/usr/bin/env python3
"""Writes the dashboards beside this file; with --check says whether they are what it would write, and changes nothing."""
import json
import pathlib
import sys

from generator import collector, endpoint, fleet_overview, location

HERE = pathlib.Path(__file__).resolve().parent


def rendered():
    """File name -> content of every dashboard."""
    for module in (fleet_overview, endpoint, location, collector):
        dashboard = module.dashboard()
        name = dashboard["uid"].removeprefix("relaywatch-") + ".json"
        yield HERE / name, json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(f"usage: {sys.argv[0]} [--check]", file=sys.stderr)
        return 2
    stale = []
    for path, text in rendered():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not arguments:
            path.write_text(text, encoding="utf-8")
    if arguments and stale:
        print(f"not what generate.py writes: {', '.join(stale)}; run it", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
