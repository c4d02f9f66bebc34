-- What became of a cancellation or a revision. What the program before this one writes fits as well.

ALTER TABLE notifications
    ADD COLUMN revision integer NOT NULL DEFAULT 0 CHECK (revision BETWEEN 0 AND 1000), -- 0: about none
    DROP CONSTRAINT notifications_kind_check,
    DROP CONSTRAINT told_once,
    ADD CONSTRAINT notifications_kind_check CHECK (kind IN (
        'ORDER_APPROVED', 'ORDER_REJECTED', 'ORDER_CANCELLED', 'ORDER_CANCELLATION_REJECTED',
        'ORDER_REVISED', 'ORDER_REVISION_REJECTED')),
    ADD CONSTRAINT revisions_have_a_number CHECK (
        (kind IN ('ORDER_REVISED', 'ORDER_REVISION_REJECTED')) = (revision > 0));

-- An outcome is told once; but a customer may try to cancel again and again.
CREATE UNIQUE INDEX told_once ON notifications (order_id, kind, revision)
    WHERE kind <> 'ORDER_CANCELLATION_REJECTED';
