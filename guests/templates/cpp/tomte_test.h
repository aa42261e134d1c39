/* tomte_test.h: a behaviour without a host, for tests. A test includes the behaviour's source, then this. */
#ifndef TOMTE_TEST_H
#define TOMTE_TEST_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tomte.h"

static jmp_buf tomte_test_crashed;
static char tomte_test_said[4096];
static uint64_t tomte_test_seq;

void tomte_log(int level, tomte_bytes line) { fprintf(stderr, "log %d: %.*s\n", level, (int)line.len, line.ptr); }
void tomte_crash(const char *why) {
  snprintf(tomte_test_said, sizeof tomte_test_said, "crashed: %s", why);
  longjmp(tomte_test_crashed, 1);
}

static const char *tomte_test_say(const char *before, tomte_bytes words) {
  snprintf(tomte_test_said, sizeof tomte_test_said, "%s%.*s", before, (int)words.len, words.ptr);
  return tomte_test_said;
}
static const char *tomte_test_outcome(tomte_outcome outcome) {
  const char *kinds[] = {"", "refused: ", "ignored", "unknown schema"};
  return tomte_test_say(kinds[outcome.kind], outcome.words);
}

/* Starts the behaviour: afresh without a schema, else with this state. "" if it started. */
static inline const char *test_start(const char *schema, const char *state) {
  tomte_start start;
  memset(&start, 0, sizeof start);
  start.worker = tomte_text("test");
  start.config = tomte_text("{}");
  start.has_state = schema != NULL;
  start.schema = tomte_text(schema);
  start.state = tomte_text(state);
  tomte_this.random = 1;
  if (!setjmp(tomte_test_crashed)) tomte_test_outcome(behaviour_init(&start));
  tomte_release();
  return tomte_test_said;
}

/* Any input. The answer to the caller with token 1, "" if there is none, "refused: ..." or "crashed: ...". */
static inline const char *test_step(const tomte_input *input) {
  tomte_context context = {0, ++tomte_test_seq};
  if (!setjmp(tomte_test_crashed)) {
    tomte_test_outcome(behaviour_step(&context, input));
    for (size_t i = 0; i < tomte_this.len; i++)
      if (tomte_this.effects[i].tag == TOMTE_E_REPLY) tomte_test_say("", tomte_this.effects[i].reply.body);
  }
  tomte_release();
  return tomte_test_said;
}
static inline const char *test_call(const char *body) {
  tomte_input input;
  memset(&input, 0, sizeof input);
  input.kind = TOMTE_CALL;
  input.call.token = 1;
  input.call.body = tomte_text(body);
  return test_step(&input);
}
static inline const char *test_cast(const char *body) {
  tomte_input input;
  memset(&input, 0, sizeof input);
  input.kind = TOMTE_CAST;
  input.cast = tomte_text(body);
  return test_step(&input);
}
static inline const char *test_save(void) {
  const char *said = tomte_test_say("", behaviour_save().data);
  tomte_release();
  return said;
}

/* Ends the test with a failure unless the two are equal. */
#define EXPECT(said, expected) test_expect(__FILE__, __LINE__, said, expected)
static inline void test_expect(const char *file, int line, const char *said, const char *expected) {
  if (strcmp(said, expected) == 0) return;
  fprintf(stderr, "%s:%d: expected %s, but it was %s\n", file, line, expected, said);
  exit(1);
}

#endif
