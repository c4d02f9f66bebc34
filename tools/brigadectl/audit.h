/* The invariants of the whole suite as SQL. SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_AUDIT_H
#define BRIGADECTL_AUDIT_H

#include <stddef.h>

#include "parties.h"

/* A relation that invariants across services use by its name. Its SELECT names the schema. */
struct audit_source {
    const char *name;
    size_t party;
    const char *columns; /* as jsonb_to_recordset takes them */
    const char *select;
};
extern const struct audit_source audit_sources[];
extern const size_t audit_source_count;

/* Relations made from the sources, to stand behind them in a WITH. */
extern const char audit_views[];

enum { AUDIT_EVERY = PARTY_COUNT, AUDIT_ACROSS }; /* instead of one party */

/* Each query returns (id, detail, wrong) of every row that it looks at: within the schema of its
 * party, of every party, or across them, from the sources. Settings of the connection:
 * brigade.before, the time after which all is still in motion, and brigade.deferred, in seconds. */
struct audit_invariant {
    const char *name; /* short, for programs */
    const char *text; /* what must be so */
    size_t party;
    const char *sql;
};
extern const struct audit_invariant audit_invariants[];
extern const size_t audit_invariant_count;

#endif
