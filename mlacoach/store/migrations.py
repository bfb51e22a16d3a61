"""Numbered migrations. One that has shipped is never edited: learners' files have run it."""

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from mlacoach.store.database import APPLICATION_ID

migrations = Migrations("mlacoach")


@migrations()
def m001_the_learner_and_the_log(db: Database) -> None:
    """The profile, and the append-only log: answers, reviews, ticks, gates, sittings, lab runs."""
    for statement in M001:
        db.execute(statement)


@migrations()
def m002_every_form_of_exam(db: Database) -> None:
    """What a sitting was planned to be, and all that can be done in one."""
    for statement in M002:
        db.execute(statement)


@migrations()
def m003_doubts(db: Database) -> None:
    """What learners doubt about questions."""
    for statement in M003:
        db.execute(statement)


@migrations()
def m004_sessions(db: Database) -> None:
    """Lessons that were read, answers and reviews that were taken back, changes of the plan."""
    for statement in M004:
        db.execute(statement)


@migrations()
def m005_other_devices(db: Database) -> None:
    """An order that every device agrees on, choices as a log, and what this copy of the file knows of others."""
    for statement in M005:
        db.execute(statement)


@migrations()
def m006_projects(db: Database) -> None:
    """What was done of projects, and the milestones that were celebrated."""
    for statement in M006:
        db.execute(statement)


# Times are ISO 8601 in UTC; ids sort by time. STRICT: SQLite itself refuses a value of the wrong type.
M001 = (
    "CREATE TABLE profile (key TEXT PRIMARY KEY, value TEXT NOT NULL, at TEXT NOT NULL) STRICT",
    """CREATE TABLE answers (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, question TEXT NOT NULL, response TEXT NOT NULL,
        correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
        seconds REAL NOT NULL CHECK (seconds >= 0),
        confidence TEXT CHECK (confidence IN ('sure', 'unsure', 'guess')),
        source TEXT NOT NULL CHECK (source IN ('study', 'review', 'gate', 'exam')),
        sitting TEXT REFERENCES sittings (id)) STRICT""",
    "CREATE INDEX answers_by_question ON answers (question, at)",
    """CREATE TABLE reviews (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, point TEXT NOT NULL,
        rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),
        answer TEXT REFERENCES answers (id)) STRICT""",
    "CREATE INDEX reviews_by_point ON reviews (point, at)",
    # Derived from reviews, and kept in the same transaction: replaying 100,000 reviews takes two seconds.
    "CREATE TABLE memory (point TEXT PRIMARY KEY, due TEXT NOT NULL, card TEXT NOT NULL) STRICT",
    "CREATE INDEX memory_by_due ON memory (due)",
    """CREATE TABLE ticks (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, item TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'gate-passed', 'gate-skipped'))) STRICT""",
    "CREATE INDEX ticks_by_item ON ticks (item, at)",
    """CREATE TABLE sittings (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, exam TEXT NOT NULL, form TEXT NOT NULL, seed INTEGER NOT NULL,
        deadline TEXT, paper TEXT NOT NULL) STRICT""",
    """CREATE TABLE sitting_events (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, sitting TEXT NOT NULL REFERENCES sittings (id),
        kind TEXT NOT NULL CHECK (kind IN ('show', 'answer', 'flag', 'unflag', 'submit', 'expire', 'abandon')),
        question TEXT, value TEXT) STRICT""",
    "CREATE INDEX sitting_events_by_sitting ON sitting_events (sitting, id)",
    """CREATE TABLE lab_runs (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, lab TEXT NOT NULL, version TEXT NOT NULL, target TEXT NOT NULL,
        account TEXT NOT NULL, region TEXT NOT NULL, profile TEXT) STRICT""",
    """CREATE TABLE lab_events (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, run TEXT NOT NULL REFERENCES lab_runs (id),
        kind TEXT NOT NULL, data TEXT NOT NULL) STRICT""",
    "CREATE INDEX lab_events_by_run ON lab_events (run, id)",
)


# SQLite can't widen a CHECK; the table is written anew.
M002 = (
    "ALTER TABLE sittings ADD COLUMN plan TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE sitting_events RENAME TO narrow_events",
    """CREATE TABLE sitting_events (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, sitting TEXT NOT NULL REFERENCES sittings (id),
        kind TEXT NOT NULL CHECK (kind IN ('show', 'answer', 'clear', 'confidence', 'flag', 'unflag', 'strike',
            'unstrike', 'note', 'pause', 'continue', 'submit', 'expire', 'abandon')),
        question TEXT, value TEXT) STRICT""",
    "INSERT INTO sitting_events SELECT id, at, sitting, kind, question, value FROM narrow_events ORDER BY rowid",
    "DROP TABLE narrow_events",
    "CREATE INDEX sitting_events_by_sitting ON sitting_events (sitting, id)",
    "CREATE INDEX sitting_events_by_kind ON sitting_events (kind, question)",
)


M003 = (
    """CREATE TABLE doubts (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL) STRICT""",
)


