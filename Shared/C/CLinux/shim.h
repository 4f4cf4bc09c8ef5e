#pragma once
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/types.h>
#include <unistd.h>

/* syscall(2) is variadic, which Swift cannot call; glibc 2.36 has pidfd_open only as a GNU extension. */
extern long syscall(long number, ...);
static inline int souk_pidfd_open(pid_t pid) { return (int)syscall(434L, (long)pid, 0L); }

/* pipe2(2) is a GNU extension, which Swift's Glibc module leaves out. */
extern int pipe2(int ends[2], int flags);
static inline int souk_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
