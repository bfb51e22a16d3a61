"""A learner's file as the program before the first sync left it: schema 4, with a row of every kind."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from mlacoach.store.database import APPLICATION_ID
from mlacoach.store.migrations import migrations

SCHEMA = 4
# The second answer and the second tick were written within the same millisecond as the first, or with the clock back.
AT = ("2026-11-01T08:00:00.000+00:00", "2026-11-01T08:00:00.000+00:00", "2026-10-31T08:00:00.000+00:00")
ROWS = """
INSERT INTO profile VALUES ('track', 'domain-4-and-pipeline', '{0}'), ('exam_date', '2027-02-15', '{2}');
INSERT INTO sittings (id, at, exam, form, seed, deadline, paper, plan)
    VALUES ('{i}5', '{0}', 'MLA-C02', 'mini', 1, NULL, '["q1"]', '{{"tasks": []}}');
INSERT INTO sitting_events VALUES ('{i}9', '{0}', '{i}5', 'show', 'q1', '[]'),
    ('{i}8', '{1}', '{i}5', 'answer', 'q1', '["a"]'), ('{i}7', '{2}', '{i}5', 'submit', NULL, '[]');
INSERT INTO answers VALUES ('{i}4', '{0}', 'q1', '["a"]', 0, 9.5, 'sure', 'study', NULL),
    ('{i}3', '{1}', 'q1', '["b"]', 1, 8.5, NULL, 'exam', '{i}5'),
    ('{i}2', '{2}', 'q2', '[]', 0, 0.0, NULL, 'review', NULL);
INSERT INTO reviews VALUES ('{i}6', '{0}', 'q1', 1, '{i}4', NULL), ('{i}1', '{1}', 'q1', 3, '{i}3', NULL),
    ('{i}0', '{2}', 'card:c:a', 3, NULL, 4.5);
INSERT INTO memory VALUES ('q1', '{0}', '{{"last_review": "{0}"}}'), ('card:c:a', '{2}', '{{}}');
INSERT INTO undone VALUES ('{i}2', '{0}');
INSERT INTO ticks VALUES ('{i}b', '{0}', 'track/item', 'done'), ('{i}a', '{1}', 'track/item', 'undone');
INSERT INTO readings VALUES ('{i}c', '{0}', 'lesson', 'read', 60.0);
INSERT INTO plan_changes VALUES ('{i}d', '{0}', 'item', 'move', '2026-12-24');
INSERT INTO doubts VALUES ('{i}e', '{0}', 'q1', 'unclear');
INSERT INTO lab_runs VALUES ('{i}f', '{0}', 'a-lab', '1', 'sandbox', '1', 'r', NULL);
INSERT INTO lab_events VALUES ('{i}1', '{0}', '{i}f', 'ready', '{{}}');
"""
TABLES = (
    *("sittings", "sitting_events", "answers", "reviews", "memory", "undone", "ticks", "readings", "plan_changes"),
    *("doubts", "lab_runs", "lab_events"),
)


def make(path: Path) -> None:
    """Make the file by the migrations that there were then."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(Database(connection), stop_before="m005_other_devices")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.executescript(ROWS.format(*AT, i="01a1d1f4d800" + "0" * 15))
