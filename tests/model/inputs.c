/* The list of inputs. SPDX-License-Identifier: MIT */
#include "inputs.h"

#include <string.h>

#include "contents.h"
#include "reaction.h"

static struct model_input inputs[INPUTS_MAX];
static uint16_t count;

static uint16_t add(const struct model_input *input)
{
    if (count + 1 >= INPUTS_MAX)
        model_bug("more than %d different inputs", INPUTS_MAX);
    inputs[++count] = *input;
    return count;
}

uint16_t input_of_event(int service, uint16_t content)
{
    const struct content *event = content_at(content);
    step_handler *handle = service_subscribed(service, event->type);
    if (handle == NULL)
        return 0;
    return add(&(struct model_input){
        .type = INPUT_EVENT,
        .service = service,
        .order = event->order,
        .name = event_schemas[event->type].type,
        .short_name = event_schemas[event->type].type,
        .handle = handle,
        .input = {.data = event->data,
                  .subject_id = event->subject_id,
                  .sequence = event->sequence,
                  .now_ms = NOW_MS},
        .content = content,
        .role = ROLE_NONE,
    });
}

uint16_t input_of_timer(int service, size_t timer, int order)
{
    enum role role = role_of(services[service].timers[timer].kind);
    return add(&(struct model_input){
        .type = INPUT_TIMER,
        .service = service,
        .order = order,
        .name = "its timer",
        .short_name = "deadline",
        .handle = services[service].timers[timer].handle,
        .input = {.subject_id = id_in_role(role, order), .now_ms = NOW_MS},
        .role = role,
    });
}

static const void *body_of(const struct command_text *command, const struct codec_record *record)
{
    struct err err = {0};
    if ((record == NULL) != (command->body == NULL))
        model_bug("%s: a body where none belongs, or none where one does", command->title);
    if (record == NULL)
        return NULL;
    void *body = mem_alloc(1, record->size);
    if (codec_decode(record, command->body, strlen(command->body), body, &err) != ERR_OK)
        model_bug("%s: %s", command->title, err.text);
    return body;
}

/* "POST /orders", "POST cancel". */
static const char *short_name_of(const struct command_text *command)
{
    struct buf name = {0};
    const char *last = strrchr(command->path, '}');
    buf_printf(&name, "%s %s", command->method, last == NULL ? command->path : last + 2);
    return buf_text(&name);
}

uint16_t input_of_command(const struct command_text *command, int order)
{
    int service = service_find(command->service);
    const struct route *route = service_route(service, command->method, command->path);
    bool creates = strstr(command->path, "{id}") == NULL;
    int32_t id = id_in_role(service_owns(service).role[order != 0], order);
    return add(&(struct model_input){
        .type = INPUT_COMMAND,
        .service = service,
        .order = order,
        .name = command->title,
        .short_name = short_name_of(command),
        .handle = route->command,
        .input = {.data = body_of(command, route->body),
                  .subject_id = creates ? 0 : id,
                  .now_ms = NOW_MS},
        .role = ROLE_NONE,
    });
}

const struct model_input *input_at(uint16_t number)
{
    return &inputs[number];
}

uint16_t input_count(void)
{
    return count;
}
