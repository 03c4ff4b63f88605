/* A power cut for a test: notes how much of each append-only file a completed fsync has covered.
 *
 * Loaded before the server (LD_PRELOAD). For a file FOLDER/appendonlydir/NAME it writes the size
 * that was there before the call into $WIREROOM_SOAK_SYNCED/NAME after the call has succeeded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int note(int handle, const char *call)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
    const char *folder = getenv("WIREROOM_SOAK_SYNCED");
    char link[64], path[PATH_MAX + 1], place[PATH_MAX + 1];
    struct stat seen;
    int known = folder != NULL && fstat(handle, &seen) == 0;
    int answer = real(handle);

    if (answer != 0 || !known)
        return answer;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, PATH_MAX);
    if (length <= 0)
        return answer;
    path[length] = 0;
    char *name = strrchr(path, '/');
    if (name == NULL || strstr(path, "/appendonlydir/") == NULL)
        return answer;
    snprintf(place, sizeof place, "%s%s", folder, name);
    int out = open(place, O_WRONLY | O_CREAT, 0600);
    if (out >= 0) {
        char size[24];
        snprintf(size, sizeof size, "%020lld\n", (long long)seen.st_size);
        if (pwrite(out, size, strlen(size), 0) < 0)
            abort();
        close(out);
    }
    return answer;
}

int fsync(int handle) { return note(handle, "fsync"); }
int fdatasync(int handle) { return note(handle, "fdatasync"); }
