/* The callbacks of one request, for the daemon (libmicrohttpd's types). SPDX-License-Identifier:
 * MIT */
#ifndef BRIGADE_HTTP_REQUEST_H
#define BRIGADE_HTTP_REQUEST_H

#include <microhttpd.h>

#include "http_internal.h"

/* The request line is there. Returns the request. */
void *request_open(void *context, const char *target, struct MHD_Connection *connection);

/* The headers, a part of the body, or the end of it. */
enum MHD_Result request_handle(void *context, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *body,
                               size_t *body_bytes, void **request_context);

/* The request has ended, one way or the other: free it. */
void request_close(void *context, struct MHD_Connection *connection, void **request_context,
                   enum MHD_RequestTerminationCode reason);

#endif
