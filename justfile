# The same checks as CI; `just` alone runs them all.
default:
    python3 run.py test

# Also the repetitions that the short form leaves out: every wrong solution, every fuzzed file.
whole:
    python3 run.py test --whole

# One of: lint, format, rooms, types, content, tests
check name:
    python3 run.py test {{name}}

study:
    python3 run.py study

# docs/commands.md, anew from the program and docs/examples.yaml.
docs:
    python3 run.py docs

# Unchanged scripts of the SageMaker Python SDK 2 and 3 against the sandbox, and the labs' way with SDK 3;
# `just sdk v3/pipeline labs/tuning` runs two.
sdk *names:
    python3 run.py sdk {{names}}
