-- Restaurants with their menus, and a ticket for each order.

CREATE SEQUENCE restaurants_id AS integer;

CREATE TABLE restaurants (
    id            integer PRIMARY KEY,
    version       integer NOT NULL CHECK (version > 0),
    due_at        timestamptz CHECK (due_at IS NULL), -- has no timer
    state         text NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    name          text NOT NULL,
    street1       text NOT NULL,
    street2       text NOT NULL, -- '' when there is none
    city          text NOT NULL,
    address_state text NOT NULL,
    zip           text NOT NULL,
    menu_items    jsonb NOT NULL CHECK (jsonb_array_length(menu_items) BETWEEN 1 AND 100)
);

CREATE TABLE tickets (
    id            integer PRIMARY KEY, -- the order's
    version       integer NOT NULL CHECK (version > 0),
    due_at        timestamptz CHECK (due_at IS NULL), -- has no timer
    state         text NOT NULL CHECK (state IN (
        'CREATE_PENDING', 'CREATE_REJECTED', 'AWAITING_ACCEPTANCE', 'ACCEPTED', 'PREPARING',
        'READY_FOR_PICKUP', 'PICKED_UP', 'CANCELLED', 'REVISION_PENDING')),
    reason        text CHECK (reason IN (
        'CONSUMER_UNKNOWN', 'ORDER_LIMIT_EXCEEDED', 'RESTAURANT_UNKNOWN', 'RESTAURANT_CLOSED',
        'MENU_ITEM_UNKNOWN', 'CARD_DECLINED', 'ACCOUNT_DISABLED', 'APPROVAL_TIMED_OUT')),
    restaurant_id integer NOT NULL CHECK (restaurant_id > 0),
    line_items    jsonb NOT NULL CHECK (jsonb_array_length(line_items) BETWEEN 0 AND 50),
    CONSTRAINT rejected_for_a_reason CHECK ((state = 'CREATE_REJECTED') = (reason IS NOT NULL)),
    -- A tombstone was rejected before the kitchen heard what was ordered.
    CONSTRAINT lines_unless_rejected CHECK (
        state = 'CREATE_REJECTED' OR jsonb_array_length(line_items) > 0)
);
