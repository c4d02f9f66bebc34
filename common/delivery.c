/* Decoding deliveries. SPDX-License-Identifier: MIT */
#include "delivery.h"

#include <stdlib.h>
#include <string.h>

#include "attempts.h"
#include "clock.h"

static enum err_code decode(const struct message *message, struct envelope *envelope,
                            struct err *err)
{
    if (message->sent_bytes > ENVELOPE_BYTES_MAX)
        return err_set(err, ERR_INVALID, "%zu bytes, more than the %d that an event may have",
                       message->sent_bytes, ENVELOPE_BYTES_MAX);
    return envelope_decode(message->bytes, message->length, envelope, err);
}

/* Even of a message that does not decode, its id and type are kept if they can be read. */
void delivery_decode(struct message *message)
{
    if (message->decoded)
        return;
    struct err err = {0};
    struct envelope *envelope = mem_alloc(1, sizeof *envelope);
    bool valid = decode(message, envelope, &err) == ERR_OK;
    message->decoded = true;
    message->type = envelope->type != EVENT_NONE ? event_schemas[envelope->type].type : "";
    if (uuid_valid(envelope->id))
        memcpy(message->id, envelope->id, sizeof message->id);
    else
        uuid_new(clock_now_ms(), message->id);
    if (valid) {
        message->envelope = envelope;
        return;
    }
    free(envelope);
    memcpy(message->reason, err.text, sizeof message->reason);
}

struct work *delivery_work(const struct bus_event *event, uint32_t connection)
{
    struct work *work = mem_alloc(1, sizeof *work);
    work->type = WORK_MESSAGE;
    struct message *message = &work->message;
    message->length = event->length < BUS_BODY_BYTES_MAX ? event->length : BUS_BODY_BYTES_MAX;
    message->sent_bytes = event->length;
    message->bytes = mem_alloc(message->length + 1, 1);
    memcpy(message->bytes, event->body, message->length);
    message->delivery_tag = event->tag;
    message->delivery_count = event->delivery_count;
    message->connection = connection;
    message->type = "";
    if (attempts_suspicious(work) && uuid_valid(event->id))
        memcpy(message->id, event->id, sizeof message->id);
    else
        delivery_decode(message);
    return work;
}

void delivery_free(struct work *work)
{
    if (work->message.envelope != NULL)
        envelope_release(work->message.envelope);
    free(work->message.envelope);
    free(work->message.bytes);
    free(work);
}
