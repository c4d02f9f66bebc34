/* Runs the codec for the tests in Python: each request on standard input is decoded and encoded
 * again.
 *
 * Request:  "RECORD LENGTH\n" and LENGTH bytes of JSON; RECORD is a schema's title, or "envelope".
 * Answer:   "ok LENGTH\n" and the JSON, or "refused LENGTH\n" and why.
 * SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "envelope.h"

enum { REQUEST_BYTES_MAX = 8 * 1024 * 1024 };

static const struct codec_record *record_find(const char *name)
{
    for (size_t i = 0; i < schema_record_count; i++)
        if (strcmp(schema_records[i]->name, name) == 0)
            return schema_records[i];
    return NULL;
}

static enum err_code run_record(const struct codec_record *record, const char *text, size_t length,
                                struct buf *out, struct err *err)
{
    void *value = mem_alloc(1, record->size);
    enum err_code code = codec_decode(record, text, length, value, err);
    if (code == ERR_OK)
        codec_encode(record, value, out);
    free(value);
    return code;
}

static enum err_code run_envelope(const char *text, size_t length, struct buf *out, struct err *err)
{
    struct envelope envelope;
    enum err_code code = envelope_decode(text, length, &envelope, err);
    if (code == ERR_OK)
        envelope_encode(&envelope, out);
    envelope_release(&envelope);
    return code;
}

static enum err_code run(const char *name, const char *text, size_t length, struct buf *out,
                         struct err *err)
{
    if (strcmp(name, "envelope") == 0)
        return run_envelope(text, length, out, err);
    const struct codec_record *record = record_find(name);
    if (record == NULL)
        return err_set(err, ERR_CONFIG, "no such record: %s", name);
    return run_record(record, text, length, out, err);
}

static void answer(const char *word, const char *bytes, size_t length)
{
    (void)printf("%s %zu\n", word, length);
    (void)fwrite(bytes, 1, length, stdout);
    (void)fflush(stdout);
}

/* Answer one request of exactly `length` bytes. False at the end of the input. */
static bool serve(const char *name, size_t length)
{
    struct buf out = {0};
    struct err err = {0};
    char *text = mem_alloc(1, length);
    bool whole = fread(text, 1, length, stdin) == length;
    if (whole && run(name, text, length, &out, &err) == ERR_OK)
        answer("ok", buf_text(&out), out.length);
    else if (whole)
        answer("refused", err.text, strlen(err.text));
    free(text);
    buf_free(&out);
    return whole;
}

int main(void)
{
    char line[100], name[64];
    size_t length;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "%63s %zu", name, &length) != 2 || length > REQUEST_BYTES_MAX) {
            (void)fprintf(stderr, "codec_tool: expected \"RECORD LENGTH\", got %s\n", line);
            return 2;
        }
        if (!serve(name, length))
            return 1;
    }
    return 0;
}
