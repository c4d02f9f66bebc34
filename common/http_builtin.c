/* The paths that every service has: /livez, /readyz, /metrics, /openapi.json.
 * SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <string.h>

#include "metrics.h"

static void answer_livez(struct http_server *server, struct response *response)
{
    (void)server;
    response->status = 200;
    buf_append_text(&response->body, "{\"status\":\"pass\"}");
}

/* Writes the reasons as JSON members; true: ready. */
static bool server_ready(struct http_server *server, struct buf *reasons)
{
    if (atomic_load(&server->draining)) {
        buf_append_text(reasons, "\"service\":\"draining\"");
        return false;
    }
    const struct http_options *options = &server->options;
    return options->ready == NULL || options->ready(options->context, reasons);
}

static void answer_readyz(struct http_server *server, struct response *response)
{
    struct buf reasons = {0};
    bool ready = server_ready(server, &reasons);
    response->status = ready ? 200 : 503;
    response->content_type = "application/json";
    buf_printf(&response->body, "{\"status\":\"%s\"%s%s}", ready ? "pass" : "fail",
               reasons.length > 0 ? "," : "", buf_text(&reasons));
    buf_free(&reasons);
}

static void answer_metrics(struct http_server *server, struct response *response)
{
    (void)server;
    response->status = 200;
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&response->body);
}

static void answer_openapi(struct http_server *server, struct response *response)
{
    response->status = 200;
    buf_append_text(&response->body, server->options.openapi);
}

static const struct builtin builtins[] = {
    {"/livez", answer_livez},
    {"/readyz", answer_readyz},
    {"/metrics", answer_metrics},
    {"/openapi.json", answer_openapi},
};

const struct builtin *builtin_find(const char *path)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
        if (strcmp(path, builtins[i].path) == 0)
            return &builtins[i];
    }
    return NULL;
}
