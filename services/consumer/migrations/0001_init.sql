-- Consumers, and for each order whether its consumer may place it.

CREATE SEQUENCE consumers_id AS integer;

CREATE TABLE consumers (
    id                integer PRIMARY KEY,
    version           integer NOT NULL CHECK (version > 0),
    due_at            timestamptz CHECK (due_at IS NULL), -- has no timer
    has_name          boolean NOT NULL,
    first_name        text NOT NULL,
    last_name         text NOT NULL,
    has_order_limit   boolean NOT NULL,
    order_limit_cents bigint NOT NULL CHECK (order_limit_cents BETWEEN 0 AND 99999999999),
    CONSTRAINT named_or_not CHECK (has_name OR (first_name = '' AND last_name = '')),
    CONSTRAINT limited_or_not CHECK (has_order_limit OR order_limit_cents = 0)
);

CREATE TABLE verifications (
    id          integer PRIMARY KEY, -- the order's
    version     integer NOT NULL CHECK (version > 0),
    due_at      timestamptz CHECK (due_at IS NULL), -- has no timer
    state       text NOT NULL CHECK (state IN ('VERIFIED', 'FAILED')),
    reason      text CHECK (reason IN ('CONSUMER_UNKNOWN', 'ORDER_LIMIT_EXCEEDED')),
    consumer_id integer NOT NULL CHECK (consumer_id > 0),
    CONSTRAINT failed_for_a_reason CHECK ((state = 'FAILED') = (reason IS NOT NULL))
);
