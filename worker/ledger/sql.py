"""The ledger's SQL, by name.

A batch is one statement: `:rows` is a JSON array of arrays, one a row. The long texts of the rows
stand one after the other in `:texts` (bytes), and a row tells where its own begin and how many
bytes they have: measured, a row costs 13 µs so, against 16 µs with quoted and 22 µs with nested
JSON.
"""

from __future__ import annotations


def _cut(start: int) -> str:
    return f"CAST(substr(:texts, value ->> {start}, value ->> {start + 1}) AS TEXT)"


RECEIVE = f"""
INSERT INTO events (seq, account, id, kind, at, received_at, history, conversation_id, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, {_cut(10)}
FROM json_each(:rows)
WHERE NOT EXISTS (SELECT 1 FROM seen WHERE first = value ->> 8 AND second = value ->> 9)
ON CONFLICT (account, id) DO NOTHING
"""  # noqa: S608 - only numbers are put in

EVENTS_FROM = "SELECT json_group_array(seq) FROM events WHERE seq >= ?"

PLANNABLE = """
SELECT json_group_array(json_array(j.key, e.seq, e.planned_at IS NOT NULL OR e.history))
FROM json_each(:rows) AS j
JOIN events AS e ON e.account = j.value ->> 0 AND e.id = j.value ->> 1
"""

MARK_PLANNED = """
UPDATE events SET planned_at = row.at, decided_by = row.by
FROM (SELECT value ->> 0 AS seq, value ->> 1 AS at, value ->> 2 AS by FROM json_each(:rows)) AS row
WHERE events.seq = row.seq
"""

DECIDE = f"""
INSERT INTO decisions (event_seq, account, trace, context)
SELECT value ->> 0, value ->> 1, {_cut(2)}, {_cut(4)} FROM json_each(:rows)
"""  # noqa: S608

INTEND = f"""
INSERT INTO intents (seq, key, account, event_seq, position, visible, created_at,
                     state, attempt, settled_at, not_before, error, reason, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, 0, value ->> 8, value ->> 9, value ->> 10, value ->> 11, {_cut(12)}
FROM json_each(:rows) WHERE true
ON CONFLICT (key) DO NOTHING
"""  # noqa: S608

INTENTS_FROM = "SELECT json_group_array(seq) FROM intents WHERE seq >= ?"

FIRE = """
INSERT INTO firings (account, at, event_seq, place, rule_id, conversation_id, contact_id,
                     shadow, sends)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8
FROM json_each(:rows)
"""

STANDINGS = """
SELECT json_group_array(json_array(key, seq, account, state, attempt, claimed_at, settled_at,
                                   result_id, error, reason, not_before, expires_at))
FROM intents WHERE key IN (SELECT value FROM json_each(:rows))
"""

CLAIM = """
UPDATE intents
SET state = row.state, attempt = row.attempt, claimed_at = row.claimed_at,
    not_before = row.not_before
FROM (SELECT value ->> 0 AS seq, value ->> 1 AS state, value ->> 2 AS attempt,
             value ->> 3 AS claimed_at, value ->> 4 AS not_before
      FROM json_each(:rows)) AS row
WHERE intents.seq = row.seq
"""

SETTLE = """
UPDATE intents
SET state = row.state, settled_at = row.settled_at, result_id = row.result_id,
    error = row.error, reason = row.reason, not_before = row.not_before,
    expires_at = row.expires_at
FROM (SELECT value ->> 0 AS seq, value ->> 1 AS state, value ->> 2 AS settled_at,
             value ->> 3 AS result_id, value ->> 4 AS error, value ->> 5 AS reason,
             value ->> 6 AS not_before, value ->> 7 AS expires_at
      FROM json_each(:rows)) AS row
WHERE intents.seq = row.seq
"""


KEEP_CONVERSATIONS = f"""
INSERT INTO conversations (account, id, changed, awaits_person, awaits_answer, state)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, {_cut(5)}
FROM json_each(:rows) WHERE true
ON CONFLICT (account, id) DO UPDATE SET
    changed = excluded.changed, awaits_person = excluded.awaits_person,
    awaits_answer = excluded.awaits_answer, state = excluded.state
"""  # noqa: S608

KEEP_CONTACTS = f"""
INSERT INTO contacts (account, id, state)
SELECT value ->> 0, value ->> 1, {_cut(2)} FROM json_each(:rows) WHERE true
ON CONFLICT (account, id) DO UPDATE SET state = excluded.state
"""  # noqa: S608

REMEMBER = """
INSERT INTO memo (account, name, value)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows) WHERE true
ON CONFLICT (account, name) DO UPDATE SET value = excluded.value
"""

FORGET = """
DELETE FROM memo WHERE (account, name) IN
    (SELECT value ->> 0, value ->> 1 FROM json_each(:rows))
"""

LAST_NUMBERS = """
SELECT (SELECT coalesce(max(seq), 0) FROM events),
       (SELECT coalesce(max(seq), 0) FROM intents),
       (SELECT coalesce(max(changed), 0) FROM conversations)
"""

MEMO = "SELECT name, value FROM memo WHERE account = ?"
MEMO_OF_ALL = "SELECT account || '/' || name, value FROM memo"

_EVENT = """
SELECT e.body, e.received_at, e.planned_at, d.trace, d.context,
       CASE WHEN e.decided_by <> e.seq THEN (SELECT id FROM events WHERE seq = e.decided_by) END
FROM events AS e LEFT JOIN decisions AS d ON d.event_seq = e.seq
"""

