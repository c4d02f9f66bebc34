-- What brigadectl may do here, as the role brigade_operator: read everything but the answers to clients, also what
-- later migrations make, move parked messages to the deferred ones, and put events that were sent back into the
-- outbox. A migration that makes a table or column with a secret takes that back. Where there is no such role there is
-- nothing to grant; docs/operations.md says how to add it later, by running this again.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'brigade_operator') THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO brigade_operator', current_schema());
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO brigade_operator', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO brigade_operator',
                   current_schema());
    REVOKE SELECT ON idempotency FROM brigade_operator;
    GRANT DELETE ON parked, sent TO brigade_operator;
    GRANT INSERT ON deferred, outbox TO brigade_operator;
END $$;
