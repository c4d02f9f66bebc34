-- Orders, and the replica of the restaurants that prices them.

CREATE SEQUENCE orders_id AS integer;

CREATE TABLE orders (
    id                integer PRIMARY KEY,
    version           integer NOT NULL CHECK (version > 0),
    due_at            timestamptz,
    state             text NOT NULL CHECK (state IN (
        'APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING')),
    reason            text CHECK (reason IN (
        'CONSUMER_UNKNOWN', 'ORDER_LIMIT_EXCEEDED', 'RESTAURANT_UNKNOWN', 'RESTAURANT_CLOSED',
        'MENU_ITEM_UNKNOWN', 'CARD_DECLINED', 'ACCOUNT_DISABLED', 'APPROVAL_TIMED_OUT')),
    consumer_id       integer NOT NULL CHECK (consumer_id > 0),
    restaurant_id     integer NOT NULL CHECK (restaurant_id > 0),
    line_items        jsonb NOT NULL CHECK (jsonb_array_length(line_items) BETWEEN 1 AND 50),
    order_total_cents bigint NOT NULL CHECK (order_total_cents BETWEEN 0 AND 99999999999),
    delivery_street1  text NOT NULL,
    delivery_street2  text NOT NULL, -- '' when there is none
    delivery_city     text NOT NULL,
    delivery_state    text NOT NULL,
    delivery_zip      text NOT NULL,
    delivery_time     timestamptz NOT NULL,
    CONSTRAINT rejected_for_a_reason CHECK ((state = 'REJECTED') = (reason IS NOT NULL)),
    CONSTRAINT pending_until_a_deadline CHECK ((state = 'APPROVAL_PENDING') = (due_at IS NOT NULL))
);

-- The timers: only pending orders have one.
CREATE INDEX orders_due_at ON orders (due_at) WHERE due_at IS NOT NULL;

-- GET /orders?consumerId=, a page after an id.
CREATE INDEX orders_consumer_id ON orders (consumer_id, id);

CREATE TABLE restaurants (
    id         integer PRIMARY KEY,
    version    integer NOT NULL CHECK (version > 0),
    due_at     timestamptz CHECK (due_at IS NULL), -- has no timer
    sequence   integer NOT NULL CHECK (sequence > 0),
    name       text NOT NULL,
    menu_items jsonb NOT NULL CHECK (jsonb_array_length(menu_items) BETWEEN 1 AND 100)
);
