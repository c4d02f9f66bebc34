-- A key is kept with its answer, and no longer claimed before (with the status 0 until there was one).
DELETE FROM idempotency WHERE status = 0;
