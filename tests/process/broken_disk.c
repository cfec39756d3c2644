/* A disk that fails on demand: preloaded, it refuses what $BROKEN_DISK names a file for.

   The file's content is "sync" (a sync fails with EIO) or "full" (a write fails with ENOSPC); while
   it is not there, the disk is well. Only files of the ledger are touched: names with ".db" in them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int broken(int descriptor, const char *way) {
    char link[64], name[4096], said[16] = "";
    const char *path = getenv("BROKEN_DISK");
    FILE *order;
    ssize_t length;
    if (path == NULL || (order = fopen(path, "r")) == NULL) return 0;
    if (fgets(said, sizeof said, order) == NULL) said[0] = 0;
    fclose(order);
    if (strncmp(said, way, 4) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    return strstr(name, ".db") != NULL;
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))
typedef int (*syncing)(int);
typedef ssize_t (*placing)(int, const void *, size_t, off_t);
typedef ssize_t (*writing)(int, const void *, size_t);

int fsync(int fd) {
    if (broken(fd, "sync")) { errno = EIO; return -1; }
    return REAL(syncing, "fsync")(fd);
}

int fdatasync(int fd) {
    if (broken(fd, "sync")) { errno = EIO; return -1; }
    return REAL(syncing, "fdatasync")(fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    if (broken(fd, "full")) { errno = ENOSPC; return -1; }
    return REAL(placing, "pwrite64")(fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    if (broken(fd, "full")) { errno = ENOSPC; return -1; }
    return REAL(placing, "pwrite")(fd, bytes, count, at);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (broken(fd, "full")) { errno = ENOSPC; return -1; }
    return REAL(writing, "write")(fd, bytes, count);
}
