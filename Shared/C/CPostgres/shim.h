#pragma once
#include <libpq-fe.h>
#include <spawn.h>

// glibc's own, hidden behind _GNU_SOURCE, which an importer of its module cannot define.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);

// What a server that we start gets from us: nothing but its three standard files, "/" as its
// directory, and a session of its own.
static inline int souk_spawn_isolate(posix_spawn_file_actions_t *actions) {
    int failed = posix_spawn_file_actions_addchdir_np(actions, "/");
    return failed ? failed : posix_spawn_file_actions_addclosefrom_np(actions, 3);
}
static inline short souk_spawn_session(void) { return 0x80; /* POSIX_SPAWN_SETSID */ }
