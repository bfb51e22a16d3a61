"""`python -m mlacoach.sandbox`: serve until stdin ends."""

from mlacoach.sandbox.server import serve_until_stdin_ends

serve_until_stdin_ends()
