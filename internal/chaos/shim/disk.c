/*
 * disk.c stands between SQLite and the disk. Loaded in front of libc it sees
 * every call by which the store's files change, and does two things with it:
 *
 *   - it writes the call into a journal, from which a test rebuilds what the
 *     files could look like had the power failed at any moment;
 *   - it lets calls fail, and flushes take long, as the test wants it, through a
 *     control file.
 *
 * CHAOS_DIR is the data folder, CHAOS_JOURNAL the journal and
 * CHAOS_CONTROL the control file; without the last two it does nothing
 * of the kind. The Go runtime makes its own system calls and is not seen.
 *
 * One lock is held around each call and its entry, so that the journal has the
 * calls in the order in which they took effect. An entry of a flush is written
 * when the flush is over and before the caller hears of it: whatever a caller
 * says afterwards stands behind it in the journal.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The head of an entry; the Go side reads the same 48 bytes. */
struct entry {
	uint32_t kind; /* w write, t truncate, s sync, d sync of the folder, u unlink, r rename */
	uint32_t size; /* bytes that follow */
	int64_t at;    /* offset of a write, new size of a truncate */
	char name[32]; /* the file's name in the folder */
};

/* The control file, mapped; the Go side writes the same 72 bytes. */
struct control {
	volatile int64_t error; /* errno to fail with, 0 for none */
	volatile int64_t pass;  /* calls that pass before the first failure */
	volatile int64_t fail;  /* calls that fail then, -1 for all */
	volatile int64_t count; /* calls that failed since the fault was set */
	volatile int64_t die;   /* entries after which the process ends, 0 for never */
	volatile int64_t every;   /* flushes of the log of which the last two take long, 0 for none */
	volatile int64_t stall;   /* milliseconds that each takes; twice that each fourth time */
	volatile int64_t flushes; /* of the log so far */
	volatile int64_t stalls;  /* of them that took long */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static size_t folder_len;
static int journal = -1;
static struct control *control;

__attribute__((constructor)) static void begin(void) {
	const char *path = getenv("CHAOS_JOURNAL");
	folder = getenv("CHAOS_DIR");
	folder_len = folder ? strlen(folder) : 0;
	if (path)
		journal = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	path = getenv("CHAOS_CONTROL");
	if (path) {
		int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
		void *m = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (m != MAP_FAILED)
			control = m;
	}
}

static void *real(const char *name) {
	void *f = dlsym(RTLD_NEXT, name);
	if (!f)
		abort();
	return f;
}

/* The name of a store's file in the folder, "" for the folder, or NULL. */
static const char *inside(const char *path) {
	if (!folder || strncmp(path, folder, folder_len) != 0)
		return NULL;
	path += folder_len;
	if (*path == 0)
		return path;
	return strncmp(path, "/bookgate.db", 12) == 0 ? path + 1 : NULL;
}

static const char *file_of(int fd, char *buf) {
	char link[40];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, buf, PATH_MAX - 1);
	if (n < 0)
		return NULL;
	buf[n] = 0;
	return inside(buf);
}

/* The index of the log is rebuilt after any crash, so it is not in the journal. */
static int kept(const char *name) {
	size_t n = strlen(name);
	return journal >= 0 && !(n > 4 && strcmp(name + n - 4, "-shm") == 0);
}

static void note(uint32_t kind, const char *name, int64_t at, const void *data, size_t size) {
	if (!kept(name))
		return;
	struct entry e = {kind, (uint32_t)size, at, ""};
	strncpy(e.name, name, sizeof e.name - 1);
	struct iovec parts[2] = {{&e, sizeof e}, {(void *)data, size}};
	if (writev(journal, parts, size ? 2 : 1) != (ssize_t)(sizeof e + size))
		abort();
}

/* Ends the process at an entry's border: the files and the journal agree. */
static void maybe_die(const char *name) {
	if (control && kept(name) && control->die > 0 && --control->die == 0)
		syscall(SYS_exit_group, 137);
}

/* Whether this call fails, with errno set. */
static int faulty(void) {
	if (!control || control->error == 0)
		return 0;
	if (control->pass > 0) {
		control->pass--;
		return 0;
	}
	if (control->fail == 0)
		return 0;
	if (control->fail > 0)
		control->fail--;
	control->count++;
	errno = (int)control->error;
	return 1;
}

