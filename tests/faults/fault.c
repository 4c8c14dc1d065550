/*
 * Faults from outside the process: a library to be preloaded, that counts the
 * calls which touch files and the network, and spoils one of them or all.
 *
 *   cc -shared -fPIC -O2 -o fault.so fault.c -ldl
 *
 *   FAULT_UNDER  the files below these directories count, divided by `:`;
 *                so do all Internet sockets and look-ups of names
 *   FAULT_TRACE  a line for every such call is added to this file
 *   FAULT_DO     the fault: EIO ENOSPC EROFS EINTR EMFILE ETIMEDOUT, SHORT
 *                (half is read or written), KILL (before the call), TORN (half
 *                is written, then it is killed), HANG; TIMELESS: the clock on
 *                the wall shows the main thread a time that no calendar has,
 *                and who reads it panics; only such looks count for FAULT_AT
 *   FAULT_AT     it befalls the call of this number, the first is 1
 *   FAULT_WHILE  instead: it befalls all calls while this file exists; a
 *                broken disk then leaves the network alone
 *   FAULT_CLOCK  seconds by which the clock on the wall is ahead
 *
 * A fault befalls only calls that it can befall: no file is full that is read.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* What a call does. */
enum { READS = 1, WRITES = 2, MAKES = 4, OPENS = 8, SYNCS = 16, NET = 32, SIZED = 64 };

/* What stands behind a descriptor. */
enum { NOTHING, OURS, SOCKET };

#define FDS 4096
static _Atomic char kind_of[FDS];
static atomic_long calls, looks;
static const char *under, *fault, *during;
static long at, clock_ahead;
static int trace = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *text;
    under = getenv("FAULT_UNDER");
    fault = getenv("FAULT_DO");
    during = getenv("FAULT_WHILE");
    if ((text = getenv("FAULT_AT")))
        at = atol(text);
    if ((text = getenv("FAULT_CLOCK")))
        clock_ahead = atol(text);
    if ((text = getenv("FAULT_TRACE")))
        trace = syscall(SYS_openat, AT_FDCWD, text, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
}

static int is_ours(const char *path)
{
    if (!under || !path)
        return 0;
    for (const char *one = under; *one;) {
        size_t length = strcspn(one, ":");
        if (length && strncmp(path, one, length) == 0)
            return 1;
        one += length + (one[length] == ':');
    }
    return 0;
}

static int kind(int fd)
{
    return fd >= 0 && fd < FDS ? kind_of[fd] : NOTHING;
}

static int remember(int fd, int kind)
{
    if (fd >= 0 && fd < FDS)
        kind_of[fd] = kind;
    return fd;
}

static int is(const char *name)
{
    return strcmp(fault, name) == 0;
}

/* Whether the fault can befall a call that does this, and its errno. */
static int error_of(int does)
{
    if (is("EIO"))
        return does & NET ? (during ? 0 : ECONNRESET) : EIO;
    if (is("ENOSPC"))
        return does & (WRITES | MAKES | SYNCS) && !(does & NET) ? ENOSPC : 0;
    if (is("EROFS"))
        return does & (WRITES | MAKES) && !(does & NET) ? EROFS : 0;
    if (is("EMFILE"))
        return does & OPENS ? EMFILE : 0;
    if (is("EINTR"))
        return does & SIZED ? EINTR : 0;
    if (is("ETIMEDOUT"))
        return does & NET && !(does & OPENS) ? ETIMEDOUT : 0;
    return 0;
}

enum { GO_ON = 0, HALF = -1, HALF_AND_DIE = -2 };

