/* What the tests of the codec expect of a record. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec_asserts.h"

void codec_assert_wrong(const struct codec_record *record, const struct codec_wrong *cases,
                        size_t count)
{
    union event_data out;
    for (size_t i = 0; i < count; i++) {
        struct err err = {0};
        if (codec_decode(record, cases[i].text, strlen(cases[i].text), &out, &err) != ERR_INVALID)
            fail_msg("taken: %s", cases[i].text);
        if (strcmp(err.text, cases[i].why) != 0)
            fail_msg("%s:\n\"%s\" instead of\n\"%s\"", cases[i].text, err.text, cases[i].why);
    }
}

void codec_assert_encodes(const struct codec_record *record, const char *text, void *out,
                          const char *expected)
{
    struct err err = {0};
    struct buf encoded = {0};
    if (codec_decode(record, text, strlen(text), out, &err) != ERR_OK)
        fail_msg("%s: %s", text, err.text);
    codec_encode(record, out, &encoded);
    assert_string_equal(buf_text(&encoded), expected);
    buf_free(&encoded);
}