/* A full disk still takes flushes and removals; others fail too. */
static int full(void) { return control && control->error == ENOSPC; }

static ssize_t put(int fd, const char *name, const void *data, size_t n, int64_t at, int seek) {
	ssize_t done = -1;
	pthread_mutex_lock(&lock);
	maybe_die(name);
	if (!faulty())
		done = seek ? syscall(SYS_write, fd, data, n) : syscall(SYS_pwrite64, fd, data, n, at);
	if (done > 0)
		note('w', name, at, data, (size_t)done);
	pthread_mutex_unlock(&lock);
	return done;
}

ssize_t write(int fd, const void *data, size_t n) {
	char buf[PATH_MAX];
	const char *name = folder ? file_of(fd, buf) : NULL;
	if (!name)
		return syscall(SYS_write, fd, data, n);
	return put(fd, name, data, n, lseek(fd, 0, SEEK_CUR), 1);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
	char buf[PATH_MAX];
	const char *name = folder ? file_of(fd, buf) : NULL;
	if (!name)
		return syscall(SYS_pwrite64, fd, data, n, at);
	return put(fd, name, data, n, at, 0);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return pwrite64(fd, data, n, at); }

int ftruncate64(int fd, off64_t size) {
	char buf[PATH_MAX];
	const char *name = folder ? file_of(fd, buf) : NULL;
	if (!name)
		return syscall(SYS_ftruncate, fd, size);
	int done = -1;
	pthread_mutex_lock(&lock);
	maybe_die(name);
	struct stat s;
	int grows = fstat(fd, &s) == 0 && s.st_size < size;
	if ((full() && !grows) || !faulty())
		done = syscall(SYS_ftruncate, fd, size);
	if (done == 0)
		note('t', name, size, NULL, 0);
	pthread_mutex_unlock(&lock);
	return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

/* A disk that is busy with something else makes a flush of the log wait, and
 * whoever comes meanwhile. */
static void maybe_stall(const char *name) {
	if (!control || control->every <= 0 || strcmp(name, "bookgate.db-wal") != 0)
		return;
	int64_t n = control->flushes++, every = control->every;
	if (n % every < every - 2)
		return;
	control->stalls++;
	int64_t ms = control->stall << (n % (4 * every) >= 3 * every);
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&pause, NULL);
}

/* With a journal the flush itself is left out: what is on the disk is then for
 * the one who reads the journal to say. */
static int flush(int fd, long call) {
	char buf[PATH_MAX];
	const char *name = folder ? file_of(fd, buf) : NULL;
	if (!name)
		return syscall(call, fd);
	int done = -1;
	pthread_mutex_lock(&lock);
	maybe_die(name);
	maybe_stall(name);
	if (full() || !faulty())
		done = journal >= 0 ? 0 : syscall(call, fd);
	if (done == 0)
		note(*name ? 's' : 'd', name, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return done;
}

int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }

int unlink(const char *path) {
	const char *name = inside(path);
	if (!name)
		return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	int done = -1;
	pthread_mutex_lock(&lock);
	maybe_die(name);
	if (full() || !faulty())
		done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	if (done == 0)
		note('u', name, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return done;
}

int rename(const char *from, const char *to) {
	int (*next)(const char *, const char *) = real("rename");
	const char *name = inside(to);
	int done = next(from, to);
	if (name && done == 0)
		note('r', name, 0, NULL, 0);
	return done;
}

/* A disk that may only be read refuses to open files for writing. */
static int refused(const char *path, int flags) {
	if (!inside(path) || !control || control->error != EROFS || control->pass > 0 || control->fail == 0)
		return 0;
	if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT))
		return 0;
	errno = EROFS;
	return 1;
}

static int opened(const char *path, int flags, mode_t mode) {
	return refused(path, flags) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest) {
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
	va_list rest;
	va_start(rest, flags);
	mode_t mode = mode_of(flags, rest);
	va_end(rest);
	return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
	va_list rest;
	va_start(rest, flags);
	mode_t mode = mode_of(flags, rest);
	va_end(rest);
	return opened(path, flags | O_LARGEFILE, mode);
}
