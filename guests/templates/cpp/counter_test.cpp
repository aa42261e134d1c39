// The behaviour alone: no host, no WebAssembly.

#include "counter.cpp"
#include "tomte_test.h"

#define SCHEMA "{{name}}/1"

static void increments_are_counted() {
  EXPECT(test_start(NULL, NULL), "");
  EXPECT(test_call("\"Increment\""), "\"Ack\"");
  EXPECT(test_cast("\"Increment\""), "");
  EXPECT(test_call("\"Read\""), "{\"Value\":2}");
}

static void a_reset_at_zero_crashes() {
  EXPECT(test_start(SCHEMA, "1"), "");
  EXPECT(test_call("\"Reset\""), "\"Ack\"");
  EXPECT(test_call("\"Reset\""), "crashed: reset at zero");
}

static void what_it_does_not_know_is_refused_and_changes_nothing() {
  EXPECT(test_start(SCHEMA, "7"), "");
  EXPECT(test_call("\"Decrement\""), "refused: not an input of this behaviour: \"Increment\", \"Read\" or \"Reset\"");
  EXPECT(test_call("\"Read\""), "{\"Value\":7}");
}

static void what_was_saved_comes_back() {
  EXPECT(test_start(SCHEMA, "18446744073709551614"), "");
  EXPECT(test_call("\"Increment\""), "\"Ack\"");
  EXPECT(test_save(), "18446744073709551615");
  EXPECT(test_start("another/1", "1"), "unknown schema");
  EXPECT(test_start(SCHEMA, "one"), "refused: the saved state is no number");
}

int main() {
  increments_are_counted();
  a_reset_at_zero_crashes();
  what_it_does_not_know_is_refused_and_changes_nothing();
  what_was_saved_comes_back();
  puts("4 tests passed");
}
