-- An account for each consumer, and a card authorization for each order: the primary key makes it the
-- only one.

CREATE TABLE accounts (
    id         integer PRIMARY KEY, -- the consumer's
    version    integer NOT NULL CHECK (version > 0),
    due_at     timestamptz CHECK (due_at IS NULL), -- has no timer
    state      text NOT NULL CHECK (state IN ('OPEN', 'DISABLED')),
    card_token text NOT NULL CHECK (card_token <> '')
);

CREATE TABLE authorizations (
    id           integer PRIMARY KEY, -- the order's
    version      integer NOT NULL CHECK (version > 0),
    due_at       timestamptz CHECK (due_at IS NULL), -- has no timer
    state        text NOT NULL CHECK (state IN (
        'PENDING', 'AUTHORIZED', 'FAILED', 'VOIDED', 'REVERSED')),
    reason       text CHECK (reason IN ('CARD_DECLINED', 'ACCOUNT_DISABLED')),
    consumer_id  integer NOT NULL CHECK (consumer_id >= 0), -- 0 until OrderCreated has come
    amount_cents bigint NOT NULL CHECK (amount_cents BETWEEN 0 AND 99999999999),
    verified     boolean NOT NULL,
    ticketed     boolean NOT NULL,
    CONSTRAINT failed_for_a_reason CHECK ((state = 'FAILED') = (reason IS NOT NULL)),
    CONSTRAINT amount_of_an_order CHECK (consumer_id > 0 OR amount_cents = 0),
    -- The card was charged, or declined, if and only if the three facts were known.
    CONSTRAINT charged_when_complete CHECK (
        (state IN ('AUTHORIZED', 'FAILED', 'REVERSED'))
        = (consumer_id > 0 AND verified AND ticketed))
);
