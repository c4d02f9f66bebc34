/* Applying migrations. SPDX-License-Identifier: MIT */
#include "migrate.h"

#include <string.h>

#include "log.h"

static enum err_code apply_one(struct db *db, const struct migration *migration, struct err *err)
{
    struct buf script = {0};
    buf_printf(&script,
               "BEGIN; SET LOCAL statement_timeout = '60s'; %s; INSERT INTO migrations (name) "
               "VALUES ('%s'); COMMIT;",
               migration->sql, migration->name);
    enum err_code code = db_script(db, buf_text(&script), err);
    buf_free(&script);
    if (code == ERR_OK)
        log_info("migrated", LOG_S("migration", migration->name), LOG_S("schema", db_schema(db)));
    return code;
}

static enum err_code applied_names(struct db *db, struct db_result **names, struct err *err)
{
    static const char create[] =
        "SET statement_timeout = '60s'; SET lock_timeout = '60s';"
        "SELECT pg_advisory_lock(hashtextextended('brigade.migrate.' || current_schema(), 0));"
        "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, "
        "applied_at timestamptz NOT NULL DEFAULT now())";
    static const struct db_statement list = {"migrations_list", "SELECT name FROM migrations"};
    if (db_script(db, create, err) != ERR_OK)
        return err->code;
    return db_run(db, &list, NULL, names, err);
}

static bool is_applied(const struct db_result *names, const char *name)
{
    for (int row = 0; row < db_rows(names); row++) {
        if (strcmp(db_text(names, row, 0), name) == 0)
            return true;
    }
    return false;
}

static enum err_code apply_missing(struct db *db, const struct service *service, struct err *err)
{
    struct db_result *names = NULL;
    if (applied_names(db, &names, err) != ERR_OK)
        return err_wrap(err, "read what is migrated in schema %s", db_schema(db));
    enum err_code code = ERR_OK;
    for (size_t i = 0; i < service->migration_count && code == ERR_OK; i++) {
        const struct migration *migration = &service->migrations[i];
        if (!is_applied(names, migration->name) && apply_one(db, migration, err) != ERR_OK)
            code = err_wrap(err, "migration %s", migration->name);
    }
    db_result_free(names);
    return code;
}

enum err_code migrate(struct db *db, const struct service *service, struct err *err)
{
    enum err_code code = db_ensure(db, err);
    if (code != ERR_OK)
        return code;
    code = apply_missing(db, service, err);
    db_drop(db); /* releases the lock, and the settings */
    if (code != ERR_OK && err_class(code) == ERR_CLASS_REJECT)
        err->code = ERR_CONFIG;
    return err->code;
}
