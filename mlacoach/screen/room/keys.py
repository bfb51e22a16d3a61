"""The keys of the room. Letters and numbers that a question shows come first; see `Paper.on_key`."""

from mlacoach.screen.room.bars import Key
from mlacoach.screen.room.desk import Desk
from mlacoach.screen.room.draft import lettered

_ACTIONS = {
    "n,right": "forward",
    "p,left": "back",
    "f,F": "flag",
    "C": "confidence",
    "x": "strike_row",
    "s": "strike_letter",
    "m": "note",
    "v": "navigator",
    "r": "review",
    "t": "timer",
    "D": "look",
    "l": "lines",
    "q": "leave",
    "question_mark": "help",
    "space": "pause",
    "enter": "enter",
    "backspace": "clear",
    "up": "row(-1)",
    "down": "row(1)",
    "shift+up,K": "carry(-1)",
    "shift+down,J": "carry(1)",
    "pageup": "page(-1)",
    "pagedown": "page(1)",
    "home": "top",
    "end": "bottom",
}
KEYS = {key: action for keys, action in _ACTIONS.items() for key in keys.split(",")}


def offers(desk: Desk) -> list[Key]:
    """What the last line offers for this question, the most needed first."""
    plan, flag = desk.session.plan, "F" if "f" in lettered(desk.draft.body) else "f"
    return [
        *([("Enter", "explain", "enter"), ("Space", "pause", "pause")] if plan.practice else []),
        ("n", "next", "forward"),
        *([] if plan.adaptive else [("p", "back", "back")]),
        (flag, "flag", "flag"),
        ("v", "list", "navigator"),
        ("r", "hand in", "review"),
        ("C", "sure?", "confidence"),
        ("x", "strike", "strike_row"),
        ("m", "note", "note"),
        ("t", "time", "timer"),
        ("D", "light/dark", "look"),
        ("l", "lines", "lines"),
        ("q", "leave", "leave"),
    ]
