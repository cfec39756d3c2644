-- The schema as released in version 2. Never edited.
CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        history INTEGER NOT NULL CHECK (history IN (0, 1)),
        planned_at INTEGER,
        decided_by INTEGER,
        conversation_id TEXT,
        body TEXT NOT NULL,
        UNIQUE (account, id)
    ) STRICT;
CREATE INDEX events_unplanned ON events (account)
        WHERE planned_at IS NULL AND history = 0;
CREATE INDEX events_by_conversation ON events (account, conversation_id);
CREATE INDEX events_by_time ON events (account, at);
CREATE TABLE decisions (
        event_seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        trace TEXT NOT NULL,
        context TEXT NOT NULL
    ) STRICT;
CREATE TABLE intents (
        seq INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        event_seq INTEGER NOT NULL,
        position INTEGER NOT NULL,
        visible INTEGER NOT NULL CHECK (visible IN (0, 1)),
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN (
            'pending', 'sending', 'retrying', 'unknown', 'done', 'skipped', 'dead', 'in_doubt')),
        attempt INTEGER NOT NULL,
        claimed_at INTEGER,
        settled_at INTEGER,
        not_before INTEGER,
        result_id TEXT,
        error TEXT NOT NULL,
        reason TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
CREATE INDEX intents_by_state ON intents (account, state);
CREATE INDEX intents_by_result ON intents (account, result_id) WHERE result_id IS NOT NULL;
CREATE INDEX intents_by_claim ON intents (account, claimed_at)
        WHERE claimed_at IS NOT NULL AND visible = 1;
CREATE TABLE firings (
        account TEXT NOT NULL,
        at INTEGER NOT NULL,
        event_seq INTEGER NOT NULL,
        place INTEGER NOT NULL,
        rule_id TEXT NOT NULL,
        conversation_id TEXT,
        contact_id TEXT,
        PRIMARY KEY (account, at, event_seq, place)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE conversations (
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        changed INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (account, id)
    ) STRICT;
CREATE INDEX conversations_by_change ON conversations (changed, account, id);
CREATE TABLE contacts (
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (account, id)
    ) STRICT;
CREATE TABLE memo (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE seen (
        first INTEGER NOT NULL,
        second INTEGER NOT NULL,
        PRIMARY KEY (first, second)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE hands (
        seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        act TEXT NOT NULL CHECK (act IN ('retry', 'drop', 'confirm')),
        at INTEGER NOT NULL,
        message_id TEXT,
        answer TEXT
    ) STRICT;
CREATE INDEX hands_open ON hands (account) WHERE answer IS NULL;
ALTER TABLE intents ADD COLUMN expires_at INTEGER;
PRAGMA application_id = 2003987276;
PRAGMA user_version = 2;
