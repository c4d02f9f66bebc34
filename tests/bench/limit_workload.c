/* Reads the workload: lines of words, each followed by the bytes whose number it names.
 * SPDX-License-Identifier: MIT */
#include "limit_workload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_HEAD_SIZE = 7, FRAME_METHOD = 1 };

/* Make room for one more at the end of an array of `count`, zeroed. */
static void *grow(void *array, size_t *count, size_t size)
{
    char *grown = mem_resize(array, (*count + 1) * size);
    memset(grown + *count * size, 0, size);
    (*count)++;
    return grown;
}

/* The bytes that follow a line; NULL when the file ends before. The caller frees them. */
static char *read_bytes(FILE *file, size_t length)
{
    char *bytes = mem_alloc(length + 1, 1);
    if (fgetc(file) == '\n' && fread(bytes, 1, length, file) == length)
        return bytes;
    free(bytes);
    return NULL;
}

/* Find where each message starts: at each method frame. False when the frames are not as many
 * messages as they should be. */
static bool find_starts(struct limit_publishes *publishes, size_t length)
{
    publishes->starts = mem_alloc(publishes->message_count + 1, sizeof *publishes->starts);
    size_t found = 0, at = 0;
    while (at + FRAME_HEAD_SIZE < length) {
        const unsigned char *frame = (const unsigned char *)publishes->frames + at;
        if (frame[0] == FRAME_METHOD && found < publishes->message_count)
            publishes->starts[found++] = at;
        at += FRAME_HEAD_SIZE + 1 +
              ((size_t)frame[3] << 24 | (size_t)frame[4] << 16 | (size_t)frame[5] << 8 | frame[6]);
    }
    publishes->starts[publishes->message_count] = length;
    return at == length && found == publishes->message_count;
}

static bool read_publishes(FILE *file, struct limit_workload *workload)
{
    workload->publishes =
        grow(workload->publishes, &workload->publishes_count, sizeof *workload->publishes);
    struct limit_publishes *publishes = &workload->publishes[workload->publishes_count - 1];
    size_t length = 0;
    if (fscanf(file, "%63s %255s %zu %zu", publishes->service, publishes->url,
               &publishes->message_count, &length) != 4)
        return false;
    publishes->frames = read_bytes(file, length);
    return publishes->frames != NULL && find_starts(publishes, length);
}

static bool read_deliveries(FILE *file, struct limit_workload *workload)
{
    workload->deliveries =
        grow(workload->deliveries, &workload->deliveries_count, sizeof *workload->deliveries);
    struct limit_deliveries *deliveries = &workload->deliveries[workload->deliveries_count - 1];
    return fscanf(file, "%63s %255s %zu", deliveries->queue, deliveries->url,
                  &deliveries->message_count) == 3;
}

/* The value that a key has in the file, as that of its first round. */
static uint64_t first_value(const struct limit_key *key, const char *bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < key->width; i++) {
        unsigned char c = (unsigned char)bytes[key->offset + i];
        if (key->hex)
            value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        else
            value = value << 8 | c;
    }
    return value;
}

static bool read_key(FILE *file, struct limit_parameter *parameter)
{
    struct limit_key *key = &parameter->keys[parameter->key_count];
    char kind = '\0';
    if (fscanf(file, " %c %zu %zu %" SCNu64, &kind, &key->offset, &key->width, &key->step) != 4 ||
        key->width > sizeof key->value || key->offset + key->width > parameter->length)
        return false;
    key->hex = kind == 'h';
    key->value = first_value(key, parameter->bytes);
    parameter->key_count++;
    return true;
}

static bool read_parameter(FILE *file, struct limit_statement *statement)
{
    statement->parameters =
        grow(statement->parameters, &statement->parameter_count, sizeof *statement->parameters);
    struct limit_parameter *parameter = &statement->parameters[statement->parameter_count - 1];
    size_t key_count = 0;
    if (fscanf(file, "%zu %zu", &parameter->length, &key_count) != 2)
        return false;
    parameter->bytes = read_bytes(file, parameter->length);
    parameter->keys = mem_alloc(key_count, sizeof *parameter->keys);
    while (parameter->bytes != NULL && parameter->key_count < key_count) {
        if (!read_key(file, parameter))
            return false;
    }
    return parameter->bytes != NULL;
}

