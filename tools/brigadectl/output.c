/* Facts and tables as text or JSON. SPDX-License-Identifier: MIT */
#include "output.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "json_text.h"

/* Begin a member of the document: what stands before its value. */
static void begin_member(struct output *output, const char *key)
{
    buf_append_char(&output->text, output->begun ? ',' : '{');
    output->begun = true;
    codec_encode_text(key, &output->text);
    buf_append_char(&output->text, ':');
}

void output_fact(struct output *output, const char *key, const char *value)
{
    if (output->json) {
        begin_member(output, key);
        if (value != NULL)
            codec_encode_text(value, &output->text);
        else
            buf_append_text(&output->text, "null");
        return;
    }
    buf_printf(&output->text, "%s: %s\n", key, value != NULL ? value : "-");
}

void output_note(struct output *output, const char *text)
{
    if (output->json)
        output_fact(output, "note", text);
    else
        buf_printf(&output->text, "%s\n", text);
}

void output_number(struct output *output, const char *key, int64_t number)
{
    if (output->json)
        begin_member(output, key);
    else
        buf_printf(&output->text, "%s: ", key);
    buf_printf(&output->text, "%" PRId64 "%s", number, output->json ? "" : "\n");
}

static size_t cell_count(const struct table *table)
{
    return table->row_count * table->column_count;
}

void table_row(struct table *table, const char *const *cells)
{
    size_t before = cell_count(table);
    table->cells = mem_resize(table->cells, (before + table->column_count) * sizeof *table->cells);
    for (size_t i = 0; i < table->column_count; i++) {
        char *copy = cells[i] != NULL ? strdup(cells[i]) : NULL;
        if (cells[i] != NULL && copy == NULL)
            abort();
        table->cells[before + i] = copy;
    }
    table->row_count++;
}

/* The texts of one row. */
static char **row_at(const struct table *table, size_t row)
{
    return table->cells + row * table->column_count;
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < cell_count(table); i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->row_count = 0;
}

static void put_json_cell(struct buf *out, const struct column *column, const char *cell)
{
    codec_encode_text(column->key, out);
    buf_append_char(out, ':');
    if (cell == NULL)
        buf_append_text(out, "null");
    else if (column->number)
        buf_append_text(out, cell);
    else
        codec_encode_text(cell, out);
}

static void put_json_rows(struct buf *out, const struct table *table)
{
    buf_append_char(out, '[');
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            buf_append_text(out, i > 0 ? "," : row > 0 ? ",{" : "{");
            put_json_cell(out, &table->columns[i], row_at(table, row)[i]);
        }
        buf_append_char(out, '}');
    }
    buf_append_char(out, ']');
}

static const char *shown(const char *cell)
{
    return cell != NULL && cell[0] != '\0' ? cell : "-";
}

static size_t width(const char *text)
{
    return json_text_points(text, strlen(text));
}

struct layout {
    const struct table *table;
    size_t widths[COLUMNS_MAX];
};

static size_t widest(const struct table *table, size_t column)
{
    size_t most = strlen(table->columns[column].key);
    for (size_t row = 0; row < table->row_count; row++) {
        size_t found = width(shown(row_at(table, row)[column]));
        most = found > most ? found : most;
    }
    return most;
}

/* Put one text into its place; the last one of a line is followed by nothing. */
static void put_cell(struct buf *out, const struct layout *layout, size_t column, const char *text)
{
    size_t gap = layout->widths[column] - width(text);
    bool right = layout->table->columns[column].number;
    buf_printf(out, "%*s%s", right ? (int)gap : 0, "", text);
    if (column + 1 == layout->table->column_count)
        buf_append_char(out, '\n');
    else
        buf_printf(out, "%*s", (right ? 0 : (int)gap) + 2, "");
}

static void put_title(struct buf *out, const struct layout *layout, size_t column)
{
    char title[64];
    (void)snprintf(title, sizeof title, "%s", layout->table->columns[column].key);
    for (char *c = title; *c != '\0'; c++) {
        int upper = (toupper)((unsigned char)*c);
        *c = (char)(upper == '_' ? ' ' : upper);
    }
    put_cell(out, layout, column, title);
}

static void put_text_rows(struct buf *out, const struct table *table)
{
    struct layout layout = {.table = table};
    for (size_t i = 0; i < table->column_count; i++)
        layout.widths[i] = widest(table, i);
    for (size_t i = 0; i < table->column_count; i++)
        put_title(out, &layout, i);
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++)
            put_cell(out, &layout, i, shown(row_at(table, row)[i]));
    }
}

void output_table(struct output *output, struct table *table, const char *when_empty)
{
    if (output->json) {
        begin_member(output, table->name);
        put_json_rows(&output->text, table);
    } else if (table->row_count > 0) {
        if (output->text.length > 0)
            buf_append_char(&output->text, '\n');
        put_text_rows(&output->text, table);
    } else if (when_empty != NULL) {
        buf_printf(&output->text, "%s\n", when_empty);
    }
    table_free(table);
}

void output_finish(struct output *output)
{
    if (output->json)
        buf_append_text(&output->text, output->begun ? "}\n" : "{}\n");
    (void)fputs(buf_text(&output->text), stdout);
    (void)fflush(stdout);
    buf_free(&output->text);
}
