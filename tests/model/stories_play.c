/* Plays the golden stories: a script drives the same world that the checker explores.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariants.h"
#include "stories.h"
#include "story.h"

enum { FAULTS = 20, LINE_SIZE = 200 };

/* A story while it is told. */
struct play {
    const struct story *story;
    struct world world;
    uint32_t clock;
    uint32_t sent[INPUTS_MAX]; /* when a message was on its way first */
    bool late[INPUTS_MAX];
    struct successors next;
    struct buf text;
};

_Noreturn static void stop(const struct play *play, const char *line, const char *why)
{
    (void)fputs(buf_text(&play->text), stdout);
    model_bug("story %s, \"%s\": %s", play->story->name, line, why);
}

static void note_sent(struct play *play)
{
    for (int i = 0; i < play->world.item_count; i++) {
        uint32_t *sent = &play->sent[item_input(play->world.items[i])];
        if (*sent == 0)
            *sent = ++play->clock;
    }
}

/* Do it, tell it. False when it is not among what may happen. */
static bool act(struct play *play, struct action action)
{
    for (int i = 0; i < play->next.count; i++) {
        const struct successor *next = &play->next.at[i];
        if (memcmp(&next->action, &action, sizeof action) != 0)
            continue;
        story_tell(&play->world, action, &play->text);
        play->world = next->world;
        note_sent(play);
        world_expand(&play->world, &play->next);
        return true;
    }
    return false;
}

/* The item that is this event for this service: the first of them, fresh ones before others. */
static int find_item(const struct play *play, const char *service, const char *event)
{
    for (int i = 0; i < play->world.item_count; i++) {
        const struct model_input *input = input_at(item_input(play->world.items[i]));
        if (strcmp(services[input->service].name, service) == 0 && strcmp(input->name, event) == 0)
            return i;
    }
    return -1;
}

static void do_command(struct play *play, const char *line, const char *title)
{
    for (int i = 0; world_choice_input(i) != 0; i++) {
        const struct model_input *input = input_at(world_choice_input(i));
        struct action action = {ACTION_CHOICE, 0, (uint8_t)i};
        if (strncmp(input->name, title, strlen(title)) != 0)
            continue;
        if (!act(play, action))
            story_tell(&play->world, action, &play->text); /* refused, or held */
        return;
    }
    stop(play, line, "the scenario has no such command");
}

static void do_timer(struct play *play, const char *line, const char *service)
{
    for (int i = 0; world_timer_input(i) != 0; i++) {
        const struct model_input *input = input_at(world_timer_input(i));
        if (strcmp(services[input->service].name, service) == 0 &&
            act(play, (struct action){ACTION_TIMER, 0, (uint8_t)i}))
            return;
    }
    stop(play, line, "no timer of it would do anything");
}

static void do_item(struct play *play, const char *line, const char *verb)
{
    char service[LINE_SIZE], event[LINE_SIZE];
    if (sscanf(line, "%*s %199s %199s", service, event) != 2)
        stop(play, line, "a service and an event are expected");
    int index = find_item(play, service, event);
    if (index < 0)
        stop(play, line, "it is not on its way");
    struct action action = {ACTION_TAKE, 0, (uint8_t)index};
    if (strcmp(verb, "copy") == 0)
        action.type = ACTION_COPY;
    else if (item_status(play->world.items[index]) >= ITEM_DEFERRED)
        action.type = ACTION_RETRY;
    if (strcmp(verb, "kill") == 0)
        action.flags = ACTION_UNACKED;
    else if (strcmp(verb, "twice") == 0)
        action.flags = ACTION_TWICE;
    play->late[item_input(play->world.items[index])] = false;
    if (!act(play, action))
        stop(play, line, "it cannot happen now");
}

static void do_late(struct play *play, const char *line)
{
    char service[LINE_SIZE], event[LINE_SIZE];
    if (sscanf(line, "%*s %199s %199s", service, event) != 2)
        stop(play, line, "a service and an event are expected");
    int index = find_item(play, service, event);
    if (index < 0)
        stop(play, line, "it is not on its way");
    play->late[item_input(play->world.items[index])] = true;
}

