"""Type-checks the dashboards against @grafana/schema, which npm fetches into the directory given (under build/). Ends with 77, "skipped",
where there is no npm or its registry cannot be reached, and says so."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = pathlib.Path(__file__).resolve().parent / "schema"
SKIPPED = 77
# What must not pass, by path and value: else the types check nothing.
MUST_FAIL = (
    (("panels", 1, "options", "colorMode"), "loud"),
    (("panels", 1, "options", "colourMode"), "value"),
    (("panels", 1, "gridPos", "w"), "24"),
    (("panels", 1, "targets", 0, "expression"), "up"),
    (("panels", 1, "fieldConfig", "defaults", "thresholds", "mode"), "relative"),
    (("templating", "list", 0, "type"), "data source"),
    (("links", 0, "type"), "dashboard"),
)


def module(name, dashboard):
    return (f"import type {{DashboardJson}} from './dashboard';\n"
            f"export const {name}: DashboardJson = {json.dumps(dashboard, indent=1)};\n")


def changed(dashboard, path, value):
    dashboard = json.loads(json.dumps(dashboard))
    where = dashboard
    for key in path[:-1]:
        where = where[key]
    where[path[-1]] = value
    return dashboard


def install(folder):
    """None where the types are there, else why not."""
    if shutil.which("npm") is None:
        return "there is no npm"
    wanted = (SOURCES / "package.json").read_text()
    stamp = folder / "installed.json"
    if stamp.is_file() and stamp.read_text() == wanted:
        return None
    for source in SOURCES.iterdir():
        shutil.copy(source, folder)
    npm = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1",
                          "--fetch-timeout=60000"], cwd=folder, capture_output=True, text=True, check=False)
    if npm.returncode != 0:
        return "npm install failed, is its registry out of reach? " + npm.stderr.strip().splitlines()[-1]
    stamp.write_text(wanted)
    return None


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    missing = install(folder)
    if missing:
        print(f"skipped: {missing}")
        return SKIPPED
    for source in folder.glob("*.ts"):
        source.unlink()
    shutil.copy(SOURCES / "dashboard.ts", folder)
    shutil.copy(SOURCES / "tsconfig.json", folder)
    dashboards = {path.stem.replace("-", "_"): json.loads(path.read_text()) for path in
                  sorted((ROOT / "dashboards/grafana").glob("*.json"))}
    for name, dashboard in dashboards.items():
        (folder / f"{name}.ts").write_text(module(name, dashboard))
    for number, (path, value) in enumerate(MUST_FAIL):
        (folder / f"bad{number}.ts").write_text(module(f"bad{number}", changed(dashboards["fleet_overview"], path, value)))
    tsc = subprocess.run([os.fspath(folder / "node_modules/.bin/tsc"), "--project", "."], cwd=folder, capture_output=True,
                         text=True, check=False)
    errors = tsc.stdout.splitlines()
    wrong = [line for line in errors if not line.startswith(("bad", " "))]
    passed = [path for number, (path, _) in enumerate(MUST_FAIL)
              if not any(line.startswith(f"bad{number}.ts") for line in errors)]
    print("\n".join(wrong + [f"not found to be wrong: {path}" for path in passed]) or
          f"{len(dashboards)} dashboards fit the schema; {len(MUST_FAIL)} broken ones do not")
    return 1 if wrong or passed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
