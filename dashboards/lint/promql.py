"""What the rules need to know of an expression: its selectors, and the labels it groups by. Not a parser: promtool says whether an
expression is valid, this reads valid ones."""
import dataclasses
import re

KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
CLAUSE = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
MATCHER = re.compile(r"(\w+)\s*(=~|!~|!=|=)\s*(S\d+S)")
SELECTOR = re.compile(r"(?<![\w:$.])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])\s*(\{[^{}]*\})?\s*(\[[^\]]*\])?")
RANGES = re.compile(r"\[([^\]]*)\]")


@dataclasses.dataclass(frozen=True)
class Selector:
    metric: str
    matchers: tuple  # of (label, operator, value)
    range: str       # "" for an instant vector
    function: str    # the call that it is the argument of, "" if none


def _without_strings(expression):
    strings = []

    def keep(match):
        strings.append(match.group()[1:-1])
        return f"S{len(strings) - 1}S"
    return STRING.sub(keep, expression), strings


def selectors(expression):
    text, strings = _without_strings(expression)
    text = CLAUSE.sub(lambda match: " " * len(match.group()), text)
    found = []
    for match in SELECTOR.finditer(text):
        name, braces, window = match.groups()
        inside = text[:match.start()].count("{") > text[:match.start()].count("}")
        if inside or name.lower() in KEYWORDS or re.fullmatch(r"S\d+S", name):
            continue
        if text[:match.start()].count("[") > text[:match.start()].count("]"):
            continue
        call = re.search(r"(\w+)\s*\(\s*$", text[:match.start()])
        matchers = tuple((label, operator, strings[int(value[1:-1])])
                         for label, operator, value in MATCHER.findall(braces or ""))
        found.append(Selector(name, matchers, (window or "")[1:-1], call.group(1) if call else ""))
    return found


def grouped_by(expression):
    """Labels named in by, on and the like."""
    labels = set()
    for clause in CLAUSE.findall(expression):
        labels.update(label.strip() for label in clause.split(",") if label.strip())
    return labels


def joined_labels(expression):
    """Labels that label_join and label_replace make."""
    return set(re.findall(r'label_(?:join|replace)\(.*?, "(\w+)", ', expression))


def unguarded_divisions(expression):
    """Denominators that may be 0: those without "> 0". Division by a number is none."""
    text, _ = _without_strings(expression)
    bad = []
    for match in re.finditer(r"/\s*", text):
        rest = text[match.end():]
        if re.match(r"[\d.]", rest):
            continue
        if not rest.startswith("(") or not re.search(r">\s*0\s*$", _balanced(rest)):
            bad.append(rest[:40])
    return bad


def _balanced(text):
    depth = 0
    for i, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[1:i]
    return text