static bool read_statement(FILE *file, struct limit_workload *workload)
{
    if (workload->writes_count == 0)
        return false;
    struct limit_writes *writes = &workload->writes[workload->writes_count - 1];
    writes->statements =
        grow(writes->statements, &writes->statement_count, sizeof *writes->statements);
    struct limit_statement *statement = &writes->statements[writes->statement_count - 1];
    char how[8];
    size_t length = 0;
    if (fscanf(file, "%7s %" SCNd64 " %" SCNd64 " %zu", how, &statement->lag, &statement->row_count,
               &length) != 4)
        return false;
    statement->copy = strcmp(how, "copy") == 0;
    statement->sql = read_bytes(file, length);
    return statement->sql != NULL;
}

static bool read_writes(FILE *file, struct limit_workload *workload)
{
    workload->writes = grow(workload->writes, &workload->writes_count, sizeof *workload->writes);
    return fscanf(file, "%63s", workload->writes[workload->writes_count - 1].service) == 1;
}

/* The parameter of the statement before. */
static bool read_its_parameter(FILE *file, struct limit_workload *workload)
{
    const struct limit_writes *writes =
        workload->writes_count > 0 ? &workload->writes[workload->writes_count - 1] : NULL;
    return writes != NULL && writes->statement_count > 0 &&
           read_parameter(file, &writes->statements[writes->statement_count - 1]);
}

static bool read_orders(FILE *file, struct limit_workload *workload)
{
    return fscanf(file, "%" SCNd64, &workload->orders) == 1;
}

/* Read what the line's first word announces. False when it is not as it must be. */
static bool read_record(FILE *file, const char *word, struct limit_workload *workload)
{
    static const struct {
        const char *word;
        bool (*read)(FILE *file, struct limit_workload *workload);
    } records[] = {
        {"orders", read_orders}, {"publishes", read_publishes}, {"deliveries", read_deliveries},
        {"writes", read_writes}, {"statement", read_statement}, {"parameter", read_its_parameter},
    };
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        if (strcmp(word, records[i].word) == 0)
            return records[i].read(file, workload);
    }
    return false;
}

enum err_code limit_workload_read(struct limit_workload *workload, const char *path,
                                  struct err *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return err_set(err, ERR_CONFIG, "%s cannot be opened (errno %d)", path, errno);
    char word[16];
    while (err->code == ERR_OK && fscanf(file, "%15s", word) == 1) {
        if (!read_record(file, word, workload))
            (void)err_set(err, ERR_CONFIG,
                          "%s: a record \"%s\" that this program does not know, "
                          "or one that is cut off, ends at byte %ld: have limit.py write it anew",
                          path, word, ftell(file));
    }
    if (err->code == ERR_OK && workload->orders <= 0)
        (void)err_set(err, ERR_CONFIG, "%s: has no orders", path);
    (void)fclose(file);
    return err->code;
}

static void free_statement(struct limit_statement *statement)
{
    for (size_t i = 0; i < statement->parameter_count; i++) {
        free(statement->parameters[i].bytes);
        free(statement->parameters[i].keys);
    }
    free(statement->parameters);
    free(statement->sql);
}

void limit_workload_free(struct limit_workload *workload)
{
    for (size_t i = 0; i < workload->publishes_count; i++) {
        free(workload->publishes[i].frames);
        free(workload->publishes[i].starts);
    }
    for (size_t i = 0; i < workload->writes_count; i++) {
        for (size_t j = 0; j < workload->writes[i].statement_count; j++)
            free_statement(&workload->writes[i].statements[j]);
        free(workload->writes[i].statements);
    }
    free(workload->publishes);
    free(workload->deliveries);
    free(workload->writes);
}

static void write_key(const struct limit_key *key, char *bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t rest = key->value;
    for (size_t at = key->offset + key->width; at-- > key->offset;) {
        if (key->hex)
            bytes[at] = digits[rest % 16];
        else
            bytes[at] = (char)(unsigned char)(rest % 256);
        rest /= key->hex ? 16 : 256;
    }
}

void limit_parameter_advance(struct limit_parameter *parameter)
{
    for (size_t i = 0; i < parameter->key_count; i++) {
        parameter->keys[i].value += parameter->keys[i].step;
        write_key(&parameter->keys[i], parameter->bytes);
    }
}
