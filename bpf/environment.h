/* The environment with which a program of the policy is started: variables that make it load somebody's code, before its own
 * has run. Looked at in sched_process_exec, where the strings lie on the new stack and no thread can have changed them.
 *
 * Libraries and modules below /usr and /lib are the system's own, as the program is: who may change these may change that,
 * too. Where the environment cannot be looked at as a whole, it counts as if there were such a variable. */
#ifndef PURPOSEWATCH_ENVIRONMENT_H
#define PURPOSEWATCH_ENVIRONMENT_H

#include "tampering.h"

enum {
  VARIABLES_MAX = 1 << 15, /* and pieces of long ones */
  NAME_WORDS = 2,
};

/* The dynamic linker's (ld.so(8)), the C library's, and those of interpreters, with their '='. */
struct variable_name {
  char text[NAME_WORDS * 8];
};
static const struct variable_name code_variables[] = {
    {"LD_PRELOAD="}, {"LD_AUDIT="}, {"LD_LIBRARY_PATH="}, {"GCONV_PATH="},
    {"PYTHONPATH="}, {"PERL5LIB="}, {"PERL5OPT="},        {"BASH_ENV="},
};
enum { CODE_VARIABLES = sizeof(code_variables) / sizeof(code_variables[0]) };

struct environment {
  __u64 text[PW_VARIABLE_MAX / 8 + 1]; /* a piece of a variable; one word more, so that four bytes can be read anywhere */
  __u64 at, end;
  __u32 is_piece; /* not the beginning */
  __u32 is_through;
};

static __always_inline int has_name(const __u64 *text, const struct variable_name *name) {
  const __u64 *wanted = (const __u64 *)name->text;
  __u64 first = 0, second = 0;
#pragma clang loop unroll(full)
  for (int byte = 0; byte < 8; byte++) {
    if (name->text[byte]) first |= 0xffULL << 8 * byte;
    if (name->text[byte + 8]) second |= 0xffULL << 8 * byte;
  }
  return (text[0] & first) == wanted[0] && (text[1] & second) == wanted[1];
}

static __always_inline int is_code_variable(const __u64 *text) {
#pragma clang loop unroll(full)
  for (int i = 0; i < CODE_VARIABLES; i++)
    if (has_name(text, &code_variables[i])) return 1;
  return 0;
}

struct path_list {
  const char *text;
  __u32 is_value; /* the '=' has been passed */
  __u32 begins;   /* an element */
  __u32 is_foreign;
  __u32 length; /* of the value */
};

static __always_inline int is_system_path(const char *text) {
  return (text[0] == '/' && text[1] == 'u' && text[2] == 's' && text[3] == 'r' && text[4] == '/') ||
         (text[0] == '/' && text[1] == 'l' && text[2] == 'i' && text[3] == 'b');
}

/* An empty element is the working directory, ".." leads out, and "$" stands for something else. */
static long next_byte(__u32 index, void *context) {
  struct path_list *list = context;
  const char *at = list->text + (index & (PW_VARIABLE_MAX - 1));
  char byte = *at;
  if (!list->is_value) {
    list->is_value = list->begins = byte == '=';
    return !byte;
  }
  if (!byte) {
    list->is_foreign |= list->begins && list->length;
    return 1;
  }
  list->length++;
  if (list->begins) list->is_foreign = !is_system_path(at);
  list->begins = byte == ':' || byte == ' ';
  if (byte == '$' || (byte == '.' && at[1] == '.')) list->is_foreign = 1;
  return list->is_foreign != 0;
}

/* A value that does not fit is foreign, too. */
static __always_inline int is_foreign(const char *text, long length) {
  /* Before 6.7 the verifier takes what it knows at the first step for what holds at all: so it must not know. */
  __u32 zero = unknown_zero;
  struct path_list list = {.text = text, .is_value = zero, .begins = zero, .is_foreign = zero, .length = zero};
  bpf_loop(PW_VARIABLE_MAX, next_byte, &list, 0);
  return list.is_foreign || length == PW_VARIABLE_MAX;
}

static long next_variable(__u32 index, void *context) {
  struct environment *environment = context;
  if (environment->at >= environment->end) {
    environment->is_through = 1;
    return 1;
  }
  long length = bpf_probe_read_user_str(environment->text, PW_VARIABLE_MAX, (const void *)environment->at);
  if (length <= 0) {
    environment->text[0] = 0;
    return 1;
  }
  int is_piece = environment->is_piece;
  environment->is_piece = length == PW_VARIABLE_MAX;
  environment->at += environment->is_piece ? PW_VARIABLE_MAX - 1 : length;
  return !is_piece && is_code_variable(environment->text) && is_foreign((const char *)environment->text, length);
}

/* A function of its own, since its frame would be too large for what else happens at exec. */
static __noinline int look_at_environment(struct task_struct *current) {
  struct environment environment = {.is_piece = unknown_zero, .is_through = unknown_zero};
  __u64 mm = READ_ADDRESS(struct task_struct, (__u64)current, mm);
  environment.at = READ(struct mm_struct, mm, env_start);
  environment.end = READ(struct mm_struct, mm, env_end);
  if (bpf_loop(VARIABLES_MAX, next_variable, &environment, 0) == VARIABLES_MAX) environment.text[0] = 0;
  if (environment.is_through) return 0;
  struct pw_tampering *tampering = taint(current, 0, PW_BY_ENVIRONMENT);
  if (tampering) __builtin_memcpy(tampering->variable, environment.text, PW_VARIABLE_MAX);
  return 0;
}

#endif
