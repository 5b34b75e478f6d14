"""Every state table, found by its shape in the `*rules.py` modules, drawn for docs/states.md."""

from importlib import import_module
from pathlib import Path

from core.lib.states import Transitions

ROOT = Path(__file__).resolve().parent.parent
APPS = ("authorizations", "core", "intake", "messaging", "outcomes", "procedures", "rehab")
PAGE = ROOT / "docs" / "states.md"
HEAD = """# States

Drawn from the tables in `*rules.py` by `script/states`; a guard fails when it is not current.
What a table does not list is refused with a sentence naming what is possible.
"""


def tables() -> dict[str, Transitions]:
    """`intake.call_rules.CALL` → its table, in order of name."""
    found: dict[str, Transitions] = {}
    for path in (path for app in APPS for path in sorted((ROOT / app).rglob("*rules.py"))):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, value in vars(import_module(module)).items():
            if name.isupper() and is_table(value):
                found[f"{module}.{name}"] = value
    return found


def is_table(value: object) -> bool:
    """`{(state, action): state}`, all words."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(
            isinstance(key, tuple)
            and len(key) == 2
            and all(isinstance(word, str) for word in (*key, after))
            for key, after in value.items()
        )
    )


def states_of(table: Transitions) -> list[str]:
    """Every state, in the order the table names them."""
    return list(dict.fromkeys([*(s for s, _ in table), *table.values()]))


def page() -> str:
    """docs/states.md as it should be."""
    parts = [HEAD]
    for name, table in tables().items():
        arrows = "\n".join(f"    {s} --> {after}: {a}" for (s, a), after in table.items())
        ends = "\n".join(
            f"    {s} --> [*]" for s in states_of(table) if s not in {b for b, _ in table}
        )
        parts.append(f"## {name}\n\n```mermaid\nstateDiagram-v2\n{arrows}\n{ends}\n```\n")
    return "\n".join(parts)


def write() -> None:
    PAGE.write_text(page())
