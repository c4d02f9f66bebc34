/* Reading the prepared orders, and drawing from them. SPDX-License-Identifier: MIT */
#include "load_requests.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
    FILE_BYTES_MAX = 64 * 1024 * 1024,
    BODY_BYTES_MAX = 3072, /* leaves room for the request's head in load_pool.c */
};

const char *const kind_names[KIND_COUNT] = {"approved", "declined", "cancelled"};

static enum err_code read_file(const char *path, struct buf *text, struct err *err)
{
    char piece[16384];
    size_t got;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_set(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && text->length < FILE_BYTES_MAX)
        buf_append(text, piece, got);
    bool whole = feof(file) != 0;
    (void)fclose(file);
    return whole ? ERR_OK : err_set(err, ERR_CONFIG, "%s: cannot be read to its end", path);
}

/* The kind whose name these bytes are; KIND_COUNT: none. */
static enum order_kind kind_of(const char *name, size_t length)
{
    enum order_kind kind = KIND_APPROVED;
    while (kind < KIND_COUNT &&
           (strlen(kind_names[kind]) != length || strncmp(kind_names[kind], name, length) != 0))
        kind++;
    return kind;
}

static enum err_code take_line(struct requests *requests, char *line, struct err *err)
{
    size_t name_length = strcspn(line, " ");
    enum order_kind kind = kind_of(line, name_length);
    size_t body_length = strlen(line + name_length);
    if (kind == KIND_COUNT || body_length < 2 || body_length > BODY_BYTES_MAX)
        return err_set(err, ERR_CONFIG,
                       "a line must be \"approved BODY\", \"declined BODY\" or \"cancelled BODY\" "
                       "with at most %d bytes, not \"%.40s\"",
                       BODY_BYTES_MAX, line);
    size_t count = requests->kinds[kind].count++;
    const size_t bytes = (count + 1) * sizeof *requests->kinds[kind].bodies;
    requests->kinds[kind].bodies = mem_resize(requests->kinds[kind].bodies, bytes);
    requests->kinds[kind].bodies[count] = line + name_length + 1;
    return ERR_OK;
}

static enum err_code take_lines(struct requests *requests, struct err *err)
{
    char *rest = requests->text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (line[0] != '\0' && take_line(requests, line, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* "approved=90,declined=5": what is not named has no weight. */
static enum err_code take_mix(struct requests *requests, const char *mix, struct err *err)
{
    for (const char *at = mix; *at != '\0';) {
        size_t length = strcspn(at, "=");
        enum order_kind kind = kind_of(at, length);
        char *end = NULL;
        unsigned long weight = at[length] == '=' ? strtoul(at + length + 1, &end, 10) : 0;
        if (kind == KIND_COUNT || end == NULL || weight > 1000 || (*end != '\0' && *end != ','))
            return err_set(err, ERR_CONFIG,
                           "the mix \"%.60s\" must be like approved=90,declined=5,cancelled=5",
                           mix);
        requests->weights[kind] = (unsigned)weight;
        at = *end == ',' ? end + 1 : end;
    }
    for (enum order_kind kind = KIND_APPROVED; kind < KIND_COUNT; kind++) {
        requests->weight_sum += requests->weights[kind];
        if (requests->weights[kind] > 0 && requests->kinds[kind].count == 0)
            return err_set(err, ERR_CONFIG, "the mix has orders that are %s, the file has none",
                           kind_names[kind]);
    }
    return requests->weight_sum > 0 ? ERR_OK
                                    : err_set(err, ERR_CONFIG, "the mix \"%.60s\" is empty", mix);
}

enum err_code requests_load(struct requests *requests, const char *path, const char *mix,
                            struct err *err)
{
    struct buf text = {0};
    *requests = (struct requests){.kind_random = 20261121, .body_random = 20261122};
    enum err_code code = read_file(path, &text, err);
    buf_append_char(&text, '\n'); /* so that there is a text, whatever was read */
    requests->text = text.bytes;
    if (code == ERR_OK && take_lines(requests, err) != ERR_OK)
        return err_wrap(err, "%s", path);
    return code == ERR_OK ? take_mix(requests, mix, err) : code;
}

void requests_free(struct requests *requests)
{
    for (enum order_kind kind = KIND_APPROVED; kind < KIND_COUNT; kind++)
        free(requests->kinds[kind].bodies);
    free(requests->text);
}

/* A number below `bound`, from Marsaglia's xorshift64. */
static uint64_t draw(uint64_t *random, uint64_t bound)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random % bound;
}

enum order_kind requests_next_kind(struct requests *requests)
{
    uint64_t drawn = draw(&requests->kind_random, requests->weight_sum);
    enum order_kind kind = KIND_APPROVED;
    while (drawn >= requests->weights[kind])
        drawn -= requests->weights[kind++];
    return kind;
}

const char *requests_next_body(struct requests *requests, enum order_kind kind)
{
    size_t count = requests->kinds[kind].count;
    return requests->kinds[kind].bodies[draw(&requests->body_random, count)];
}
