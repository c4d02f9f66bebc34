-- What makes lost messages visible, and messages that kill their handler harmless.

-- What the broker has confirmed, moved here from the outbox and kept for BRIGADE_SENT_HOURS: held against the
-- subscribers' inboxes it shows an event that a lost binding swallowed, and from here it is sent again.
CREATE TABLE sent (
    id          bigint PRIMARY KEY, -- the outbox's
    event_id    uuid NOT NULL,
    type        text NOT NULL,
    subject_id  integer NOT NULL,
    sequence    integer NOT NULL,
    correlation text NOT NULL,
    traceparent text NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX sent_correlation ON sent (correlation);
CREATE INDEX sent_sent_at ON sent USING brin (sent_at); -- what was sent lately is at the table's end

-- How many processes were about to decide a message that may be the one that ends them: it is parked after a few.
CREATE TABLE attempts (
    message_id uuid PRIMARY KEY,
    count      integer NOT NULL,
    process    uuid NOT NULL, -- the last one
    last_at    timestamptz NOT NULL DEFAULT now()
);

-- What an operator has redriven is looked for several times a second.
CREATE INDEX deferred_redriven ON deferred (message_id) WHERE kind = 'redriven';
