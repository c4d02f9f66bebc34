/* json.c alone, and the small grammars inside its texts: times, UUIDs, traces.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "codec_internal.h"
#include "fuzz.h"
#include "ids.h"
#include "json.h"
#include "json_text.h"

/* The first are what codec_type_name says. */
static const char *const goals[] = {
    "null",       "a boolean", "a number with a fraction or an exponent",
    "an integer", "an object", "an array",
    "a text",     "a refusal", "a time",
    "a UUID",     "a trace",
};
enum { GOALS = sizeof goals / sizeof goals[0], GOAL_REFUSAL = 7, GOAL_TIME, GOAL_UUID, GOAL_TRACE };

const char *fuzz_goal(size_t index)
{
    return index < GOALS ? goals[index] : NULL;
}

static bool accepts(const char *before, const char *text, size_t length, const char *after,
                    struct err *err)
{
    struct json_object *value = NULL;
    struct buf whole = {0};
    buf_append_text(&whole, before);
    buf_append(&whole, text, length);
    buf_append_text(&whole, after);
    bool accepted = json_read(buf_text(&whole), whole.length, &value, err) == ERR_OK;
    FUZZ_CHECK(accepted || (value == NULL && err->code == ERR_INVALID));
    json_release(value);
    buf_free(&whole);
    return accepted;
}

static void reach_type(const char *name)
{
    for (size_t i = 0; i < GOAL_REFUSAL; i++)
        if (strcmp(goals[i], name) == 0)
            fuzz_reach(i);
}

/* How many brackets are open at once, in what was accepted. */
static int depth_of(const char *text, size_t length)
{
    int open = 0, depth = 0;
    bool inside = false;
    for (size_t i = 0; i < length; i++) {
        if (inside && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            inside = !inside;
        else if (!inside && (text[i] == '[' || text[i] == '{'))
            depth = ++open > depth ? open : depth;
        else if (!inside && (text[i] == ']' || text[i] == '}'))
            open--;
    }
    FUZZ_CHECK(open == 0 && !inside);
    return depth;
}

/* Space around a value changes nothing; a value can stand in an object, unless it is too deep. */
static void try_json(const char *text, size_t length)
{
    struct json_object *value = NULL;
    struct err err = {0};
    bool accepted = json_read(text, length, &value, &err) == ERR_OK;
    if (accepted) {
        reach_type(codec_type_name(value));
        FUZZ_CHECK(depth_of(text, length) <= JSON_DEPTH_MAX);
        FUZZ_CHECK(accepts("{\"k\":", text, length, "}", &err) ||
                   strstr(err.text, "too many levels") != NULL);
        FUZZ_CHECK(!accepts("", text, length, "]", &err));
    } else {
        fuzz_reach(GOAL_REFUSAL);
    }
    FUZZ_CHECK(accepts(" \t", text, length, "\r\n", &err) == accepted);
    json_release(value);
}

static void try_time(const char *text, size_t length)
{
    int64_t time_ms = 0, again_ms = 0;
    char formatted[CLOCK_TEXT_SIZE];
    if (!clock_parse(text, length, &time_ms))
        return;
    fuzz_reach(GOAL_TIME);
    clock_format(time_ms, formatted);
    FUZZ_CHECK(clock_parse(formatted, strlen(formatted), &again_ms) && again_ms == time_ms);
}

static void try_ids(const char *text)
{
    char next[TRACEPARENT_SIZE], trace_id[TRACE_ID_SIZE];
    trace_id_of(text, trace_id);
    traceparent_next(text, next);
    FUZZ_CHECK(traceparent_valid(next));
    if (uuid_valid(text))
        fuzz_reach(GOAL_UUID);
    if (traceparent_valid(text)) {
        fuzz_reach(GOAL_TRACE);
        FUZZ_CHECK(strncmp(next + 3, trace_id, TRACE_ID_SIZE - 1) == 0);
    }
}

void fuzz_run(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size + 1, 1);
    memcpy(text, data, size);
    try_json((const char *)data, size);
    try_time((const char *)data, size);
    try_ids(text);
    FUZZ_CHECK(json_text_cut(text, size / 2) <= size / 2);
    free(text);
}
