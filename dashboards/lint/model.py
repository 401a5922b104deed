"""A dashboard as the rules see it."""
import dataclasses
import json


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    reason: str
    check: object  # Dashboard -> iterable of messages


@dataclasses.dataclass
class Dashboard:
    name: str
    json: dict

    @classmethod
    def read(cls, path):
        return cls(path.name, json.loads(path.read_text(encoding="utf-8")))

    @property
    def panels(self):
        """Panels that show something: rows aside, those in collapsed rows too."""
        for panel in self.json.get("panels", []):
            if panel["type"] == "row":
                yield from panel.get("panels", [])
            else:
                yield panel

    @property
    def variables(self):
        return {variable["name"]: variable for variable in self.json.get("templating", {}).get("list", [])}

    @property
    def targets(self):
        """(where, expression) of every query of a panel."""
        for panel in self.panels:
            for target in panel.get("targets", []):
                yield f"panel '{panel.get('title')}'", target.get("expr", "")

    @property
    def expressions(self):
        """(where, expression) of everything that is sent to Prometheus: panels and annotations."""
        yield from self.targets
        for annotation in self.json.get("annotations", {}).get("list", []):
            if "expr" in annotation:
                yield f"annotation '{annotation['name']}'", annotation["expr"]
