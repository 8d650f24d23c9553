/* Stands beneath the server's calls to the disk, and writes down, in their order, what it writes to
 * the SQLite file DISK_FILE and to its log beside it, and when it has the disk keep it: a letter
 * ('w'rite, 't'runcate, 's'ync), the file (0, or 1 for the log), two 64-bit numbers (where, and
 * how much) and what was written. A call and its record are one step. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 65536
static unsigned char kind[FILES]; /* by descriptor: 0 is none of ours */
static int record = -1;
static int writes_to_live;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*next_open)(const char *, int, ...);
static ssize_t (*next_write)(int, const void *, size_t);
static ssize_t (*next_pwrite)(int, const void *, size_t, off64_t);
static int (*next_truncate)(int, off64_t);
static int (*next_sync)(int);
static int (*next_datasync)(int);
static int (*next_close)(int);

__attribute__((constructor)) static void begin(void) {
    next_open = dlsym(RTLD_NEXT, "open64");
    next_write = dlsym(RTLD_NEXT, "write");
    next_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    next_truncate = dlsym(RTLD_NEXT, "ftruncate64");
    next_sync = dlsym(RTLD_NEXT, "fsync");
    next_datasync = dlsym(RTLD_NEXT, "fdatasync");
    next_close = dlsym(RTLD_NEXT, "close");
    record = next_open(getenv("DISK_RECORD"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (record < 0) abort();
    writes_to_live = atoi(getenv("DISK_CUT_AFTER"));
}

static int is_ours(int fd) { return fd >= 0 && fd < FILES && kind[fd]; }

static void put(char what, int fd, int64_t where, int64_t length, const void *data) {
    char head[18];
    head[0] = what;
    head[1] = kind[fd] - 1;
    memcpy(head + 2, &where, 8);
    memcpy(head + 10, &length, 8);
    if (next_write(record, head, sizeof head) != sizeof head) abort();
    if (data && next_write(record, data, length) != length) abort();
    if (what != 'w' || access(getenv("DISK_CUT"), F_OK) != 0) return;
    if (--writes_to_live == 0) raise(SIGKILL);
}

static int opened(const char *path, int fd) {
    const char *file = getenv("DISK_FILE");
    size_t length = strlen(file);
    if (fd < 0 || fd >= FILES) return fd;
    kind[fd] = 0;
    if (strncmp(path, file, length) == 0) {
        if (path[length] == 0) kind[fd] = 1;
        if (strcmp(path + length, "-wal") == 0) kind[fd] = 2;
    }
    return fd;
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return opened(path, next_open(path, flags, mode));
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return opened(path, next_open(path, flags, mode));
}

int close(int fd) {
    if (is_ours(fd)) kind[fd] = 0;
    return next_close(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
    if (!is_ours(fd)) return next_write(fd, data, length);
    pthread_mutex_lock(&lock);
    int64_t where = lseek64(fd, 0, SEEK_CUR);
    ssize_t done = next_write(fd, data, length);
    if (done > 0) put('w', fd, where, done, data);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t where) {
    if (!is_ours(fd)) return next_pwrite(fd, data, length, where);
    pthread_mutex_lock(&lock);
    ssize_t done = next_pwrite(fd, data, length, where);
    if (done > 0) put('w', fd, where, done, data);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t where) {
    return pwrite64(fd, data, length, where);
}

int ftruncate64(int fd, off64_t length) {
    if (!is_ours(fd)) return next_truncate(fd, length);
    pthread_mutex_lock(&lock);
    int done = next_truncate(fd, length);
    if (done == 0) put('t', fd, length, 0, NULL);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synchronised(int fd, int (*next)(int)) {
    if (!is_ours(fd)) return next(fd);
    pthread_mutex_lock(&lock);
    int done = next(fd);
    if (done == 0) put('s', fd, 0, 0, NULL);
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) { return synchronised(fd, next_sync); }

int fdatasync(int fd) { return synchronised(fd, next_datasync); }
