// The benchmark's load: one process on one CPU that repeats one operation in a closed loop, and its parent,
// which tells what that cost.
//
//   load setup DIR FILES           makes the trees, FILES files of 4 KiB in each
//   load DIR OPERATION [KEY=VALUE ...]
//     OPERATION  getpid | stat | open (open + read of 4 KiB + close), or a way out (see ways_out.h) of a
//                process that has read a file of the tree: connect | sendto | unix | pipe
//     tree=      unwatched | watched | beside (a neighbour directory of each watched one)
//     cpu=       where to run; as started without it
//     seconds=   how long, or blocks=N for a fixed amount of work (under -icount time is no measure)
//     block=     operations per block
//     rate=      operations per second; as fast as it can without it
//
// Time is taken once per block and the median block is the figure: another process's time slice, or a timer
// tick, spoils a block but not the figure, and the clock's own cost is spread over the block.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ways_out.h"

enum {
  kFileBytes = 4096,
  kFilesPerClient = 50,
  kClientsPerDomain = 10,
  kBlocksMin = 16,
  kBlocksMax = 1 << 16,
  kPathMax = 512
};

static const struct tree {
  const char *name, *top, *leaf;
} kTrees[] = {
    {"unwatched", "unwatched", "Maildir"}, {"watched", "watched", "Maildir"}, {"beside", "watched", "www"}};
enum { kTreeCount = sizeof kTrees / sizeof *kTrees };

struct load {
  const char* directory;
  enum { kGetpid, kStat, kOpen, kGoOut } operation;
  enum way_out way;  // of kGoOut
  struct ends ends;
  const struct tree* tree;
  char** files;
  long file_count;
  int cpu;         // -1: as started
  double seconds;  // used when blocks is 0
  long blocks, block;
  double rate;  // operations per second; 0: closed loop
};

struct result {
  double block_ns[kBlocksMax];  // per operation
  long blocks, operations;
  double wall_s, cpu_s;  // of the measured part
};

