#pragma once
/* libevent's configuration defines _GNU_SOURCE. The system's headers come first, so that their types
   are the same as in Swift's own Glibc module. */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <netdb.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <event2/util.h>

/* EV_* and BEV_* are macros with casts or enums that Swift imports unevenly; named here once. */
static inline short souk_ev_read(void) { return EV_READ; }
static inline short souk_ev_write(void) { return EV_WRITE; }
static inline short souk_ev_persist(void) { return EV_PERSIST; }
static inline short souk_ev_timeout(void) { return EV_TIMEOUT; }
static inline int souk_bev_close_on_free(void) { return BEV_OPT_CLOSE_ON_FREE; }
static inline short souk_bev_eof(void) { return BEV_EVENT_EOF; }
static inline short souk_bev_error(void) { return BEV_EVENT_ERROR; }
static inline short souk_bev_connected(void) { return BEV_EVENT_CONNECTED; }

/* A GNU extension, which Swift's Glibc module leaves out. */
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline int souk_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

/* Swift sees no global of C that may change; read when nothing else writes it. */
extern char **environ;
static inline char **souk_environment(void) { return environ; }

/* A GNU extension as well: the new socket neither blocks nor outlives an exec. */
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
static inline int souk_accept(int socket, struct sockaddr *address, socklen_t *length) {
    return accept4(socket, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
static inline int souk_tcp_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* glibc's heap. By itself it raises the size from which blocks are given back at once to that of the
   largest ever freed, and lets every thread have a heap of its own. */
static inline void souk_memory_set(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    mallopt(M_ARENA_MAX, 4);
}
static inline void souk_memory_trim(void) { malloc_trim(0); }
