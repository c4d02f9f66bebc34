/* Structs of arbitrary content, made by the tables that describe them: so a new field is fuzzed
 * without a change here.
 *
 * The content is what the world can deliver. A body or an event has passed the codec, so it fits
 * its schema. A row has what its columns can hold: any number, any text of that size, any name of
 * an enumeration or none, and arrays that have passed the codec. SPDX-License-Identifier: MIT */
#ifndef BRIGADE_FUZZ_FILL_H
#define BRIGADE_FUZZ_FILL_H

#include "buf.h"
#include "bytes.h"
#include "codec.h"
#include "kind.h"

void fill_record(const struct codec_record *record, void *out, struct bytes *bytes);
void fill_kind(const struct kind *kind, void *out, struct bytes *bytes);

/* Append all that a struct says, to compare it with another; ends the process when it says what it
 * must not: a name that its enumeration does not have, more items than the cap, a text without an
 * end. */
void portray_record(const struct codec_record *record, const void *value, struct buf *out);
void portray_kind(const struct kind *kind, const void *value, struct buf *out);

#endif
