-- The engine's own tables, the same in every service's schema. See docs/architecture.md for who writes what when.

-- Events on their way to the broker. The relay deletes a row once it is confirmed and was not returned.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid NOT NULL,
    type        text NOT NULL,
    subject_id  integer NOT NULL,
    sequence    integer NOT NULL,
    correlation text NOT NULL,
    traceparent text NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL -- the time in the envelope
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Inputs that were taken: a message or command whose id is here changes nothing again.
CREATE TABLE inbox (
    message_id  uuid PRIMARY KEY,
    type        text NOT NULL,
    subject_id  integer NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_received_at ON inbox (received_at);

-- Messages that can never be applied, with their original bytes and why.
CREATE TABLE parked (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id uuid NOT NULL,
    type       text NOT NULL,
    reason     text NOT NULL,
    body       bytea NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now()
);

-- Messages whose time has not come: tried again when their aggregate moves, and every few seconds.
CREATE TABLE deferred (
    message_id   uuid PRIMARY KEY,
    type         text NOT NULL,
    kind         text NOT NULL,
    aggregate_id integer NOT NULL,
    body         bytea NOT NULL,
    deferred_at  timestamptz NOT NULL DEFAULT now(),
    retry_at     timestamptz NOT NULL
);
CREATE INDEX deferred_aggregate ON deferred (kind, aggregate_id);
CREATE INDEX deferred_retry_at ON deferred (retry_at);

-- Answers to requests that came with an Idempotency-Key.
CREATE TABLE idempotency (
    key         text PRIMARY KEY,
    fingerprint bytea NOT NULL,
    status      integer NOT NULL,
    body        text NOT NULL,
    location    text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
