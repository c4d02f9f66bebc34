/* Answers: problems (RFC 9457), and how a response goes out. SPDX-License-Identifier: MIT */
#include "http_internal.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *status_title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},           {404, "Not Found"},
        {405, "Method Not Allowed"},    {409, "Conflict"},
        {413, "Content Too Large"},     {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"}, {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (titles[i].status == status)
            return titles[i].title;
    }
    return status < 500 ? "Request Refused" : "Server Error";
}

void response_free(struct response *response)
{
    buf_free(&response->body);
    *response = (struct response){0};
}

void response_problem(struct response *response, int status, const char *format, ...)
{
    char detail[600]; /* longer ones are cut */
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    response_free(response);
    response->status = status;
    response->retry_after_s = status == 503 ? 1 : 0;
    buf_append_text(&response->body, "{\"type\":\"about:blank\",\"title\":");
    codec_encode_text(status_title(status), &response->body);
    buf_printf(&response->body, ",\"status\":%d,\"detail\":", status);
    codec_encode_text(detail, &response->body);
    buf_append_char(&response->body, '}');
}

static const char *content_type(const struct response *response)
{
    if (response->content_type != NULL)
        return response->content_type;
    return response->status >= 400 ? "application/problem+json" : "application/json";
}

/* Headers that the library refuses are a bug of ours, but no reason to fail: the answer counts. */
static void put_header(struct MHD_Response *out, const char *name, const char *value)
{
    if (value[0] != '\0')
        (void)MHD_add_response_header(out, name, value);
}

static void put_headers(struct MHD_Response *out, const struct request *request)
{
    const struct response *response = &request->response;
    char retry_after[16] = "";
    if (response->retry_after_s > 0)
        (void)snprintf(retry_after, sizeof retry_after, "%d", response->retry_after_s);
    put_header(out, "Content-Type", response->status == 204 ? "" : content_type(response));
    put_header(out, "Cache-Control", "no-store");
    put_header(out, "Location", response->location);
    put_header(out, "Allow", request->match.allow);
    put_header(out, "Retry-After", retry_after);
    put_header(out, "traceparent", request->traceparent);
    put_header(out, "Connection", request->close ? "close" : "");
}

bool response_send(struct request *request)
{
    struct buf *body = &request->response.body;
    struct MHD_Response *out =
        MHD_create_response_from_buffer(body->length, body->bytes, MHD_RESPMEM_MUST_FREE);
    if (out == NULL)
        return false;
    *body = (struct buf){0};
    put_headers(out, request);
    request->status = request->response.status;
    enum MHD_Result queued =
        MHD_queue_response(request->connection, (unsigned)request->status, out);
    MHD_destroy_response(out);
    return queued == MHD_YES;
}
