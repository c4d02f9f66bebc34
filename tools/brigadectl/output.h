/* What a command tells: facts and tables, as aligned text or as one JSON document.
 * SPDX-License-Identifier: MIT */
#ifndef BRIGADECTL_OUTPUT_H
#define BRIGADECTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct output {
    bool json;
    bool begun;
    struct buf text;
};

/* One member of the document. As text: "key: value". NULL is "-", in JSON null. */
void output_fact(struct output *output, const char *key, const char *value);
void output_number(struct output *output, const char *key, int64_t number);

/* A sentence; in JSON the member "note". At most one of a document. */
void output_note(struct output *output, const char *text);

enum { COLUMNS_MAX = 12 };

struct column {
    const char *key; /* "received_at": in JSON; as text it is the title RECEIVED AT */
    bool number;     /* in JSON without quotes; as text aligned to the right */
};

/* Rows of texts. Starts with its name (the member's key in JSON) and columns, at most COLUMNS_MAX.
 */
struct table {
    const char *name;
    const struct column *columns;
    size_t column_count;
    char **cells;
    size_t row_count;
};

/* Add a row: as many texts (copied; NULL: none) as the table has columns. */
void table_row(struct table *table, const char *const *cells);

/* Free the rows, if there are any. */
void table_free(struct table *table);

/* Write the table and free its rows. As text an empty one is only `when_empty`, if that is not
 * NULL. */
void output_table(struct output *output, struct table *table, const char *when_empty);

/* Print it all on standard output. */
void output_finish(struct output *output);

#endif
