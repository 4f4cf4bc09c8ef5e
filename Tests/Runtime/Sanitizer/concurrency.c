// Tells the thread sanitizer of steps that it cannot see, as Swift's libraries are not built for it.
// A Mutex that somebody holds or waits for is taken and given back by the Synchronization library;
// the rest of it is compiled into the callers, and seen. A continuation that is resumed before its
// task waits for it lets the task go on without a word. And the threads of librdkafka are begun by
// thrd_create, of which the sanitizer does not know. Loaded ahead of the libraries (LD_PRELOAD) by
// `make sanitize SANITIZER=thread`.

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define RESUME "swift_continuation_resume"
#define THROWING_RESUME "swift_continuation_throwingResume"
#define RESUME_WITH_ERROR "swift_continuation_throwingResumeWithError"
#define AWAIT "swift_continuation_await"

#define SWIFT __attribute__((swiftcall))
#define SWIFT_ASYNC __attribute__((swiftasynccall))
#define SELF __attribute__((swift_context)) void *self

SWIFT void lock_slow(uint32_t state, SELF) __asm__(LOCK);
SWIFT bool try_lock_slow(SELF) __asm__(TRY_LOCK);
SWIFT void unlock_slow(SELF) __asm__(UNLOCK);
extern SWIFT void *swift_task_getCurrent(void);

static SWIFT void (*real_lock)(uint32_t state, SELF);
static SWIFT bool (*real_try_lock)(SELF);
static SWIFT void (*real_unlock)(SELF);
static SWIFT void (*real_resume)(void *task);
static SWIFT void (*real_throwing_resume)(void *task);
static SWIFT void (*real_resume_with_error)(void *task, void *error);
static SWIFT_ASYNC void (*real_await)(void *context);

static __attribute__((constructor)) void find(void) {
    *(void **)&real_lock = dlsym(RTLD_NEXT, LOCK);
    *(void **)&real_try_lock = dlsym(RTLD_NEXT, TRY_LOCK);
    *(void **)&real_unlock = dlsym(RTLD_NEXT, UNLOCK);
    *(void **)&real_resume = dlsym(RTLD_NEXT, RESUME);
    *(void **)&real_throwing_resume = dlsym(RTLD_NEXT, THROWING_RESUME);
    *(void **)&real_resume_with_error = dlsym(RTLD_NEXT, RESUME_WITH_ERROR);
    *(void **)&real_await = dlsym(RTLD_NEXT, AWAIT);
}

// Absent from programs that are not built for the sanitizer, such as the one that starts the tests.
extern __attribute__((weak)) void __tsan_acquire(void *address);
extern __attribute__((weak)) void __tsan_release(void *address);

static void acquire(void *address) {
    if (__tsan_acquire) __tsan_acquire(address);
}

static void release(void *address) {
    if (__tsan_release) __tsan_release(address);
}

SWIFT void lock_slow(uint32_t state, SELF) {
    real_lock(state, self);
    acquire(self);
}

SWIFT bool try_lock_slow(SELF) {
    bool is_taken = real_try_lock(self);
    if (is_taken) acquire(self);
    return is_taken;
}

SWIFT void unlock_slow(SELF) {
    release(self);
    real_unlock(self);
}

SWIFT void swift_continuation_resume(void *task) {
    release(task);
    real_resume(task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
    release(task);
    real_throwing_resume(task);
}

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
    release(task);
    real_resume_with_error(task, error);
}

SWIFT_ASYNC void swift_continuation_await(void *context) {
    acquire(swift_task_getCurrent());
    __attribute__((musttail)) return real_await(context);
}

typedef struct {
    thrd_start_t body;
    void *argument;
} Start;

static void *run(void *context) {
    Start start = *(Start *)context;
    free(context);
    return (void *)(intptr_t)start.body(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument) {
    Start *start = malloc(sizeof *start);
    if (!start) return thrd_nomem;
    *start = (Start){body, argument};
    if (pthread_create(thread, NULL, run, start) == 0) return thrd_success;
    free(start);
    return thrd_error;
}

int thrd_join(thrd_t thread, int *result) {
    void *value = NULL;
    if (pthread_join(thread, &value) != 0) return thrd_error;
    if (result) *result = (int)(intptr_t)value;
    return thrd_success;
}

int thrd_detach(thrd_t thread) {
    return pthread_detach(thread) == 0 ? thrd_success : thrd_error;
}
