-- Charges that change: revisions of an order. Rows of before, and those that an older version of the
-- service still writes, are right without the new columns; an account of before has no limit here.

ALTER TABLE accounts
    ADD COLUMN has_order_limit   boolean NOT NULL DEFAULT false,
    ADD COLUMN order_limit_cents bigint NOT NULL DEFAULT 0
        CHECK (order_limit_cents BETWEEN 0 AND 99999999999),
    ADD CONSTRAINT limit_of_those_that_have_one CHECK (has_order_limit OR order_limit_cents = 0);

ALTER TABLE authorizations
    ADD COLUMN settled_revision  integer NOT NULL DEFAULT 0 CHECK (settled_revision BETWEEN 0 AND 1000),
    ADD COLUMN answered_revision integer NOT NULL DEFAULT 0,
    ADD COLUMN revised           boolean NOT NULL DEFAULT false,
    ADD COLUMN previous_cents    bigint NOT NULL DEFAULT 0
        CHECK (previous_cents BETWEEN 0 AND 99999999999),
    ADD CONSTRAINT answered_in_turn CHECK (answered_revision - settled_revision BETWEEN 0 AND 1),
    -- An open revision is one of a charge, was answered and is not settled.
    ADD CONSTRAINT revised_until_settled CHECK (
        NOT revised OR (state = 'AUTHORIZED' AND answered_revision = settled_revision + 1)),
    ADD CONSTRAINT previous_while_revised CHECK (revised OR previous_cents = 0);
