#pragma once
#include <http_parser.h>

/* Bit-fields of http_parser are read and set here: Swift imports some of them unevenly. */
static inline unsigned int souk_http_errno(const http_parser *p) { return p->http_errno; }
static inline unsigned int souk_http_method(const http_parser *p) { return p->method; }
static inline unsigned int souk_http_status(const http_parser *p) { return p->status_code; }
static inline int souk_http_upgrade(const http_parser *p) { return p->upgrade; }
