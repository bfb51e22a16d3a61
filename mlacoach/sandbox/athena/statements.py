"""What kind of statement a text is. What sqlglot leaves unparsed is read here, by its words."""

import re
from dataclasses import dataclass

NAME = r'[`"]?([\w$-]+)[`"]?(?:\s*\.\s*[`"]?([\w$-]+)[`"]?)?'
WORDS = re.IGNORECASE | re.DOTALL
# (kind, statement type, pattern); the first that fits is taken.
PATTERNS = tuple(
    (name, kind, re.compile(pattern, WORDS))
    for name, kind, pattern in (
        ("create_database", "DDL", r"CREATE\s+(?:DATABASE|SCHEMA)\b"),
        ("drop_database", "DDL", r"DROP\s+(?:DATABASE|SCHEMA)\b"),
        ("create_external", "DDL", r"CREATE\s+EXTERNAL\s+TABLE\b"),
        ("create_view", "DDL", r"CREATE\s+(?:OR\s+REPLACE\s+)?VIEW\b"),
        ("create_as", "DDL", r"CREATE\s+TABLE\b.*\bAS\s*\(?\s*(?:SELECT|WITH|VALUES)\b"),
        ("drop_table", "DDL", r"DROP\s+(?:TABLE|VIEW)\b"),
        ("add_partitions", "DDL", r"ALTER\s+TABLE\b.*\bADD\s+(?:IF\s+NOT\s+EXISTS\s+)?PARTITION\b"),
        ("drop_partitions", "DDL", r"ALTER\s+TABLE\b.*\bDROP\s+(?:IF\s+EXISTS\s+)?PARTITION\b"),
        ("add_columns", "DDL", r"ALTER\s+TABLE\b.*\bADD\s+COLUMNS\b"),
        ("repair", "DDL", r"MSCK\s+REPAIR\s+TABLE\b"),
        ("show_partitions", "DDL", r"SHOW\s+PARTITIONS\b"),
        ("show_databases", "DDL", r"SHOW\s+(?:DATABASES|SCHEMAS)\b"),
        ("show_tables", "DDL", r"SHOW\s+(?:TABLES|VIEWS)\b"),
        ("show_columns", "DDL", r"SHOW\s+COLUMNS\b"),
        ("show_create", "DDL", r"SHOW\s+CREATE\s+(?:TABLE|VIEW)\b"),
        ("describe", "UTILITY", r"(?:DESCRIBE|DESC)\b"),
        ("prepare", "UTILITY", r"PREPARE\b"),
        ("deallocate", "UTILITY", r"DEALLOCATE\s+PREPARE\b"),
        ("execute", "DML", r"EXECUTE\b"),
        ("insert", "DML", r"INSERT\s+INTO\b"),
        ("unload", "DML", r"UNLOAD\b"),
        ("select", "DML", r"(?:SELECT|WITH|VALUES|\()"),
    )
)
COMMENT = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement.

    Attributes:
        name: what it does.
        kind: DDL, DML or UTILITY.
        text: it, without comments before it and without a semicolon.
    """

    name: str
    kind: str
    text: str


def statement_of(sql: str) -> Statement:
    """What a text is.

    Raises:
        SyntaxError: Athena has no such statement; with its words.
    """
    text = COMMENT.sub("", sql).rstrip().rstrip(";").rstrip()
    for name, kind, pattern in PATTERNS:
        if pattern.match(text):
            return Statement(name, kind, text)
    word = re.match(r"\w*", text)
    raise SyntaxError(
        f"line 1:1: mismatched input '{word[0] if word else ''}'. Expecting: 'ALTER', 'CREATE', 'DROP', "
        "'INSERT', 'MSCK', 'SELECT', 'SHOW', 'UNLOAD', 'WITH', <query>"
    )


def names(pattern: str, text: str, database: str) -> tuple[str, str]:
    """Database and table that stand after some words.

    Raises:
        SyntaxError: none do.
    """
    found = re.match(pattern + r"\s+" + NAME, text, WORDS)
    if not found:
        raise SyntaxError("line 1:1: mismatched input. Expecting: <identifier>")
    first, second = found[1].lower(), found[2]
    return (first, second.lower()) if second else (database.lower(), first)