static void die(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double now(void) {
  return seconds_of(CLOCK_MONOTONIC);
}

static void path_of(char* path, const char* directory, const struct tree* tree, long file) {
  long client = file / kFilesPerClient;
  snprintf(path, kPathMax, "%s/%s/dom%02ld/user%03ld/%s/m%05ld", directory, tree->top,
           client / kClientsPerDomain, client, tree->leaf, file);
}

static void make_parents(const char* path) {
  char parent[kPathMax];
  snprintf(parent, sizeof parent, "%s", path);
  for (char* slash = strchr(parent + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(parent, 0755) < 0 && errno != EEXIST) die(parent);
    *slash = '/';
  }
}

static void set_up(const char* directory, long files) {
  static char bytes[kFileBytes];
  memset(bytes, 'x', sizeof bytes);
  for (int t = 0; t < kTreeCount; t++)
    for (long i = 0; i < files; i++) {
      char path[kPathMax];
      path_of(path, directory, &kTrees[t], i);
      if (i % kFilesPerClient == 0) make_parents(path);
      int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
      if (fd < 0 || write(fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes) die(path);
      close(fd);
    }
}

static void list_files(struct load* load) {
  load->files = NULL;
  for (load->file_count = 0;; load->file_count++) {
    char path[kPathMax];
    path_of(path, load->directory, load->tree, load->file_count);
    if (access(path, F_OK) < 0) break;
    load->files = realloc(load->files, (size_t)(load->file_count + 1) * sizeof *load->files);
    if (!load->files || !(load->files[load->file_count] = strdup(path))) die("memory");
  }
  if (load->file_count == 0) die("no files there; run `load setup` first");
}

static void read_file(const char* path) {
  static char bytes[kFileBytes];
  int fd = open(path, O_RDONLY);
  if (fd < 0) die(path);
  if (read(fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes) die(path);
  close(fd);
}

// What it is about to go out by is there before it reads, as a server's sockets are.
static void prepare_way(struct load* load) {
  const char* failed = open_ends(&load->ends, load->way, load->directory);
  if (failed) die(failed);
  read_file(load->files[0]);
}

static void go_out(const struct load* load) {
  const char* failed = go(&load->ends, load->way);
  if (failed) die(failed);
}

static void operate(const struct load* load, uint32_t random) {
  const char* path = load->files[(random >> 4) % (uint32_t)load->file_count];
  struct stat status;
  switch (load->operation) {
    case kGetpid:
      syscall(SYS_getpid);
      return;
    case kStat:
      if (stat(path, &status) < 0) die(path);
      return;
    case kOpen:
      read_file(path);
      return;
    case kGoOut:
      go_out(load);
      return;
  }
}

static uint32_t next(uint32_t random) {
  return random * 1664525U + 1013904223U;
}

// `result` is empty.
static void run(const struct load* load, struct result* result) {
  uint32_t random = 12345;
  // Every file once, unmeasured: caches, the kernel's and a monitor's, are then as warm as they get.
  for (long i = 0; i < load->file_count; i++) operate(load, (uint32_t)i << 4);
  double cpu_start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  double start = now(), block_start = start, due = start;
  do {
    for (long i = 0; i < load->block; i++) {
      if (load->rate > 0) {
        due += 1 / load->rate;
        while (now() < due) continue;
      }
      operate(load, random = next(random));
    }
    double end = now();
    result->block_ns[result->blocks++] = (end - block_start) * 1e9 / (double)load->block;
    block_start = end;
  } while (result->blocks < kBlocksMax &&
           (load->blocks ? result->blocks < load->blocks
                         : result->blocks < kBlocksMin || block_start - start < load->seconds));
  result->wall_s = now() - start;
  result->cpu_s = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu_start;
  result->operations = result->blocks * load->block;
}

static int by_size(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static void print(const struct load* load, struct result* result) {
  qsort(result->block_ns, (size_t)result->blocks, sizeof(double), by_size);
  printf(
      "{\"median_ns\": %.2f, \"p10_ns\": %.2f, \"blocks\": %ld, \"operations\": %ld, \"warm_operations\": "
      "%ld, "
      "\"wall_s\": %.4f, \"cpu_s\": %.4f}\n",
      result->block_ns[result->blocks / 2], result->block_ns[result->blocks / 10], result->blocks,
      result->operations, load->file_count, result->wall_s, result->cpu_s);
}

static bool set_option(struct load* load, const char* option) {
  const char* value = strchr(option, '=');
  if (!value) return false;
  size_t length = (size_t)(value++ - option);
#define IS(key) (length == sizeof(key) - 1 && strncmp(option, key, length) == 0)
  if (IS("tree")) {
    load->tree = NULL;
    for (int t = 0; t < kTreeCount; t++)
      if (strcmp(kTrees[t].name, value) == 0) load->tree = &kTrees[t];
    return load->tree != NULL;
  }
  if (IS("cpu")) return load->cpu = atoi(value), true;
  if (IS("seconds")) return (load->seconds = atof(value)) > 0;
  if (IS("blocks")) return (load->blocks = atol(value)) > 0;
  if (IS("block")) return (load->block = atol(value)) > 0;
  if (IS("rate")) return (load->rate = atof(value)) > 0;
#undef IS
  return false;
}

static bool set_operation(struct load* load, const char* name) {
  static const char* const kNames[] = {"getpid", "stat", "open"};
  for (int i = 0; i < kGoOut; i++)
    if (strcmp(name, kNames[i]) == 0) return load->operation = i, true;
  load->operation = kGoOut;
  for (int i = 0; i < kWayCount; i++)
    if (strcmp(name, kWayNames[i]) == 0) return load->way = i, true;
  return false;
}

static void pin(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) < 0) die("pinning to a CPU");
}

// Whoever reads what is written by a process that carries client data is taken to carry them, too, and would
// start the next load as one that does. So who works writes to nobody, and his parent tells.
static void work(struct load* load, struct result* result) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close(STDOUT_FILENO);
  memset(result, 0, sizeof *result);  // no page of it is new to the kernel while the clock runs
  if (load->cpu >= 0) pin(load->cpu);
  if (load->operation == kGoOut) prepare_way(load);
  run(load, result);
  if (load->operation == kGoOut) close_ends(&load->ends);
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "setup") == 0) {
    set_up(argv[2], atol(argv[3]));
    return 0;
  }
  struct load load = {.tree = &kTrees[0], .cpu = -1, .seconds = 0.5, .block = 500};
  bool usable = argc >= 3 && set_operation(&load, argv[2]);
  for (int i = 3; usable && i < argc; i++) usable = set_option(&load, argv[i]);
  if (!usable) {
    fprintf(stderr,
            "usage: load setup DIR FILES | load DIR OPERATION [KEY=VALUE ...]; see the top of load.c\n");
    return 2;
  }
  load.directory = argv[1];
  list_files(&load);
  struct result* result =
      mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (result == MAP_FAILED) die("memory");
  pid_t worker = fork();
  if (worker < 0) die("fork");
  if (worker == 0) {
    work(&load, result);
    return 0;
  }
  int status = 0;
  if (waitpid(worker, &status, 0) < 0) die("wait");
  if (status != 0) return 1;
  print(&load, result);
  return 0;
}
