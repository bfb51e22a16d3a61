"""The exam room: a full screen for a sitting. Textual is imported here and nowhere else.

Everything done goes through the session, and into the store, before the screen changes.
"""

from mlacoach.screen.room.app import run_room
from mlacoach.screen.room.outcome import Outcome

__all__ = ["Outcome", "run_room"]
