"""The grid: Grafana draws panels by gridPos, 24 columns wide."""
from .model import Rule

WIDTH = 24


def _grid(dashboard):
    taken = {}
    bottom = 0
    for panel in dashboard.json.get("panels", []):
        position = panel["gridPos"]
        bottom = max(bottom, position["y"] + position["h"])
        for y in range(position["y"], position["y"] + position["h"]):
            for x in range(position["x"], position["x"] + position["w"]):
                if x >= WIDTH:
                    yield f"panel '{panel['title']}' stands out to the right"
                    return
                if (x, y) in taken:
                    yield f"panel '{panel['title']}' covers '{taken[x, y]}'"
                    return
                taken[x, y] = panel["title"]
    for y in range(bottom):
        for x in range(WIDTH):
            if (x, y) not in taken:
                yield f"a hole at column {x}, line {y}"
                return


def draw(dashboard):
    """The layout as text, a letter a panel, for people: one character for two columns."""
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard.json["panels"])
    lines = [["."] * (WIDTH // 2) for _ in range(height)]
    for number, panel in enumerate(dashboard.json["panels"]):
        position = panel["gridPos"]
        for y in range(position["y"], position["y"] + position["h"]):
            for x in range(position["x"] // 2, (position["x"] + position["w"]) // 2):
                lines[y][x] = "-" if panel["type"] == "row" else chr(ord("A") + number % 26)
    return "\n".join("".join(line) for line in lines)


RULES = (Rule("grid-rule", "panels that overlap hide each other, holes look like failures", _grid),)
