-- Cancelling and revising an order. What the program before this one writes fits as well.

ALTER TABLE orders
    ADD COLUMN cancel_requests integer NOT NULL DEFAULT 0 CHECK (cancel_requests >= 0),
    ADD COLUMN revision integer NOT NULL DEFAULT 0 CHECK (revision BETWEEN 0 AND 1000),
    ADD COLUMN revised_line_items jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_array_length(revised_line_items) <= 50),
    ADD COLUMN revised_order_total_cents bigint NOT NULL DEFAULT 0
        CHECK (revised_order_total_cents BETWEEN 0 AND 99999999999),
    DROP CONSTRAINT orders_reason_check,
    DROP CONSTRAINT rejected_for_a_reason,
    DROP CONSTRAINT pending_until_a_deadline,
    ADD CONSTRAINT orders_reason_check CHECK (reason IN (
        'CONSUMER_UNKNOWN', 'ORDER_LIMIT_EXCEEDED', 'RESTAURANT_UNKNOWN', 'RESTAURANT_CLOSED',
        'MENU_ITEM_UNKNOWN', 'CARD_DECLINED', 'ACCOUNT_DISABLED', 'APPROVAL_TIMED_OUT',
        'CANCELLED_BY_CONSUMER', 'TICKET_EXPIRED', 'PREPARATION_STARTED', 'TICKET_CANCELLED',
        'REVISION_TIMED_OUT')),
    ADD CONSTRAINT ended_for_a_reason CHECK (CASE
        WHEN state IN ('REJECTED', 'CANCELLED') THEN reason IS NOT NULL
        WHEN state = 'APPROVED' THEN true -- why its latest revision or cancellation was refused
        ELSE reason IS NULL END),
    ADD CONSTRAINT pending_until_a_deadline CHECK (
        (state IN ('APPROVAL_PENDING', 'CANCEL_PENDING', 'REVISION_PENDING')) = (due_at IS NOT NULL)),
    ADD CONSTRAINT asked_while_cancel_pending CHECK ((state = 'CANCEL_PENDING') = (cancel_requests > 0)),
    ADD CONSTRAINT revised_while_revision_pending CHECK (
        (state = 'REVISION_PENDING') = (jsonb_array_length(revised_line_items) > 0));
