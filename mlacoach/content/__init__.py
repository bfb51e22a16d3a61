"""Packs: YAML and Markdown in, a library and every fault with path:line out."""

from mlacoach.content.faults import Fault
from mlacoach.content.library import Library, Loaded
from mlacoach.content.load import load, own_pack

__all__ = ["Fault", "Library", "Loaded", "load", "own_pack"]
