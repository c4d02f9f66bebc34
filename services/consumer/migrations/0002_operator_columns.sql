-- brigadectl needs no names.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'brigade_operator') THEN
        REVOKE SELECT ON consumers FROM brigade_operator;
        GRANT SELECT (id, version, due_at, has_order_limit, order_limit_cents) ON consumers TO brigade_operator;
    END IF;
END $$;