/* What is next when everything arrives in turn: what waited and can go on, else the oldest. */
static bool next_arrival(const struct play *play, struct action *action)
{
    const struct successor *best = NULL;
    uint32_t best_sent = UINT32_MAX;
    for (int i = 0; i < play->next.count; i++) {
        const struct successor *next = &play->next.at[i];
        if (next->action.type > ACTION_RETRY || next->action.flags != 0)
            continue;
        uint16_t input = item_input(play->world.items[next->action.index]);
        uint32_t sent = next->action.type == ACTION_RETRY ? 0 : play->sent[input];
        if (play->late[input] || sent >= best_sent)
            continue;
        best = next;
        best_sent = sent;
    }
    if (best != NULL)
        *action = best->action;
    return best != NULL;
}

static void do_rest(struct play *play)
{
    struct action action;
    while (next_arrival(play, &action))
        (void)act(play, action);
}

/* The story "create", in one line. */
static void begin_approved(struct play *play, const char *line)
{
    size_t told = play->text.length;
    do_command(play, line, "POST /orders");
    do_rest(play);
    play->text.length = told;
    buf_append_text(&play->text,
                    "            (an order is approved, as in the story \"create\")\n");
}

static void play_line(struct play *play, const char *line)
{
    char verb[LINE_SIZE];
    if (sscanf(line, "%199s", verb) != 1)
        stop(play, line, "it is empty");
    const char *rest = line + strlen(verb);
    rest += strspn(rest, " ");
    if (strcmp(verb, "approved") == 0)
        begin_approved(play, line);
    else if (strcmp(verb, "rest") == 0)
        do_rest(play);
    else if (strcmp(verb, "do") == 0)
        do_command(play, line, rest);
    else if (strcmp(verb, "timer") == 0)
        do_timer(play, line, rest);
    else if (strcmp(verb, "late") == 0)
        do_late(play, line);
    else
        do_item(play, line, verb);
    if (play->next.broken != NULL)
        stop(play, line, play->next.broken);
}

/* The whole story as text, to be freed. It ends at rest, with every rule kept. */
static struct buf play(const struct story *story)
{
    struct play *play = mem_alloc(1, sizeof *play);
    play->story = story;
    buf_printf(&play->text, "%s\n\n", story->title);
    world_begin(story->scenario, FAULTS, &play->world);
    note_sent(play);
    world_expand(&play->world, &play->next);
    for (const char *at = story->script; *at != '\0';) {
        char line[LINE_SIZE];
        size_t length = strcspn(at, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)length, at);
        play_line(play, line);
        at += length + (at[length] == '\n');
    }
    const char *broken = invariants_of_world(&play->world, true);
    if (broken != NULL)
        stop(play, "the end", broken);
    story_tell_world(&play->world, &play->text);
    struct buf text = play->text;
    free(play);
    return text;
}

static void path_of(const char *directory, const struct story *story, char *path, size_t size)
{
    (void)snprintf(path, size, "%s/%s.txt", directory, story->name);
}

static struct buf read_file(const char *path)
{
    struct buf text = {0};
    char part[4096];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return text;
    for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;)
        buf_append(&text, part, got);
    (void)fclose(file);
    return text;
}

static bool is_same(const char *path, const struct buf *told)
{
    struct buf kept = read_file(path);
    bool same = strcmp(buf_text(&kept), buf_text(told)) == 0;
    if (!same)
        (void)printf("%s tells another story; now it goes:\n%s", path, buf_text(told));
    buf_free(&kept);
    return same;
}

static bool write_file(const char *path, const struct buf *told)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(buf_text(told), file) < 0 || fclose(file) != 0) {
        perror(path);
        return false;
    }
    return true;
}

static int for_each(const char *directory, bool (*handle)(const char *path, const struct buf *told))
{
    char path[512];
    size_t good = 0;
    for (size_t i = 0; i < story_count; i++) {
        struct buf told = play(&stories[i]);
        path_of(directory, &stories[i], path, sizeof path);
        good += handle(path, &told);
        buf_free(&told);
    }
    (void)printf("%zu of %zu stories are as they should be\n", good, story_count);
    return good == story_count ? 0 : 1;
}

int stories_compare(const char *directory)
{
    return for_each(directory, is_same);
}

int stories_write(const char *directory)
{
    return for_each(directory, write_file);
}
