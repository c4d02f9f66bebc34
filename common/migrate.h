/* Migrations: plain SQL files, each applied once, in order, in a transaction of its own, under an
 * advisory lock. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_MIGRATE_H
#define BRIGADE_MIGRATE_H

#include "service.h"

/* Apply what is missing. Blocks while another replica does the same. ERR_CONFIG names the migration
 * that failed; the database may know migrations that this program does not: those of a newer one,
 * which only added to the schema. */
enum err_code migrate(struct db *db, const struct service *service, struct err *err) MUST_CHECK;

#endif
