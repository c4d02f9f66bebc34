/* What /metrics says of the HTTP server; names as OpenTelemetry has them. SPDX-License-Identifier:
 * MIT */
#include "http_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metrics.h"

enum { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_OTHER, METHODS };
enum { CLASS_2XX, CLASS_4XX, CLASS_5XX, CLASSES };

#define DURATION(m, c)                                                                             \
    {                                                                                              \
        .type = METRIC_HISTOGRAM, .name = "http_server_request_duration_seconds",                  \
        .help = "From a request's headers to the end of its answer.",                              \
        .labels = "method=\"" m "\",status=\"" c "\""                                              \
    }
#define DURATIONS(m)                                                                               \
    {                                                                                              \
        DURATION(m, "2xx"), DURATION(m, "4xx"), DURATION(m, "5xx")                                 \
    }

static struct metric durations[METHODS][CLASSES] = {
    [METHOD_GET] = DURATIONS("GET"),
    [METHOD_POST] = DURATIONS("POST"),
    [METHOD_PUT] = DURATIONS("PUT"),
    [METHOD_OTHER] = DURATIONS("other"),
};

static struct metric active = {
    .type = METRIC_GAUGE,
    .name = "http_server_active_requests",
    .help = "Requests whose headers are there and whose answer is not sent.",
};

static struct metric cut = {
    .type = METRIC_COUNTER,
    .name = "http_server_cut_connections_total",
    .help = "Connections shut down: the request or the answer took longer than the deadline, or "
            "the other "
            "side was gone in the middle of a request.",
};

void http_metrics_register(void)
{
    metric_register(&active);
    metric_register(&cut);
    for (int method = 0; method < METHODS; method++) {
        for (int class = 0; class < CLASSES; class ++)
            metric_register(&durations[method][class]);
    }
}

void http_metrics_begin(void)
{
    metric_add(&active, 1);
}

static int method_index(const char *method)
{
    if (method_matches("GET", method))
        return METHOD_GET;
    if (strcmp(method, "POST") == 0)
        return METHOD_POST;
    return strcmp(method, "PUT") == 0 ? METHOD_PUT : METHOD_OTHER;
}

void http_metrics_end(const char *method, int status, int64_t duration_us)
{
    metric_add(&active, -1);
    if (status == 0) /* the client went away before it had an answer */
        return;
    int class = status < 400 ? CLASS_2XX : status < 500 ? CLASS_4XX : CLASS_5XX;
    metric_observe_us(&durations[method_index(method)][class], duration_us);
}

void http_metrics_cut(void)
{
    metric_add(&cut, 1);
}

int64_t http_metrics_now_us(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
