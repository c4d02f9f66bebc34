/* Every event as it comes from the broker: what is decoded is encoded again without a loss.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "envelope.h"
#include "fuzz.h"

const char *fuzz_goal(size_t index)
{
    return index + 1 < EVENT_TYPE_COUNT ? event_schemas[index + 1].type : NULL;
}

static void check_again(const struct buf *text)
{
    struct envelope envelope;
    struct buf again = {0};
    struct err err = {0};
    enum err_code code = envelope_decode(buf_text(text), text->length, &envelope, &err);
    FUZZ_CHECK(code == ERR_OK || text->length > ENVELOPE_BYTES_MAX);
    if (code == ERR_OK) {
        envelope_encode(&envelope, &again);
        FUZZ_CHECK(again.length == text->length);
        FUZZ_CHECK(memcmp(again.bytes, text->bytes, text->length) == 0);
    }
    envelope_release(&envelope);
    buf_free(&again);
}

void fuzz_run(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct buf text = {0};
    struct envelope envelope;
    if (envelope_decode((const char *)data, size, &envelope, &err) == ERR_OK) {
        fuzz_reach((size_t)envelope.type - 1);
        envelope_encode(&envelope, &text);
        check_again(&text);
    } else {
        FUZZ_CHECK(err.code == ERR_INVALID && err.text[0] != '\0');
        FUZZ_CHECK(envelope.id[0] == '\0' || uuid_valid(envelope.id));
        FUZZ_CHECK(envelope.type < EVENT_TYPE_COUNT);
    }
    buf_free(&text);
    envelope_release(&envelope);
}
