/* What the tests of the codec expect of a record. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_TESTS_CODEC_ASSERTS_H
#define BRIGADE_TESTS_CODEC_ASSERTS_H

#include "codec.h"
#include "schemas.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct codec_wrong {
    const char *text, *why;
};

/* Each text is refused, for just this reason. The struct is no larger than union event_data. */
void codec_assert_wrong(const struct codec_record *record, const struct codec_wrong *cases,
                        size_t count);

/* `text` decodes into `out`, which encodes to `expected`. */
void codec_assert_encodes(const struct codec_record *record, const char *text, void *out,
                          const char *expected);

#endif
