-- What customers were told.

CREATE SEQUENCE notifications_id AS integer;

CREATE TABLE notifications (
    id          integer PRIMARY KEY,
    version     integer NOT NULL CHECK (version > 0),
    due_at      timestamptz CHECK (due_at IS NULL), -- has no timer
    kind        text NOT NULL CHECK (kind IN ('ORDER_APPROVED', 'ORDER_REJECTED')),
    consumer_id integer NOT NULL CHECK (consumer_id > 0),
    order_id    integer NOT NULL CHECK (order_id > 0),
    text        text NOT NULL CHECK (text <> ''),
    created_at  timestamptz NOT NULL,
    CONSTRAINT told_once UNIQUE (order_id, kind)
);

-- GET /notifications?consumerId=, a page after an id.
CREATE INDEX notifications_consumer_id ON notifications (consumer_id, id);