UNPLANNED = f"""{_EVENT}
WHERE e.account = ? AND e.planned_at IS NULL AND e.history = 0 ORDER BY e.seq
"""
EVENT = f"{_EVENT} WHERE e.account = ? AND e.id = ?"
# The plus keeps the planner from fetching a whole account by index only to sort it.
EVENTS = f"{_EVENT} WHERE +e.account = ? ORDER BY e.seq DESC LIMIT ?"
EVENTS_OF = f"""{_EVENT}
WHERE e.account = ? AND e.conversation_id = ? AND e.at >= coalesce(?, e.at)
ORDER BY e.seq DESC LIMIT ?
"""
EVENTS_SINCE = f"""{_EVENT}
WHERE e.seq IN (SELECT seq FROM events WHERE account = ? AND at >= ? ORDER BY seq DESC LIMIT ?)
ORDER BY e.seq DESC
"""  # noqa: S608

CONVERSATIONS = """
SELECT id, state FROM conversations
WHERE account = ? AND id IN (SELECT value FROM json_each(?))
"""
CONTACTS = """
SELECT id, state FROM contacts WHERE account = ? AND id IN (SELECT value FROM json_each(?))
"""
# By the index alone: the states are many times its size.
TRACKED = "SELECT id FROM conversations WHERE +account = ? ORDER BY changed DESC"


def _awaiting(column: str) -> str:
    return f"""
SELECT id, {column} FROM conversations
WHERE account = ? AND ({column}, id) > (?, ?) AND {column} <= ? ORDER BY {column}, id LIMIT ?
"""  # noqa: S608 - only names of columns are put in


AWAITING_PERSON = _awaiting("awaits_person")
AWAITING_ANSWER = _awaiting("awaits_answer")

_INTENT = """
SELECT body, state, attempt, claimed_at, settled_at, result_id, error, reason, not_before,
       expires_at, seq
FROM intents
"""
OPEN_INTENTS = f"""{_INTENT}
WHERE account = ? AND state IN ('pending', 'sending', 'retrying', 'unknown')
ORDER BY event_seq, position, seq
"""
INTENTS_IN = f"""{_INTENT}
WHERE seq IN (SELECT seq FROM intents WHERE account = ? AND state = ? ORDER BY seq DESC LIMIT ?)
ORDER BY seq DESC
"""  # noqa: S608
INTENT = f"{_INTENT} WHERE key = ?"

ACCOUNTED = """
SELECT DISTINCT result_id FROM intents
WHERE account = ? AND result_id IN (SELECT value FROM json_each(?))
"""

ACCOUNTED_ONCE = """
SELECT value ->> 0 FROM json_each(?)
JOIN seen ON first = value ->> 1 AND second = value ->> 2
"""

FIRINGS = """
SELECT rule_id, at, conversation_id, contact_id, shadow, sends FROM firings
WHERE account = ? AND at >= ? ORDER BY at, event_seq, place
"""

# What was called before is found by its claim; what never was is open, and those are few.
SENDS = """
SELECT key, claimed_at AS at, body ->> '$.conversation_id', body ->> '$.contact_id',
       body ->> '$.rule_id', seq
FROM intents
WHERE account = ?1 AND claimed_at >= ?2 AND visible = 1 AND state NOT IN ('skipped', 'dead')
UNION ALL
SELECT key, created_at, body ->> '$.conversation_id', body ->> '$.contact_id',
       body ->> '$.rule_id', seq
FROM intents
WHERE account = ?1 AND state = 'pending' AND claimed_at IS NULL AND visible = 1
      AND created_at >= ?2
ORDER BY 2, 6
"""

ACTIVITY = """
SELECT rule_id, shadow, fired, sends, (SELECT id FROM events WHERE seq = last)
FROM (SELECT rule_id, shadow, count(*) AS fired, sum(sends) AS sends, max(event_seq) AS last
      FROM firings WHERE account = ? AND at >= ? GROUP BY rule_id, shadow)
ORDER BY rule_id, shadow
"""
# Firings of one decision have one time, so that the second look-up is by the primary key.
BESIDE_SHADOW = """
SELECT s.rule_id, coalesce(l.rule_id, ''), count(*)
FROM firings AS s
LEFT JOIN firings AS l ON l.account = s.account AND l.at = s.at AND l.event_seq = s.event_seq
                          AND l.shadow = 0 AND l.sends > 0
WHERE s.account = ? AND s.at >= ? AND s.shadow = 1
GROUP BY 1, 2 ORDER BY 1, 2
"""

EVENT_COUNTS = """
SELECT (SELECT count(*) FROM events WHERE ?1 IS NULL OR account = ?1),
       (SELECT count(*) FROM events WHERE planned_at IS NULL AND history = 0
                                          AND (?1 IS NULL OR account = ?1)),
       (SELECT count(*) FROM timers WHERE due_at IS NOT NULL AND (?1 IS NULL OR account = ?1))
"""
AWAITING_COUNTS = """
SELECT (SELECT count(*) FROM conversations
        WHERE awaits_person IS NOT NULL AND (?1 IS NULL OR account = ?1)),
       (SELECT count(*) FROM conversations
        WHERE awaits_answer IS NOT NULL AND (?1 IS NULL OR account = ?1))
"""
INTENT_COUNTS = """
SELECT state, count(*) FROM intents WHERE ?1 IS NULL OR account = ?1 GROUP BY state
"""
