/* Publishes prepared frames, half a window in one system call, and counts their confirms.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit_link.h"
#include "limit_work.h"

struct publisher {
    const struct limit_publishes *publishes;
    struct link link;
    uint64_t sent, confirmed; /* all up to these delivery tags */
    bool ahead[LIMIT_WINDOW]; /* confirmed before one with a smaller tag; by tag */
};

struct publisher *publisher_open(const struct limit_publishes *publishes, struct err *err)
{
    struct publisher *publisher = mem_alloc(1, sizeof *publisher);
    char name[LIMIT_NAME_SIZE + 16];
    (void)snprintf(name, sizeof name, "%s.limit", publishes->service);
    struct bus *bus = bus_new(publishes->url, name);
    publisher->publishes = publishes;
    if (bus_open(bus, err) == ERR_OK && bus_confirm_select(bus, err) == ERR_OK &&
        link_open(&publisher->link, bus, err) == ERR_OK)
        return publisher;
    (void)err_wrap(err, "%s", name);
    if (publisher->link.bus == NULL)
        bus_free(bus);
    publisher_close(publisher);
    return NULL;
}

void publisher_close(struct publisher *publisher)
{
    link_close(&publisher->link);
    free(publisher);
}

static void take_confirm(struct publisher *publisher, uint64_t tag, bool multiple)
{
    if (multiple && tag > publisher->confirmed) {
        for (uint64_t each = publisher->confirmed + 1; each <= tag; each++)
            publisher->ahead[each % LIMIT_WINDOW] = false;
        publisher->confirmed = tag;
    } else if (!multiple) {
        publisher->ahead[tag % LIMIT_WINDOW] = true;
    }
    while (publisher->confirmed < publisher->sent &&
           publisher->ahead[(publisher->confirmed + 1) % LIMIT_WINDOW]) {
        publisher->confirmed++;
        publisher->ahead[publisher->confirmed % LIMIT_WINDOW] = false;
    }
}

/* Wait for confirms, and take those that are there. */
static enum err_code take_confirms(struct publisher *publisher, struct err *err)
{
    struct frame frame;
    if (link_receive(&publisher->link, err) != ERR_OK)
        return err->code;
    while (link_frame(&publisher->link, &frame, err)) {
        if (frame_method(&frame) == METHOD_ACK)
            take_confirm(publisher, frame_number(&frame, 4, 8), frame_number(&frame, 12, 1) != 0);
    }
    return err->code;
}

/* Send `count` messages of the round from number `at` on. */
static enum err_code send_messages(struct publisher *publisher, size_t at, size_t count,
                                   struct err *err)
{
    const struct limit_publishes *publishes = publisher->publishes;
    const size_t *starts = &publishes->starts[at];
    publisher->sent += count;
    return link_send(&publisher->link, publishes->frames + starts[0], starts[count] - starts[0],
                     err);
}

static enum err_code publish_round(struct publisher *publisher, struct err *err)
{
    const size_t total = publisher->publishes->message_count;
    size_t at = 0;
    while (err->code == ERR_OK && at < total) {
        size_t room = LIMIT_WINDOW - (size_t)(publisher->sent - publisher->confirmed);
        size_t count = room < total - at ? room : total - at;
        if (room < LIMIT_WINDOW / 2) {
            (void)take_confirms(publisher, err);
        } else if (send_messages(publisher, at, count, err) == ERR_OK) {
            at += count;
        }
    }
    return err->code;
}

void publisher_run(struct publisher *publisher, struct pace *pace, size_t party)
{
    struct err err = {0};
    while (err.code == ERR_OK && pace_begin(pace, party)) {
        if (publish_round(publisher, &err) == ERR_OK)
            pace_end(pace, party);
    }
    while (err.code == ERR_OK && publisher->confirmed < publisher->sent)
        (void)take_confirms(publisher, &err);
    if (err.code == ERR_OK)
        return;
    (void)err_wrap(&err, "publishing as %s", publisher->publishes->service);
    pace_fail(pace, &err);
}
