-- Tickets after their order's approval: accepted, cooked, revised, cancelled. Rows of before, and
-- those that an older version of the service still writes, are right without the new columns.

ALTER TABLE tickets
    ADD COLUMN approved          boolean NOT NULL DEFAULT false,
    ADD COLUMN ready_by          timestamptz,
    ADD COLUMN settled_revision  integer NOT NULL DEFAULT 0 CHECK (settled_revision BETWEEN 0 AND 1000),
    ADD COLUMN answered_revision integer NOT NULL DEFAULT 0,
    ADD COLUMN resume_state      text CHECK (resume_state IN ('AWAITING_ACCEPTANCE', 'ACCEPTED')),
    ADD COLUMN held_line_items   jsonb NOT NULL DEFAULT '[]'
        CHECK (jsonb_array_length(held_line_items) BETWEEN 0 AND 50),
    DROP CONSTRAINT tickets_due_at_check,
    DROP CONSTRAINT tickets_reason_check,
    DROP CONSTRAINT rejected_for_a_reason,
    ADD CONSTRAINT tickets_reason_check CHECK (reason IN (
        'CONSUMER_UNKNOWN', 'ORDER_LIMIT_EXCEEDED', 'RESTAURANT_UNKNOWN', 'RESTAURANT_CLOSED',
        'MENU_ITEM_UNKNOWN', 'CARD_DECLINED', 'ACCOUNT_DISABLED', 'APPROVAL_TIMED_OUT',
        'CANCELLED_BY_CONSUMER', 'TICKET_EXPIRED')),
    ADD CONSTRAINT ended_for_a_reason CHECK (
        (state IN ('CREATE_REJECTED', 'CANCELLED')) = (reason IS NOT NULL)),
    -- The order's event may still be on its way to a ticket that is AWAITING_ACCEPTANCE or ACCEPTED.
    ADD CONSTRAINT cooked_when_approved CHECK (
        approved OR state NOT IN ('PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP', 'REVISION_PENDING')),
    ADD CONSTRAINT rejected_when_not_approved CHECK (NOT (approved AND state = 'CREATE_REJECTED')),
    ADD CONSTRAINT cooked_by_a_promised_time CHECK (
        ready_by IS NOT NULL OR state NOT IN ('ACCEPTED', 'PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP')),
    ADD CONSTRAINT expires_while_awaiting CHECK (due_at IS NULL OR state = 'AWAITING_ACCEPTANCE'),
    ADD CONSTRAINT answered_in_turn CHECK (answered_revision - settled_revision BETWEEN 0 AND 1),
    ADD CONSTRAINT held_while_pending CHECK (
        (state = 'REVISION_PENDING') = (resume_state IS NOT NULL)
        AND (state = 'REVISION_PENDING') = (jsonb_array_length(held_line_items) > 0)
        AND (state <> 'REVISION_PENDING' OR answered_revision = settled_revision + 1));

-- What already waits gets the default time. Its order was approved by the event that made it wait, of
-- which the kitchen did not hear then.
UPDATE tickets SET approved = true, due_at = now() + interval '900 s'
    WHERE state = 'AWAITING_ACCEPTANCE';

-- The timers: only a ticket that awaits its acceptance has one.
CREATE INDEX tickets_due_at ON tickets (due_at) WHERE due_at IS NOT NULL;

-- GET /restaurants/{id}/tickets: a page after an id, of all or of those in a state.
CREATE INDEX tickets_restaurant_id ON tickets (restaurant_id, id);
CREATE INDEX tickets_restaurant_state ON tickets (restaurant_id, state, id);
