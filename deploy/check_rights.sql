-- Check that the service's role that runs this can do its own work and no other's: an error names what is wrong.
-- It tries what it must not be able to do with each table, sequence and schema of each other service, and rolls all of
-- it back. SPDX-License-Identifier: MIT
BEGIN;
SET LOCAL lock_timeout = '2s';

-- Is the role refused? Any other error came after the rights had been looked at. What it could do is undone at once.
CREATE FUNCTION refused(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION 'it could be done';
EXCEPTION
    WHEN insufficient_privilege THEN RETURN true;
    WHEN others THEN RETURN false;
END $$;

-- The statements that each try one thing with what belongs to other services.
CREATE VIEW foreign_statements AS
    WITH foreign_schemas AS (
        SELECT oid, nspname FROM pg_namespace WHERE nspname LIKE 'brigade\_%' AND nspname <> current_user
    ), tables AS (
        SELECT format('%I.%I', nspname, relname) AS name, quote_ident(attname) AS col
        FROM pg_class c JOIN foreign_schemas n ON n.oid = relnamespace
        JOIN pg_attribute a ON attrelid = c.oid AND attnum = 1 WHERE relkind = 'r'
    ), sequences AS (
        SELECT format('%I.%I', nspname, relname) AS name
        FROM pg_class c JOIN foreign_schemas n ON n.oid = relnamespace WHERE relkind = 'S'
    )
    SELECT format(template, name, col) AS statement FROM tables, unnest(ARRAY[
        'SELECT FROM %1$s', 'INSERT INTO %1$s DEFAULT VALUES', 'UPDATE %1$s SET %2$s = DEFAULT', 'DELETE FROM %1$s',
        'TRUNCATE %1$s', 'LOCK TABLE %1$s', 'ALTER TABLE %1$s ADD COLUMN rights_checked integer', 'DROP TABLE %1$s',
        'CREATE TABLE rights_checked (x integer) INHERITS (%1$s)'
    ]) AS template
    UNION ALL
    -- Not setval, which nothing takes back: who may do that may do nextval, too.
    SELECT format(template, name) FROM sequences, unnest(ARRAY[
        'SELECT nextval(%L)', 'SELECT last_value FROM %s'
    ]) AS template
    UNION ALL
    SELECT format(template, nspname) FROM foreign_schemas, unnest(ARRAY[
        'CREATE TABLE %I.rights_checked ()', 'DROP SCHEMA %I CASCADE', 'SET LOCAL ROLE %I'
    ]) AS template;

-- What a role must not do to the server.
CREATE VIEW server_statements AS
    SELECT unnest(ARRAY[
        'CREATE SCHEMA rights_checked', 'CREATE ROLE rights_checked', 'ALTER ROLE CURRENT_USER SUPERUSER',
        'CREATE TABLE public.rights_checked ()', 'CREATE TEMPORARY TABLE rights_checked ()',
        'SELECT FROM pg_authid', 'SELECT FROM pg_shadow', 'SELECT pg_read_file(''PG_VERSION'')',
        'COPY (SELECT 1) TO PROGRAM ''true'''
    ]) AS statement;

DO $$
DECLARE
    wrong text;
BEGIN
    INSERT INTO inbox (message_id, type, subject_id) VALUES (gen_random_uuid(), 'RightsChecked', 1);
    DELETE FROM inbox WHERE type = 'RightsChecked';
    IF (SELECT count(DISTINCT relnamespace) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            WHERE nspname LIKE 'brigade\_%' AND relname = 'inbox') < 5 THEN
        RAISE EXCEPTION '% sees no tables of the other services to try: are all of them migrated?', current_user;
    END IF;
    SELECT string_agg(statement, '; ') INTO wrong
        FROM (TABLE foreign_statements UNION ALL TABLE server_statements) s WHERE NOT refused(statement);
    SELECT concat_ws('; ', wrong, 'it is ' || role) INTO wrong FROM (
        SELECT string_agg(what, ', ') AS role FROM pg_roles, LATERAL (VALUES
            (rolsuper, 'a superuser'), (rolcreatedb, 'one that may create databases'),
            (rolcreaterole, 'one that may create roles'), (rolreplication, 'one that may replicate'),
            (rolbypassrls, 'one that may bypass row security'),
            (EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid), 'a member of another role')
        ) AS v (holds, what) WHERE rolname = current_user AND holds) r;
    IF wrong <> '' THEN
        RAISE EXCEPTION '% must not be able to: %', current_user, wrong;
    END IF;
END $$;

ROLLBACK;
