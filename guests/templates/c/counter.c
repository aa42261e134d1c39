/* {{name}}: counts. Asked "Increment", "Read" or "Reset", as JSON; answers "Ack" or {"Value":2}. */

#define TOMTE_IMPLEMENTATION
#include "tomte.h"

/* Name a new one when what is saved changes, and read the old one in behaviour_init. */
#define SCHEMA "{{name}}/1"

/* Lives on through an upgrade, as JSON. */
static uint64_t count;

tomte_outcome behaviour_init(const tomte_start *start) {
  count = 0;
  if (!start->has_state) return tomte_done();
  /* if (tomte_is(start->schema, "{{name}}/0")) ... what an older version saved */
  if (!tomte_is(start->schema, SCHEMA)) return tomte_unknown_schema();
  if (!tomte_number(start->state, &count)) return tomte_refuse("the saved state is no number");
  return tomte_done();
}

/* The answer to what is asked; none if that is not known. */
static tomte_bytes answer(tomte_bytes asked) {
  if (tomte_is(asked, "\"Increment\"")) {
    count++;
    return tomte_text("\"Ack\"");
  }
  if (tomte_is(asked, "\"Read\"")) {
    return tomte_join(tomte_join(tomte_text("{\"Value\":"), tomte_decimal(count)), tomte_text("}"));
  }
  if (tomte_is(asked, "\"Reset\"")) {
    /* Its caller is told, its supervisor starts it again, nobody else notices. */
    if (count == 0) tomte_crash("reset at zero");
    count = 0;
    return tomte_text("\"Ack\"");
  }
  return tomte_text("");
}

tomte_outcome behaviour_step(const tomte_context *context, const tomte_input *input) {
  (void)context;
  uint64_t caller;
  tomte_bytes asked;
  bool waits = tomte_asks(input, &caller, &asked);
  if (!waits && input->kind != TOMTE_CAST) {
    tomte_log(TOMTE_WARN, tomte_text("nothing here handles this input"));
    return tomte_done();
  }
  tomte_bytes said = answer(waits ? asked : input->cast);
  /* Its caller is told; nothing has changed, nothing has crashed. */
  if (said.len == 0) return tomte_refuse("not an input of this behaviour: \"Increment\", \"Read\" or \"Reset\"");
  if (waits) tomte_reply(caller, said);
  return tomte_done();
}

void behaviour_terminate(const tomte_context *context, const tomte_exit *reason) {
  (void)context;
  (void)reason;
}

tomte_saved behaviour_save(void) {
  tomte_saved saved = {tomte_text(SCHEMA), tomte_decimal(count)};
  return saved;
}

tomte_outcome behaviour_save_as(tomte_bytes schema, tomte_bytes *data) {
  if (!tomte_is(schema, SCHEMA)) return tomte_refuse("only a state of schema " SCHEMA " can be written");
  *data = tomte_decimal(count);
  return tomte_done();
}
