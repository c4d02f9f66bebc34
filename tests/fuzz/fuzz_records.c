/* Every record of schemas/ from JSON: the bodies of requests, the data of events, and what is kept
 * in columns. The first byte says which; what is decoded is encoded again without a loss.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "fuzz.h"
#include "schemas.h"

const char *fuzz_goal(size_t index)
{
    return index < schema_record_count ? schema_records[index]->name : NULL;
}

static void check_again(const struct codec_record *record, const struct buf *text, void *value)
{
    struct buf again = {0};
    struct err err = {0};
    FUZZ_CHECK(codec_decode(record, buf_text(text), text->length, value, &err) == ERR_OK);
    codec_encode(record, value, &again);
    FUZZ_CHECK(again.length == text->length);
    FUZZ_CHECK(memcmp(again.bytes, text->bytes, text->length) == 0);
    buf_free(&again);
}

void fuzz_run(const uint8_t *data, size_t size)
{
    if (size == 0)
        return;
    size_t index = data[0] % schema_record_count;
    const struct codec_record *record = schema_records[index];
    struct err err = {0};
    struct buf text = {0};
    void *value = mem_alloc(1, record->size);
    if (codec_decode(record, (const char *)data + 1, size - 1, value, &err) == ERR_OK) {
        fuzz_reach(index);
        codec_encode(record, value, &text);
        check_again(record, &text, value);
    } else {
        FUZZ_CHECK(err.code == ERR_INVALID && err.text[0] != '\0');
    }
    buf_free(&text);
    free(value);
}
