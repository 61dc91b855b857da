-- Organisations, teams and users. A document is a JSON object: what the admin API was given, read by the declarations that read the configuration.
-- No row needs another: an organisation of the configuration may have teams and users here.
CREATE TABLE tenants (
    organisation TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (kind, organisation, id)
);

-- Virtual keys: keyed hashes of their texts. An organisation of '' is none.
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    previous_hash BYTEA,
    previous_until BIGINT,
    document TEXT NOT NULL,
    revoked_at BIGINT,
    created_by TEXT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX keys_by_organisation ON keys (organisation, id);

-- One row: counts up in the transaction of every change, so that other instances see by one number that there is one. Revisions come from it.
CREATE TABLE tenancy_version (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);

INSERT INTO tenancy_version (id, version) VALUES (1, 0);

-- What must be the same for every gateway over this database: a mark of the secret that keys are hashed under.
CREATE TABLE store_marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Answers to POSTs that carried an Idempotency-Key, for a day, without secrets: those are shown once. A status of 0: it still runs.
CREATE TABLE idempotency (
    holder TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (holder, idempotency_key)
);

CREATE INDEX idempotency_by_time ON idempotency (created_at);