# What was taken back stays in the log; whoever reads it reads the views.
M004 = (
    "ALTER TABLE reviews ADD COLUMN seconds REAL CHECK (seconds >= 0)",
    """CREATE TABLE readings (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, lesson TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('read', 'unread')),
        seconds REAL NOT NULL CHECK (seconds >= 0)) STRICT""",
    """CREATE TABLE undone (
        row TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT""",
    """CREATE TABLE plan_changes (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, item TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('move', 'skip', 'restore')), day TEXT) STRICT""",
    "CREATE VIEW standing_answers AS SELECT rowid AS place, * FROM answers WHERE id NOT IN (SELECT row FROM undone)",
    """CREATE VIEW standing_reviews AS SELECT rowid AS place, * FROM reviews WHERE id NOT IN (SELECT row FROM undone)
        AND (answer IS NULL OR answer NOT IN (SELECT row FROM undone))""",
)


# The moment of a row in milliseconds since 1970; 0 for a time that is none.
_MILLISECONDS = "CAST(coalesce(round((julianday({at}) - 2440587.5) * 86400000), 0) AS INTEGER)"


def ordered(table: str) -> tuple[str, ...]:
    """What gives a table of the log an order that every device agrees on: by `turn`, then by id.

    `turn` is a hybrid logical clock (Kulkarni et al., 2014: "Logical Physical Clocks"): milliseconds times 2^16, and
    always more than any turn that this file has seen. So a row sorts by its time, and after all that was known when
    it was written, even if the clock was set back in between. Rows that came before get turns in their old order.
    """
    before = _MILLISECONDS.format(at="at")
    return (
        f"ALTER TABLE {table} ADD COLUMN turn INTEGER NOT NULL DEFAULT 0",
        f"""UPDATE {table} SET turn = old.turn FROM (
            SELECT rowid AS place, max({before}) OVER oldest * 65536 + row_number() OVER oldest AS turn
            FROM {table} WINDOW oldest AS (ORDER BY rowid)) AS old WHERE old.place = {table}.rowid""",  # noqa: S608
        f"UPDATE device SET turn = max(turn, (SELECT coalesce(max(turn), 0) FROM {table}))",  # noqa: S608
        f"""CREATE TRIGGER {table}_take_a_turn AFTER INSERT ON {table} WHEN NEW.turn = 0 BEGIN
            UPDATE device SET turn = max(turn + 1, {_MILLISECONDS.format(at="NEW.at")} * 65536);
            UPDATE {table} SET turn = (SELECT turn FROM device) WHERE rowid = NEW.rowid;
            END""",  # noqa: S608
    )


_LOGS_OF_M005 = (
    *("choices", "sittings", "answers", "reviews", "ticks", "readings", "plan_changes", "doubts"),
    *("sitting_events", "lab_runs", "lab_events"),
)
M005 = (
    # This copy of the file: its name among the learner's devices, and the last turn that it gave or saw.
    "CREATE TABLE device (id TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT",
    "INSERT INTO device (id, turn) VALUES (lower(hex(randomblob(8))), 0)",
    # What is known to be at a place for synchronising: segments by name, and our rows up to a rowid.
    """CREATE TABLE sync_segments (
        target TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (target, name)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sync_marks (
        target TEXT NOT NULL, log TEXT NOT NULL, upto INTEGER NOT NULL, PRIMARY KEY (target, log))
        STRICT, WITHOUT ROWID""",
    # A choice that is forgotten is a row without a value; two copies of an old file give the old ones the same ids.
    "CREATE TABLE choices (id TEXT PRIMARY KEY, at TEXT NOT NULL, key TEXT NOT NULL, value TEXT) STRICT",
    "INSERT INTO choices (id, at, key, value) SELECT at || ' ' || key, at, key, value FROM profile ORDER BY at, key",
    "DROP TABLE profile",
    *(statement for table in _LOGS_OF_M005 for statement in ordered(table)),
    "CREATE INDEX choices_by_key ON choices (key, turn, id)",
    """CREATE VIEW profile AS SELECT key, value, at FROM choices AS choice WHERE value IS NOT NULL AND id =
        (SELECT id FROM choices WHERE key = choice.key ORDER BY turn DESC, id DESC LIMIT 1)""",
    # A run in a sandbox is bound to its machine; what ran before there were others is everybody's.
    "ALTER TABLE lab_runs ADD COLUMN device TEXT",
    # Finds the points that were reviewed while the clock was ahead.
    "CREATE INDEX memory_by_review ON memory (json_extract(card, '$.last_review'))",
)
# The tables of M006 are logs like the others.
M006 = (
    """CREATE TABLE project_events (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, project TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('start', 'done', 'undone', 'figure')),
        name TEXT NOT NULL, value TEXT NOT NULL) STRICT""",
    "CREATE INDEX project_events_by_project ON project_events (project, at)",
    "CREATE TABLE celebrations (id TEXT PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL) STRICT",
    *(statement for table in ("project_events", "celebrations") for statement in ordered(table)),
)


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is pending, each migration in a transaction of its own, and mark the file as ours."""
    # The mark goes first: a file cut short while it is upgraded must still be known as ours.
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database = Database(connection)
    migrations.apply(database)
    connection.execute(f"PRAGMA user_version = {len(migrations.applied(database))}")
