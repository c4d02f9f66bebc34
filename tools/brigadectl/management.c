/* The management API through libcurl. SPDX-License-Identifier: MIT */
#include "management.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

enum {
    CONNECT_MS = 5000,
    ANSWER_MS = 15000,
    ANSWER_BYTES_MAX = 16 * 1024 * 1024,
    ITEMS_MAX = 4096, /* queues, exchanges or bindings */
};

#define TEXT(of, member, key)                                                                      \
    {                                                                                              \
        .name = (key), .type = CODEC_TEXT, .offset = offsetof(struct of, member),                  \
        .size = sizeof((struct of *)0)->member, .max = sizeof((struct of *)0)->member - 1          \
    }
#define NUMBER(of, member, key)                                                                    \
    {                                                                                              \
        .name = (key), .type = CODEC_INT64, .offset = offsetof(struct of, member),                 \
        .max = INT64_MAX - 1                                                                       \
    }
#define FLAG(of, member, key)                                                                      \
    {                                                                                              \
        .name = (key), .type = CODEC_BOOL, .offset = offsetof(struct of, member)                   \
    }

static const struct codec_field exchange_fields[] = {
    TEXT(exchange, name, "name"),
    TEXT(exchange, type, "type"),
    FLAG(exchange, durable, "durable"),
    FLAG(exchange, auto_delete, "auto_delete"),
};
static const struct codec_field binding_fields[] = {
    TEXT(binding, source, "source"),
    TEXT(binding, destination, "destination"),
    TEXT(binding, routing_key, "routing_key"),
};
static const struct codec_field argument_fields[] = {
#define X(member, name) TEXT(queue_arguments, member, name),
    QUEUE_TEXTS(X)
#undef X
#define X(member, name) NUMBER(queue_arguments, member, name),
        QUEUE_NUMBERS(X)
#undef X
};

#define RECORD(of, list)                                                                           \
    {                                                                                              \
        .name = #of, .size = sizeof(struct of), .fields = (list),                                  \
        .field_count = sizeof(list) / sizeof((list)[0])                                            \
    }
static const struct codec_record exchange_record = RECORD(exchange, exchange_fields);
static const struct codec_record binding_record = RECORD(binding, binding_fields);
static const struct codec_record arguments_record = RECORD(queue_arguments, argument_fields);
static const struct codec_field queue_fields[] = {
    TEXT(queue, name, "name"),
    FLAG(queue, durable, "durable"),
    NUMBER(queue, messages, "messages"),
    NUMBER(queue, unacknowledged, "messages_unacknowledged"),
    NUMBER(queue, subscribers, "consumers"),
    {.name = "arguments",
     .type = CODEC_OBJECT,
     .offset = offsetof(struct queue, arguments),
     .record = &arguments_record},
};
static const struct codec_record queue_record = RECORD(queue, queue_fields);

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
    struct buf *answer = context;
    if (answer->length + size * count > ANSWER_BYTES_MAX)
        return 0;
    buf_append(answer, bytes, size * count);
    return size * count;
}

/* BRIGADE_MANAGEMENT_URL without its password, for people. */
static void place(const char *url, char *text, size_t size)
{
    const char *at = strrchr(url, '@');
    (void)snprintf(text, size, "management API at %s", at != NULL ? at + 1 : url);
}

static enum err_code request(const char *base, const char *path, struct buf *answer,
                             struct err *err)
{
    char url[1024], where[256], why[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        abort();
    (void)snprintf(url, sizeof url, "%s%s", base, path);
    place(base, where, sizeof where);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK)
        return err_set(err, ERR_UNAVAILABLE, "%s: %s", where,
                       why[0] != '\0' ? why : curl_easy_strerror(code));
    if (status != 200)
        return err_set(err, status == 401 ? ERR_CONFIG : ERR_UNAVAILABLE, "%s: answers %ld%s",
                       where, status, status == 401 ? ": wrong user or password" : "");
    return ERR_OK;
}

/* Ask for a list and decode it into new memory. */
static enum err_code list(struct ctl *ctl, const char *path, const struct codec_record *record,
                          void **items, size_t *count, struct err *err)
{
    const char *base = ctl->settings.management_url;
    struct buf answer = {0};
    *items = NULL;
    if (base[0] == '\0')
        return err_set(err, ERR_CONFIG,
                       "BRIGADE_MANAGEMENT_URL must be set (`make up` writes .run/operator.env)");
    if (request(base, path, &answer, err) == ERR_OK) {
        *items = mem_alloc(ITEMS_MAX, record->size);
        if (codec_decode_array(record, buf_text(&answer), answer.length, *items, ITEMS_MAX, count,
                               err) != ERR_OK)
            (void)err_wrap(err, "management API: %s", path);
    }
    buf_free(&answer);
    if (err->code == ERR_OK)
        return ERR_OK;
    free(*items);
    *items = NULL;
    return err->code;
}

enum err_code management_queues(struct ctl *ctl, struct queue **queues, size_t *count,
                                struct err *err)
{
    void *items;
    enum err_code code = list(ctl, "/api/queues/%2F", &queue_record, &items, count, err);
    *queues = items;
    return code;
}

enum err_code management_exchanges(struct ctl *ctl, struct exchange **exchanges, size_t *count,
                                   struct err *err)
{
    void *items;
    enum err_code code = list(ctl, "/api/exchanges/%2F", &exchange_record, &items, count, err);
    *exchanges = items;
    return code;
}

enum err_code management_bindings(struct ctl *ctl, struct binding **bindings, size_t *count,
                                  struct err *err)
{
    void *items;
    enum err_code code = list(ctl, "/api/bindings/%2F", &binding_record, &items, count, err);
    *bindings = items;
    return code;
}

const struct queue *queue_find(const struct queue *queues, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(queues[i].name, name) == 0)
            return &queues[i];
    }
    return NULL;
}

enum err_code management_waiting(struct ctl *ctl, int64_t waiting[PARTY_COUNT], struct err *err)
{
    struct queue *queues;
    size_t count = 0;
    if (management_queues(ctl, &queues, &count, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < PARTY_COUNT; i++) {
        char inbox[64];
        (void)snprintf(inbox, sizeof inbox, "%s.inbox", parties[i].name);
        const struct queue *queue = queue_find(queues, count, inbox);
        waiting[i] = queue != NULL ? queue->messages - queue->unacknowledged : -1;
    }
    free(queues);
    return ERR_OK;
}
