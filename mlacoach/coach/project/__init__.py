"""Projects: how far they are, a folder to begin in, and what a machine can see of them."""