static void die(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

/* Counts a call. 0, an errno, or one of the above. */
static int count(const char *name, const char *path, int does)
{
    long number = ++calls;
    int happens = 0, befalls = 0;
    if (fault)
        happens = during ? syscall(SYS_faccessat, AT_FDCWD, during, F_OK) == 0 : number == at;
    if (happens) {
        if (is("SHORT"))
            befalls = does & SIZED ? HALF : 0;
        else if (is("TORN"))
            befalls = does & SIZED && does & WRITES && !(does & NET) ? HALF_AND_DIE : 0;
        else if (is("KILL") || is("HANG"))
            befalls = 1;
        else
            befalls = error_of(does);
    }
    if (trace >= 0) {
        char line[512];
        const char *file = path ? strrchr(path, '/') : NULL;
        int length = snprintf(line, sizeof line, "%ld %s %d %s%s\n", number, name, does,
                              file ? file + 1 : "-", befalls ? " !" : "");
        syscall(SYS_write, trace, line, length);
    }
    if (befalls && is("KILL"))
        die();
    if (befalls && is("HANG"))
        for (;;)
            pause();
    return befalls;
}

static int spoiled(int error)
{
    errno = error;
    return -1;
}

static size_t half(size_t size)
{
    return size > 1 ? size / 2 : size;
}

/* ---- files ---- */

static int opened(const char *name, const char *path, int flags, int mode)
{
    int ours = is_ours(path);
    if (ours) {
        int does = OPENS | (flags & (O_CREAT | O_TRUNC) ? MAKES : 0);
        int befalls = count(name, path, does);
        if (befalls > 0)
            return spoiled(befalls);
    }
    int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    return remember(fd, ours ? OURS : NOTHING);
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;                          \
        va_end(rest);                                                                              \
        return opened(#name, path, flags, mode);                                                   \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
    int name(int directory, const char *path, int flags, ...)                                      \
    {                                                                                              \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;                          \
        va_end(rest);                                                                              \
        if (directory == AT_FDCWD || *path == '/')                                                 \
            return opened(#name, path, flags, mode);                                               \
        return remember(syscall(SYS_openat, directory, path, flags, mode), NOTHING);               \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int fd)
{
    remember(fd, NOTHING);
    return syscall(SYS_close, fd);
}

static int on(const char *name, int fd, int does)
{
    switch (kind(fd)) {
    case OURS:
        return count(name, NULL, does);
    case SOCKET:
        return count(name, NULL, does | NET);
    default:
        return GO_ON;
    }
}

#define SIZED_CALL(type, name, does, fd, size, parameters, arguments)                              \
    type name parameters                                                                           \
    {                                                                                              \
        int befalls = on(#name, fd, (does) | SIZED);                                               \
        if (befalls > 0)                                                                           \
            return spoiled(befalls);                                                               \
        if (befalls < 0)                                                                           \
            size = half(size);                                                                     \
        type done = REAL(name) arguments;                                                          \
        if (befalls == HALF_AND_DIE)                                                               \
            die();                                                                                 \
        return done;                                                                               \
    }
SIZED_CALL(ssize_t, read, READS, fd, size, (int fd, void *to, size_t size), (fd, to, size))
SIZED_CALL(ssize_t, pread, READS, fd, size, (int fd, void *to, size_t size, off_t from), (fd, to, size, from))
SIZED_CALL(ssize_t, pread64, READS, fd, size, (int fd, void *to, size_t size, off64_t from), (fd, to, size, from))
SIZED_CALL(ssize_t, write, WRITES, fd, size, (int fd, const void *of, size_t size), (fd, of, size))
SIZED_CALL(ssize_t, pwrite, WRITES, fd, size, (int fd, const void *of, size_t size, off_t to), (fd, of, size, to))
SIZED_CALL(ssize_t, pwrite64, WRITES, fd, size, (int fd, const void *of, size_t size, off64_t to), (fd, of, size, to))
SIZED_CALL(ssize_t, send, WRITES, fd, size, (int fd, const void *of, size_t size, int flags), (fd, of, size, flags))
SIZED_CALL(ssize_t, recv, READS, fd, size, (int fd, void *to, size_t size, int flags), (fd, to, size, flags))

#define CALL(type, name, does, fd, parameters, arguments)                                          \
    type name parameters                                                                           \
    {                                                                                              \
        int befalls = on(#name, fd, does);                                                         \
        return befalls > 0 ? (type)spoiled(befalls) : REAL(name) arguments;                        \
    }
CALL(ssize_t, readv, READS, fd, (int fd, const struct iovec *to, int n), (fd, to, n))
CALL(ssize_t, writev, WRITES, fd, (int fd, const struct iovec *of, int n), (fd, of, n))
CALL(ssize_t, sendmsg, WRITES, fd, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
CALL(ssize_t, recvmsg, READS, fd, (int fd, struct msghdr *message, int flags), (fd, message, flags))
CALL(int, fsync, SYNCS, fd, (int fd), (fd))
CALL(int, fdatasync, SYNCS, fd, (int fd), (fd))
CALL(int, ftruncate, WRITES, fd, (int fd, off_t size), (fd, size))
CALL(int, ftruncate64, WRITES, fd, (int fd, off64_t size), (fd, size))
CALL(int, fallocate, WRITES, fd, (int fd, int mode, off_t from, off_t size), (fd, mode, from, size))
CALL(int, fchmod, WRITES, fd, (int fd, mode_t mode), (fd, mode))
CALL(int, connect, READS, fd, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
CALL(int, bind, READS, fd, (int fd, const struct sockaddr *at, socklen_t size), (fd, at, size))
CALL(int, listen, READS, fd, (int fd, int most), (fd, most))

#define MAP(name, offset)                                                                          \
    void *name(void *where, size_t size, int protection, int flags, int fd, offset from)           \
    {                                                                                              \
        int befalls = flags & MAP_ANONYMOUS ? GO_ON : on(#name, fd, READS);                        \
        if (befalls > 0) {                                                                         \
            errno = befalls;                                                                       \
            return MAP_FAILED;                                                                     \
        }                                                                                          \
        return (void *)syscall(SYS_mmap, where, size, protection, flags, fd, from);                \
    }
MAP(mmap, off_t)
MAP(mmap64, off64_t)

#define PATH_CALL(name, path, does, parameters, arguments)                                         \
    int name parameters                                                                            \
    {                                                                                              \
        int befalls = is_ours(path) ? count(#name, path, does) : GO_ON;                            \
        return befalls > 0 ? spoiled(befalls) : REAL(name) arguments;                              \
    }
PATH_CALL(rename, to, MAKES, (const char *from, const char *to), (from, to))
PATH_CALL(unlink, path, MAKES, (const char *path), (path))
PATH_CALL(mkdir, path, MAKES, (const char *path, mode_t mode), (path, mode))
PATH_CALL(chmod, path, MAKES, (const char *path, mode_t mode), (path, mode))

/* ---- the network ---- */

int socket(int domain, int type, int protocol)
{
    int ours = domain == AF_INET || domain == AF_INET6;
    int befalls = ours ? count("socket", NULL, OPENS | NET) : GO_ON;
    if (befalls > 0)
        return spoiled(befalls);
    return remember(syscall(SYS_socket, domain, type, protocol), ours ? SOCKET : NOTHING);
}

int accept4(int fd, struct sockaddr *from, socklen_t *size, int flags)
{
    int befalls = on("accept4", fd, OPENS);
    if (befalls > 0)
        return spoiled(befalls);
    return remember(syscall(SYS_accept4, fd, from, size, flags), SOCKET);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    if (count("getaddrinfo", NULL, READS | NET) > 0)
        return EAI_AGAIN;
    return REAL(getaddrinfo)(name, service, hints, found);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int done = syscall(SYS_clock_gettime, clock, now);
    if (done == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += clock_ahead;
        if (fault && is("TIMELESS") && syscall(SYS_gettid) == syscall(SYS_getpid) && ++looks == at)
            now->tv_sec = 1L << 60;
    }
    return done;
}
