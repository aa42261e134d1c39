/* Asks for every effect that the contract has, each once, and says back every input: both must be the same in every
 * language. Built in place of the template's counter.c, and of counter.cpp as C++. */

#define TOMTE_IMPLEMENTATION
#include "tomte.h"

#define T tomte_text

static void every(void) {
  static tomte_header headers[2];
  static const char number[] = "1";
  tomte_handler handler = {T("m"), T("h"), T("b"), T("{}"), true, tomte_tagged(6)};
  headers[0].name = T("content-type");
  headers[0].value = T("text/plain; charset=utf-8");
  headers[1].name = T("x-one");
  headers[1].value = T(number);
  tomte_http_reply(7, 201, headers, 2, T("made"));
  tomte_forward(7, T("b"), T("\"Read\""));
  tomte_cast(T("b"), T("\"Read\""));
  tomte_call(T("b"), T("\"Read\""), 3, 1000);
  tomte_publish(T("t"), T("[1]"));
  tomte_subscribe(T("t"));
  tomte_unsubscribe(T("t"));
  tomte_next_state(T("s"));
  tomte_repeat_state();
  tomte_enter_calls();
  tomte_postpone();
  tomte_next_event(T("\"n\""));
  tomte_start_timer(TOMTE_NAMED, T("n"), TOMTE_NEVER, T("null"));
  tomte_start_timer(TOMTE_STATE, T("state_timeout"), 5, T("null"));
  tomte_start_timer(TOMTE_EVENT, T("event_timeout"), 6, T("null"));
  tomte_update_timer(TOMTE_NAMED, T("n"), T("1"));
  tomte_cancel_timer(T("n"));
  tomte_start_child(T("s"), T("k"), T("{}"), tomte_tagged(1));
  tomte_ensure_child(T("s"), T("k"), T("{}"), tomte_untagged());
  tomte_stop_child(T("s"), T("k"), tomte_untagged());
  tomte_restart_child(T("s"), T("k"), tomte_tagged(2));
  tomte_delete_child(T("s"), T("k"), tomte_untagged());
  tomte_which_children(T("s"), 4);
  tomte_count_children(T("s"), 5);
  tomte_add_handler(handler);
  tomte_delete_handler(T("m"), T("h"), tomte_untagged());
  handler.handler = T("i");
  handler.supervised = false;
  handler.tag = tomte_untagged();
  tomte_swap_handler(T("h"), handler);
  tomte_monitor(T("w"), 8);
  tomte_demonitor(8);
  tomte_unchanged();
  tomte_hibernate();
  tomte_stop(TOMTE_EXIT_SHUTDOWN, T(""));
  tomte_stop(TOMTE_EXIT_CRASHED, T("why"));
  tomte_other(T("name"), T("1"));
  tomte_reply(7, T("\"Ack\""));
}

static tomte_bytes said;
static void say(tomte_bytes more) { said = tomte_join(tomte_join(said, T(" ")), more); }
static void say_number(uint64_t number) { say(tomte_decimal(number)); }

static void echo(const tomte_input *in) {
  said = tomte_decimal((uint64_t)in->kind);
  switch (in->kind) {
    case TOMTE_HTTP:
      say_number(in->http.token);
      say(in->http.method);
      say(in->http.path);
      if (in->http.has_query) say(in->http.query);
      for (size_t i = 0; i < in->http.headers_len; i++) {
        say(in->http.headers[i].name);
        say(in->http.headers[i].value);
      }
      say(in->http.body);
      break;
    case TOMTE_PUBLISHED:
    case TOMTE_TIMER:
    case TOMTE_OTHER:
      say(in->timer.name);
      say(in->timer.body);
      break;
    case TOMTE_RESPONSE:
      say_number(in->response.tag);
      if (in->response.replied) say(in->response.body);
      if (in->response.replied) break;
      say_number((uint64_t)in->response.error);
      if (in->response.error == TOMTE_CRASHED || in->response.error == TOMTE_STOPPED || in->response.error == TOMTE_REFUSED) say(in->response.words);
      break;
    case TOMTE_HANDLER_ENDED:
      say(in->handler_ended.manager);
      say(in->handler_ended.handler);
      say_number((uint64_t)in->handler_ended.why);
      if (in->handler_ended.why >= TOMTE_HANDLER_SWAPPED) say(in->handler_ended.words);
      break;
    case TOMTE_DOWN:
      say_number(in->down.tag);
      say(in->down.worker);
      say_number((uint64_t)in->down.why);
      if (in->down.why == TOMTE_DOWN_CRASHED) say(in->down.words);
      break;
    case TOMTE_PREP_STOP: break;
    default: say(in->cast);
  }
  tomte_log(TOMTE_INFO, said);
}

tomte_outcome behaviour_init(const tomte_start *start) {
  say_number(start->generation);
  say_number(start->now_ms);
  say_number(start->seed);
  say(start->worker);
  say(start->config);
  return tomte_done();
}
tomte_outcome behaviour_step(const tomte_context *context, const tomte_input *input) {
  (void)context;
  if (input->kind == TOMTE_CALL) every();
  else echo(input);
  return tomte_done();
}
void behaviour_terminate(const tomte_context *context, const tomte_exit *reason) {
  (void)context;
  said = tomte_decimal((uint64_t)reason->why);
  if (reason->why == TOMTE_EXIT_CRASHED) say(reason->words);
  tomte_log(TOMTE_INFO, said);
}
tomte_saved behaviour_save(void) {
  tomte_saved saved = {T("every/1"), T("0")};
  return saved;
}
tomte_outcome behaviour_save_as(tomte_bytes schema, tomte_bytes *data) {
  (void)data;
  return schema.len ? tomte_refuse("no other schema") : tomte_done();
}
