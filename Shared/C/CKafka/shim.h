#pragma once
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/* pipe2(2) is a GNU extension, which Swift's Glibc module leaves out. */
extern int pipe2(int ends[2], int flags);
static inline int souk_kafka_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }

/* rd_kafka_producev is variadic, which Swift cannot call. Copies everything but the headers, which are
   the library's when it succeeds. A timestamp of 0 means now. */
static inline rd_kafka_resp_err_t souk_kafka_produce(
    rd_kafka_t *client, const char *topic, int32_t partition, const void *key, size_t key_size,
    const void *value, size_t value_size, int64_t timestamp, rd_kafka_headers_t *headers,
    void *opaque) {
    return rd_kafka_producev(
        client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY((void *)key, key_size),
        RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_TIMESTAMP(timestamp),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
}
