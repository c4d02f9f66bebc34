-- brigadectl needs no card tokens.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'brigade_operator') THEN
        REVOKE SELECT ON accounts FROM brigade_operator;
        GRANT SELECT (id, version, due_at, state, has_order_limit, order_limit_cents) ON accounts TO brigade_operator;
    END IF;
END $$;
