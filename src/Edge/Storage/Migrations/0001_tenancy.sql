-- Tenants and keys. Policies are JSON text, read by the declarations that read the configuration's.
CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT,
    policy TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- No reference to organisations: one of the configuration may have teams and users in the store.
CREATE TABLE teams (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    policy TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE TABLE users (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    team TEXT,
    name TEXT,
    role TEXT NOT NULL,
    policy TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    prefix TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    previous_hash BYTEA,
    previous_until BIGINT,
    name TEXT,
    organisation TEXT,
    team TEXT,
    user_id TEXT,
    scopes TEXT NOT NULL,
    policy TEXT NOT NULL,
    debug BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_by TEXT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX keys_by_organisation ON keys (organisation, id);

-- One row: counts up in the transaction of every change, so that other instances see that there is one by reading a number.
CREATE TABLE tenancy_version (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);

INSERT INTO tenancy_version (id, version) VALUES (1, 0);

-- Answers to POSTs that carried an Idempotency-Key, for a day. The body is kept without the secret: it is shown once.
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
