# The same checks as CI; `just` alone runs them all.
default:
    python3 run.py test

# One of: lint, format, rooms, types, content, tests
check name:
    python3 run.py test {{name}}

study:
    python3 run.py study

# docs/commands.md, anew from the program and docs/examples.yaml.
docs:
    python3 run.py docs

# Unchanged scripts of the SageMaker Python SDK 2 and 3 against the sandbox; `just sdk v3/pipeline` runs one.
sdk *names:
    python3 run.py sdk {{names}}
