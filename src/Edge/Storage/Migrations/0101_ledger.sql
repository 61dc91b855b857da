-- Times are milliseconds since 1970 (UTC), durations microseconds; money is nano-dollars; '' stands for "none".
CREATE TABLE ledger (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    organisation TEXT NOT NULL,
    team TEXT NOT NULL,
    member TEXT NOT NULL,
    api_key TEXT NOT NULL,
    caller_kind TEXT NOT NULL,
    caller TEXT NOT NULL,
    tags TEXT NOT NULL,
    tags_dropped BIGINT NOT NULL,
    endpoint TEXT NOT NULL,
    model_asked TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    region TEXT NOT NULL,
    tokens_input BIGINT NOT NULL,
    tokens_output BIGINT NOT NULL,
    tokens_cache_read BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning BIGINT NOT NULL,
    tokens_audio_input BIGINT NOT NULL,
    tokens_audio_output BIGINT NOT NULL,
    tokens_image_input BIGINT NOT NULL,
    tokens_image_output BIGINT NOT NULL,
    usage_from TEXT NOT NULL,
    priced BIGINT NOT NULL,
    cost_input BIGINT NOT NULL,
    cost_output BIGINT NOT NULL,
    saved_by_cache BIGINT NOT NULL,
    saved_by_routing BIGINT NOT NULL,
    total_us BIGINT NOT NULL,
    gateway_us BIGINT NOT NULL,
    first_token_us BIGINT NOT NULL,
    streamed BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT NOT NULL,
    status BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    guard TEXT NOT NULL
);
CREATE INDEX ledger_at ON ledger (at, id);
CREATE INDEX ledger_organisation ON ledger (organisation, at);
CREATE INDEX ledger_api_key ON ledger (api_key, at);
CREATE INDEX ledger_expires ON ledger (expires);

-- What sums are kept by, once: an id is the hash of all the others.
CREATE TABLE ledger_series (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    team TEXT NOT NULL,
    member TEXT NOT NULL,
    api_key TEXT NOT NULL,
    caller TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    outcome TEXT NOT NULL,
    tags TEXT NOT NULL,
    seen BIGINT NOT NULL
);
CREATE INDEX ledger_series_seen ON ledger_series (seen);

CREATE TABLE ledger_hour (
    at BIGINT NOT NULL,
    series TEXT NOT NULL,
    requests BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    unpriced BIGINT NOT NULL,
    streamed BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    tokens_input BIGINT NOT NULL,
    tokens_output BIGINT NOT NULL,
    tokens_cache_read BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning BIGINT NOT NULL,
    cost_input BIGINT NOT NULL,
    cost_output BIGINT NOT NULL,
    saved_by_cache BIGINT NOT NULL,
    saved_by_routing BIGINT NOT NULL,
    total_us BIGINT NOT NULL,
    gateway_us BIGINT NOT NULL,
    PRIMARY KEY (at, series)
);

CREATE TABLE ledger_day (
    at BIGINT NOT NULL,
    series TEXT NOT NULL,
    requests BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    unpriced BIGINT NOT NULL,
    streamed BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    tokens_input BIGINT NOT NULL,
    tokens_output BIGINT NOT NULL,
    tokens_cache_read BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning BIGINT NOT NULL,
    cost_input BIGINT NOT NULL,
    cost_output BIGINT NOT NULL,
    saved_by_cache BIGINT NOT NULL,
    saved_by_routing BIGINT NOT NULL,
    total_us BIGINT NOT NULL,
    gateway_us BIGINT NOT NULL,
    PRIMARY KEY (at, series)
);

-- What each tenant spent, by quarters of an hour: no time zone is finer, so that a budget's day can begin anywhere.
CREATE TABLE ledger_spent (
    tenant TEXT NOT NULL,
    at BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    PRIMARY KEY (tenant, at)
);
CREATE INDEX ledger_spent_at ON ledger_spent (at);

-- How far each writer's journal has been taken in; changed in the transaction that takes it in, so that nothing counts twice.
CREATE TABLE ledger_writer (
    id TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    seen BIGINT NOT NULL
);
