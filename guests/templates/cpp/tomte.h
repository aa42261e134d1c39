/* tomte.h: the contract tomte:behaviour@0.1.0 for C and C++, in one file. It came with the template and is yours to
 * read and to change.
 *
 * One source file says `#define TOMTE_IMPLEMENTATION` before it includes this, and writes the five functions called
 * `behaviour_...` below. It needs no libc and no bindings: compiled for wasm32-unknown-unknown, what crosses the border
 * lies in an arena of its own; with a libc (wasm32-wasi, or natively for tests) it comes from malloc.
 *
 * Two ways to fail: `return tomte_refuse("why")`, before anything is changed, tells the caller and does nothing else;
 * `tomte_crash("why")` ends the instance, its callers are told, its supervisor acts. So does any trap.
 */
#ifndef TOMTE_H
#define TOMTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* A text or a body; not ended by a zero. What comes in is gone when the function returns: copy what is to stay. */
typedef struct { const char *ptr; size_t len; } tomte_bytes;

tomte_bytes tomte_text(const char *text);                           /* of a text that ends with a zero; no copy */
bool tomte_is(tomte_bytes bytes, const char *text);
bool tomte_starts_with(tomte_bytes bytes, const char *text);
tomte_bytes tomte_join(tomte_bytes first, tomte_bytes second);
bool tomte_number(tomte_bytes digits, uint64_t *number);            /* false if it is anything but a u64 in decimal */
tomte_bytes tomte_decimal(uint64_t number);
void *tomte_take(size_t size);                                      /* memory until the function has returned */

enum { TOMTE_ERROR, TOMTE_WARN, TOMTE_INFO, TOMTE_DEBUG, TOMTE_TRACE };
void tomte_log(int level, tomte_bytes line);                        /* one line of the host's log */
__attribute__((noreturn)) void tomte_crash(const char *why);
uint64_t tomte_random(void);                                        /* seeded by the host when the instance starts */

/* ---- what a behaviour is given ----------------------------------------------------------------------------------- */

typedef struct {
  tomte_bytes worker;       /* its address, at which others send to it */
  uint64_t generation;      /* how many instances this worker had before this one */
  uint64_t now_ms;          /* the host's clock, since the Unix epoch */
  uint64_t seed;            /* what tomte_random is seeded with */
  tomte_bytes config;       /* JSON */
  bool has_state;           /* false on a fresh start */
  tomte_bytes schema, state;
} tomte_start;

typedef struct { uint64_t now_ms, seq; } tomte_context; /* seq: how many inputs it was given before */
typedef struct { tomte_bytes name, value; } tomte_header;

enum {
  TOMTE_CALL, TOMTE_HTTP, TOMTE_CAST, TOMTE_PUBLISHED, TOMTE_TIMER, TOMTE_RESPONSE, TOMTE_INTERNAL, TOMTE_ENTERED,
  TOMTE_HANDLER_ENDED, TOMTE_DOWN, TOMTE_START_PHASE, TOMTE_PREP_STOP, TOMTE_CONFIG_CHANGED, TOMTE_OTHER
};
/* Why a call brought no reply: `response.error`, with words for CRASHED, STOPPED and REFUSED. */
enum { TOMTE_NO_WORKER, TOMTE_CRASHED, TOMTE_STOPPED, TOMTE_OVERLOADED, TOMTE_TIMED_OUT, TOMTE_REFUSED };
/* Why a monitored worker is gone: `down.why`, with words for DOWN_CRASHED. */
enum { TOMTE_DOWN_NO_WORKER, TOMTE_DOWN_NORMAL, TOMTE_DOWN_SHUTDOWN, TOMTE_DOWN_KILLED, TOMTE_DOWN_CRASHED, TOMTE_DOWN_UNREACHABLE };
/* Why a supervised handler is gone: `handler_ended.why`, with words (whose place, or why) for the last two. */
enum { TOMTE_HANDLER_NORMAL, TOMTE_HANDLER_SHUTDOWN, TOMTE_HANDLER_SWAPPED, TOMTE_HANDLER_CRASHED };

typedef struct {
  int kind; /* TOMTE_CALL ... */
  union {
    struct { uint64_t token; tomte_bytes body; } call;
    struct { uint64_t token; tomte_bytes method, path, query, body; bool has_query; const tomte_header *headers; size_t headers_len; } http;
    tomte_bytes cast, internal, entered, start_phase, config_changed;
    struct { tomte_bytes topic, body; } published;
    struct { tomte_bytes name, body; } timer, other;
    struct { uint64_t tag; bool replied; tomte_bytes body; int error; tomte_bytes words; } response;
    struct { tomte_bytes manager, handler; int why; tomte_bytes words; } handler_ended;
    struct { uint64_t tag; tomte_bytes worker; int why; tomte_bytes words; } down;
  };
} tomte_input;

/* Whether somebody waits for an answer to it, by a call or by HTTP as it is: who, and what is asked. */
bool tomte_asks(const tomte_input *input, uint64_t *token, tomte_bytes *body);

enum { TOMTE_EXIT_NORMAL, TOMTE_EXIT_SHUTDOWN, TOMTE_EXIT_UPGRADE, TOMTE_EXIT_CRASHED };
typedef struct { int why; tomte_bytes words; } tomte_exit;

/* ---- what a behaviour returns ------------------------------------------------------------------------------------ */

typedef struct { int kind; tomte_bytes words; } tomte_outcome;
tomte_outcome tomte_done(void);                /* all that was asked for below is done */
tomte_outcome tomte_refuse(const char *why);   /* the input is refused, and nothing is done */
tomte_outcome tomte_unknown_schema(void);      /* init: a saved state that nobody here can read */
tomte_outcome tomte_ignore(void);              /* init: not needed now; the child is kept without a worker */
typedef struct { tomte_bytes schema, data; } tomte_saved;

/* Yours to write. */
tomte_outcome behaviour_init(const tomte_start *start);
tomte_outcome behaviour_step(const tomte_context *context, const tomte_input *input);
void behaviour_terminate(const tomte_context *context, const tomte_exit *reason);
tomte_saved behaviour_save(void);
tomte_outcome behaviour_save_as(tomte_bytes schema, tomte_bytes *data); /* in an older schema, for a downgrade */

/* ---- what a step wants done: nothing is done before it returns ---------------------------------------------------- */

enum { TOMTE_NAMED, TOMTE_STATE, TOMTE_EVENT }; /* a timer ended by nothing else, by a change of state, by any input */
#define TOMTE_NEVER UINT64_MAX                  /* the time of a timer that only ends a running one */

typedef struct { uint8_t some; uint64_t value; } tomte_tag; /* asks for the outcome as a response with this tag, or not */
tomte_tag tomte_tagged(uint64_t tag);
tomte_tag tomte_untagged(void);
typedef struct { tomte_bytes manager, handler, behaviour, config; bool supervised; tomte_tag tag; } tomte_handler;

void tomte_reply(uint64_t token, tomte_bytes body);
void tomte_http_reply(uint64_t token, uint16_t status, const tomte_header *headers, size_t headers_len, tomte_bytes body);
void tomte_forward(uint64_t token, tomte_bytes to, tomte_bytes body);
void tomte_cast(tomte_bytes to, tomte_bytes body);
void tomte_call(tomte_bytes to, tomte_bytes body, uint64_t tag, uint64_t timeout_ms);
void tomte_publish(tomte_bytes topic, tomte_bytes body);
void tomte_subscribe(tomte_bytes topic);
void tomte_unsubscribe(tomte_bytes topic);
void tomte_next_state(tomte_bytes state);
void tomte_repeat_state(void);
void tomte_enter_calls(void);                  /* in init: TOMTE_ENTERED for each state that is entered */
void tomte_postpone(void);                     /* this input again after the next change of state */
void tomte_next_event(tomte_bytes body);       /* back as TOMTE_INTERNAL before anything that is queued */
void tomte_start_timer(int kind, tomte_bytes name, uint64_t after_ms, tomte_bytes body);
void tomte_update_timer(int kind, tomte_bytes name, tomte_bytes body);
void tomte_cancel_timer(tomte_bytes name);
void tomte_start_child(tomte_bytes supervisor, tomte_bytes key, tomte_bytes config, tomte_tag tag);
void tomte_ensure_child(tomte_bytes supervisor, tomte_bytes key, tomte_bytes config, tomte_tag tag);
void tomte_stop_child(tomte_bytes supervisor, tomte_bytes child, tomte_tag tag);
void tomte_restart_child(tomte_bytes supervisor, tomte_bytes child, tomte_tag tag);
void tomte_delete_child(tomte_bytes supervisor, tomte_bytes child, tomte_tag tag);
void tomte_which_children(tomte_bytes supervisor, uint64_t tag);
void tomte_count_children(tomte_bytes supervisor, uint64_t tag);
void tomte_add_handler(tomte_handler handler);
void tomte_delete_handler(tomte_bytes manager, tomte_bytes handler, tomte_tag tag);
void tomte_swap_handler(tomte_bytes old, tomte_handler successor);
void tomte_monitor(tomte_bytes worker, uint64_t tag);
void tomte_demonitor(uint64_t tag);
void tomte_unchanged(void);                    /* a promise that this input left the state as it was */
void tomte_table_write(tomte_bytes table, tomte_bytes key, const tomte_bytes *value); /* no value: no such row */
void tomte_hibernate(void);                    /* save the state, drop the instance until the next input */
void tomte_stop(int why, tomte_bytes words);   /* TOMTE_EXIT_NORMAL, _SHUTDOWN, or _CRASHED with words */
void tomte_other(tomte_bytes name, tomte_bytes body);

#ifdef __cplusplus
}
#endif
#endif

/* ==== the implementation ========================================================================================== */

#if defined(TOMTE_IMPLEMENTATION) && !defined(TOMTE_IMPLEMENTED)
#define TOMTE_IMPLEMENTED

#ifdef __wasm__
#define TOMTE_IMPORT(interface, name) __attribute__((import_module("tomte:behaviour/" interface "@0.1.0"), import_name(name)))
#define TOMTE_EXPORT(interface, name) __attribute__((export_name("tomte:behaviour/" interface "@0.1.0#" name)))
#define TOMTE_RELEASE(interface, name) __attribute__((export_name("cabi_post_tomte:behaviour/" interface "@0.1.0#" name)))
#endif
#if !defined(__wasm__) || defined(__wasi__)
#include <stdlib.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The layout of the contract's effects in memory, by the canonical ABI. */
typedef struct { const tomte_header *ptr; size_t len; } tomte_headers;
typedef struct {
  uint8_t tag;
  union {
    struct { uint64_t token; tomte_bytes body; } reply;
    struct { uint64_t token; uint16_t status; tomte_headers headers; tomte_bytes body; } http_reply;
    struct { uint64_t token; tomte_bytes to, body; } forward;
    struct { tomte_bytes first, second; } pair;
    struct { tomte_bytes to, body; uint64_t tag, timeout_ms; } call;
    tomte_bytes text;
    struct { uint8_t kind; tomte_bytes name; uint64_t after_ms; tomte_bytes body; } timer;
    struct { tomte_bytes supervisor, key, config; tomte_tag tag; } start;
    struct { tomte_bytes place, which; tomte_tag tag; } order;
    struct { tomte_bytes of; uint64_t tag; } query;
    tomte_handler handler;
    struct { tomte_bytes old; tomte_handler successor; } swap;
    struct { uint8_t why; tomte_bytes words; } stop;
    struct { tomte_bytes table, key; uint8_t some; tomte_bytes value; } row;
    uint64_t number;
  };
} tomte_effect;

enum {
  TOMTE_E_REPLY, TOMTE_E_HTTP_REPLY, TOMTE_E_FORWARD, TOMTE_E_CAST, TOMTE_E_CALL, TOMTE_E_PUBLISH, TOMTE_E_SUBSCRIBE,
  TOMTE_E_UNSUBSCRIBE, TOMTE_E_NEXT_STATE, TOMTE_E_REPEAT_STATE, TOMTE_E_ENTER_CALLS, TOMTE_E_POSTPONE,
  TOMTE_E_NEXT_EVENT, TOMTE_E_START_TIMER, TOMTE_E_UPDATE_TIMER, TOMTE_E_CANCEL_TIMER, TOMTE_E_START_CHILD,
  TOMTE_E_ENSURE_CHILD, TOMTE_E_STOP_CHILD, TOMTE_E_RESTART_CHILD, TOMTE_E_DELETE_CHILD, TOMTE_E_WHICH_CHILDREN,
  TOMTE_E_COUNT_CHILDREN, TOMTE_E_ADD_HANDLER, TOMTE_E_DELETE_HANDLER, TOMTE_E_SWAP_HANDLER, TOMTE_E_MONITOR,
  TOMTE_E_DEMONITOR, TOMTE_E_UNCHANGED, TOMTE_E_TABLE_WRITE, TOMTE_E_HIBERNATE, TOMTE_E_STOP, TOMTE_E_OTHER
};

static struct {
  tomte_effect *effects;
  size_t len, room;
  uint64_t random;
} tomte_this;

/* ---- memory: taken while a function runs, given back when the host has read what it returned --------------------- */

static void tomte_copy(void *to, const void *from, size_t len) {
  for (size_t i = 0; i < len; i++) ((char *)to)[i] = ((const char *)from)[i];
}

#if defined(__wasm__) && !defined(__wasi__)
extern unsigned char __heap_base;
static uintptr_t tomte_top;

void *tomte_take(size_t size) {
  uintptr_t at = tomte_top ? tomte_top : ((uintptr_t)&__heap_base + 7) & ~(uintptr_t)7;
  uintptr_t have = (uintptr_t)__builtin_wasm_memory_size(0) << 16;
  if (size > UINTPTR_MAX - at - 65536) tomte_crash("out of memory");
  uintptr_t need = at + ((size + 7) & ~(uintptr_t)7);
  if (need > have && __builtin_wasm_memory_grow(0, (need - have + 65535) >> 16) == (size_t)-1) tomte_crash("out of memory");
  tomte_top = need;
  return (void *)at;
}
static void tomte_give_back(void) { tomte_top = 0; }
#else
typedef union tomte_block { union tomte_block *next; max_align_t aligned; } tomte_block;
static tomte_block *tomte_blocks;

void *tomte_take(size_t size) {
  if (size > SIZE_MAX - sizeof(tomte_block)) tomte_crash("out of memory");
  tomte_block *block = (tomte_block *)malloc(sizeof(tomte_block) + size);
  if (!block) tomte_crash("out of memory");
  block->next = tomte_blocks;
  tomte_blocks = block;
  return block + 1;
}
static void tomte_give_back(void) {
  while (tomte_blocks) {
    tomte_block *next = tomte_blocks->next;
    free(tomte_blocks);
    tomte_blocks = next;
  }
}
#endif

static void tomte_release(void) {
  tomte_give_back();
  tomte_this.effects = 0;
  tomte_this.len = tomte_this.room = 0;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static tomte_bytes tomte_bytes_of(const char *ptr, size_t len) {
  tomte_bytes bytes;
  bytes.ptr = ptr;
  bytes.len = len;
  return bytes;
}
tomte_bytes tomte_text(const char *text) {
  size_t len = 0;
  while (text && text[len]) len++;
  return tomte_bytes_of(text, len);
}
bool tomte_starts_with(tomte_bytes bytes, const char *text) {
  for (size_t i = 0; text[i]; i++)
    if (i >= bytes.len || bytes.ptr[i] != text[i]) return false;
  return true;
}
bool tomte_is(tomte_bytes bytes, const char *text) { return tomte_text(text).len == bytes.len && tomte_starts_with(bytes, text); }
tomte_bytes tomte_join(tomte_bytes first, tomte_bytes second) {
  if (second.len > SIZE_MAX - first.len) tomte_crash("out of memory");
  char *both = (char *)tomte_take(first.len + second.len);
  tomte_copy(both, first.ptr, first.len);
  tomte_copy(both + first.len, second.ptr, second.len);
  return tomte_bytes_of(both, first.len + second.len);
}
bool tomte_number(tomte_bytes digits, uint64_t *number) {
  uint64_t value = 0;
  if (digits.len == 0) return false;
  for (size_t i = 0; i < digits.len; i++) {
    unsigned digit = (unsigned)(digits.ptr[i] - '0');
    if (digit > 9 || value > (UINT64_MAX - digit) / 10) return false;
    value = value * 10 + digit;
  }
  *number = value;
  return true;
}
tomte_bytes tomte_decimal(uint64_t number) {
  char *end = (char *)tomte_take(20) + 20, *at = end;
  do *--at = (char)('0' + number % 10);
  while (number /= 10);
  return tomte_bytes_of(at, (size_t)(end - at));
}
/* splitmix64 */
uint64_t tomte_random(void) {
  uint64_t mixed = (tomte_this.random += 0x9e3779b97f4a7c15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

bool tomte_asks(const tomte_input *input, uint64_t *token, tomte_bytes *body) {
  if (input->kind != TOMTE_CALL && input->kind != TOMTE_HTTP) return false;
  *token = input->kind == TOMTE_CALL ? input->call.token : input->http.token;
  *body = input->kind == TOMTE_CALL ? input->call.body : input->http.body;
  return true;
}

/* ---- outcomes ---------------------------------------------------------------------------------------------------- */

enum { TOMTE_DONE, TOMTE_SAID_NO, TOMTE_IGNORE, TOMTE_UNKNOWN_SCHEMA };
static tomte_outcome tomte_outcome_of(int kind, const char *words) {
  tomte_outcome outcome;
  outcome.kind = kind;
  outcome.words = tomte_text(words);
  return outcome;
}
tomte_outcome tomte_done(void) { return tomte_outcome_of(TOMTE_DONE, ""); }
tomte_outcome tomte_refuse(const char *why) { return tomte_outcome_of(TOMTE_SAID_NO, why); }
tomte_outcome tomte_ignore(void) { return tomte_outcome_of(TOMTE_IGNORE, ""); }
tomte_outcome tomte_unknown_schema(void) { return tomte_outcome_of(TOMTE_UNKNOWN_SCHEMA, ""); }

/* ---- effects ----------------------------------------------------------------------------------------------------- */

static tomte_effect *tomte_want(uint8_t tag) {
  if (tomte_this.len == tomte_this.room) {
    size_t room = tomte_this.room ? tomte_this.room * 2 : 4;
    tomte_effect *more = (tomte_effect *)tomte_take(room * sizeof(tomte_effect));
    tomte_copy(more, tomte_this.effects, tomte_this.len * sizeof(tomte_effect));
    tomte_this.effects = more;
    tomte_this.room = room;
  }
  tomte_effect *effect = &tomte_this.effects[tomte_this.len++];
  effect->tag = tag;
  return effect;
}
static void tomte_want_text(uint8_t tag, tomte_bytes text) { tomte_want(tag)->text = text; }
static void tomte_want_pair(uint8_t tag, tomte_bytes first, tomte_bytes second) {
  tomte_effect *effect = tomte_want(tag);
  effect->pair.first = first;
  effect->pair.second = second;
}
static void tomte_want_start(uint8_t tag, tomte_bytes supervisor, tomte_bytes key, tomte_bytes config, tomte_tag with) {
  tomte_effect *effect = tomte_want(tag);
  effect->start.supervisor = supervisor;
  effect->start.key = key;
  effect->start.config = config;
  effect->start.tag = with;
}
static void tomte_want_order(uint8_t tag, tomte_bytes place, tomte_bytes which, tomte_tag with) {
  tomte_effect *effect = tomte_want(tag);
  effect->order.place = place;
  effect->order.which = which;
  effect->order.tag = with;
}
static void tomte_want_query(uint8_t tag, tomte_bytes of, uint64_t with) {
  tomte_effect *effect = tomte_want(tag);
  effect->query.of = of;
  effect->query.tag = with;
}
static void tomte_want_timer(uint8_t tag, int kind, tomte_bytes name, uint64_t after_ms, tomte_bytes body) {
  tomte_effect *effect = tomte_want(tag);
  effect->timer.kind = (uint8_t)kind;
  effect->timer.name = name;
  effect->timer.after_ms = after_ms;
  effect->timer.body = body;
}

tomte_tag tomte_tagged(uint64_t tag) {
  tomte_tag made;
  made.some = 1;
  made.value = tag;
  return made;
}
tomte_tag tomte_untagged(void) {
  tomte_tag made;
  made.some = 0;
  made.value = 0;
  return made;
}
void tomte_reply(uint64_t token, tomte_bytes body) {
  tomte_effect *effect = tomte_want(TOMTE_E_REPLY);
  effect->reply.token = token;
  effect->reply.body = body;
}
void tomte_http_reply(uint64_t token, uint16_t status, const tomte_header *headers, size_t headers_len, tomte_bytes body) {
  tomte_effect *effect = tomte_want(TOMTE_E_HTTP_REPLY);
  effect->http_reply.token = token;
  effect->http_reply.status = status;
  effect->http_reply.headers.ptr = headers;
  effect->http_reply.headers.len = headers_len;
  effect->http_reply.body = body;
}
void tomte_forward(uint64_t token, tomte_bytes to, tomte_bytes body) {
  tomte_effect *effect = tomte_want(TOMTE_E_FORWARD);
  effect->forward.token = token;
  effect->forward.to = to;
  effect->forward.body = body;
}
void tomte_cast(tomte_bytes to, tomte_bytes body) { tomte_want_pair(TOMTE_E_CAST, to, body); }
void tomte_call(tomte_bytes to, tomte_bytes body, uint64_t tag, uint64_t timeout_ms) {
  tomte_effect *effect = tomte_want(TOMTE_E_CALL);
  effect->call.to = to;
  effect->call.body = body;
  effect->call.tag = tag;
  effect->call.timeout_ms = timeout_ms;
}
void tomte_publish(tomte_bytes topic, tomte_bytes body) { tomte_want_pair(TOMTE_E_PUBLISH, topic, body); }
void tomte_subscribe(tomte_bytes topic) { tomte_want_text(TOMTE_E_SUBSCRIBE, topic); }
void tomte_unsubscribe(tomte_bytes topic) { tomte_want_text(TOMTE_E_UNSUBSCRIBE, topic); }
void tomte_next_state(tomte_bytes state) { tomte_want_text(TOMTE_E_NEXT_STATE, state); }
void tomte_repeat_state(void) { tomte_want(TOMTE_E_REPEAT_STATE); }
void tomte_enter_calls(void) { tomte_want(TOMTE_E_ENTER_CALLS); }
void tomte_postpone(void) { tomte_want(TOMTE_E_POSTPONE); }
void tomte_next_event(tomte_bytes body) { tomte_want_text(TOMTE_E_NEXT_EVENT, body); }
void tomte_start_timer(int kind, tomte_bytes name, uint64_t after_ms, tomte_bytes body) {
  tomte_want_timer(TOMTE_E_START_TIMER, kind, name, after_ms, body);
}
void tomte_update_timer(int kind, tomte_bytes name, tomte_bytes body) { tomte_want_timer(TOMTE_E_UPDATE_TIMER, kind, name, 0, body); }
void tomte_cancel_timer(tomte_bytes name) { tomte_want_text(TOMTE_E_CANCEL_TIMER, name); }
void tomte_start_child(tomte_bytes supervisor, tomte_bytes key, tomte_bytes config, tomte_tag tag) {
  tomte_want_start(TOMTE_E_START_CHILD, supervisor, key, config, tag);
}
void tomte_ensure_child(tomte_bytes supervisor, tomte_bytes key, tomte_bytes config, tomte_tag tag) {
  tomte_want_start(TOMTE_E_ENSURE_CHILD, supervisor, key, config, tag);
}
void tomte_stop_child(tomte_bytes supervisor, tomte_bytes child, tomte_tag tag) { tomte_want_order(TOMTE_E_STOP_CHILD, supervisor, child, tag); }
void tomte_restart_child(tomte_bytes supervisor, tomte_bytes child, tomte_tag tag) { tomte_want_order(TOMTE_E_RESTART_CHILD, supervisor, child, tag); }
void tomte_delete_child(tomte_bytes supervisor, tomte_bytes child, tomte_tag tag) { tomte_want_order(TOMTE_E_DELETE_CHILD, supervisor, child, tag); }
void tomte_which_children(tomte_bytes supervisor, uint64_t tag) { tomte_want_query(TOMTE_E_WHICH_CHILDREN, supervisor, tag); }
void tomte_count_children(tomte_bytes supervisor, uint64_t tag) { tomte_want_query(TOMTE_E_COUNT_CHILDREN, supervisor, tag); }
void tomte_add_handler(tomte_handler handler) { tomte_want(TOMTE_E_ADD_HANDLER)->handler = handler; }
void tomte_delete_handler(tomte_bytes manager, tomte_bytes handler, tomte_tag tag) { tomte_want_order(TOMTE_E_DELETE_HANDLER, manager, handler, tag); }
void tomte_swap_handler(tomte_bytes old, tomte_handler successor) {
  tomte_effect *effect = tomte_want(TOMTE_E_SWAP_HANDLER);
  effect->swap.old = old;
  effect->swap.successor = successor;
}
void tomte_monitor(tomte_bytes worker, uint64_t tag) { tomte_want_query(TOMTE_E_MONITOR, worker, tag); }
void tomte_demonitor(uint64_t tag) { tomte_want(TOMTE_E_DEMONITOR)->number = tag; }
void tomte_unchanged(void) { tomte_want(TOMTE_E_UNCHANGED); }
void tomte_table_write(tomte_bytes table, tomte_bytes key, const tomte_bytes *value) {
  tomte_effect *effect = tomte_want(TOMTE_E_TABLE_WRITE);
  effect->row.table = table;
  effect->row.key = key;
  effect->row.some = value != 0;
  if (value) effect->row.value = *value;
}
void tomte_hibernate(void) { tomte_want(TOMTE_E_HIBERNATE); }
void tomte_stop(int why, tomte_bytes words) {
  tomte_effect *effect = tomte_want(TOMTE_E_STOP);
  effect->stop.why = (uint8_t)why;
  effect->stop.words = words;
}
void tomte_other(tomte_bytes name, tomte_bytes body) { tomte_want_pair(TOMTE_E_OTHER, name, body); }

/* ---- the border -------------------------------------------------------------------------------------------------- */

#ifdef __wasm__

TOMTE_IMPORT("log", "log") void tomte_host_log(int32_t level, const char *ptr, size_t len);
TOMTE_IMPORT("fault", "crash") void tomte_host_crash(const char *ptr, size_t len);

void tomte_log(int level, tomte_bytes line) { tomte_host_log(level, line.ptr, line.len); }
void tomte_crash(const char *why) {
  tomte_host_crash(why, tomte_text(why).len);
  __builtin_trap();
}

/* Where what a function returns is laid out: the largest is a `result` of a list or a variant with a text. */
typedef struct {
  uint8_t tag;
  union {
    tomte_bytes words;
    struct { tomte_effect *ptr; size_t len; } effects;
    struct { uint8_t tag; tomte_bytes words; } failure;
  };
} tomte_result;
static tomte_result tomte_returned;
static tomte_saved tomte_state;

#ifdef __cplusplus
#define TOMTE_ASSERT static_assert
#else
#define TOMTE_ASSERT _Static_assert
#endif
TOMTE_ASSERT(sizeof(tomte_effect) == 72 && sizeof(tomte_result) == 16 && sizeof(tomte_saved) == 16, "the layout of the contract");

__attribute__((export_name("cabi_realloc"))) void *tomte_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)align; /* 8 at most, which is what tomte_take gives */
  void *moved = tomte_take(size);
  tomte_copy(moved, old, old_size < size ? old_size : size);
  return moved;
}

static tomte_result *tomte_effects_or_words(tomte_outcome outcome) {
  tomte_returned.tag = outcome.kind != TOMTE_DONE;
  if (outcome.kind == TOMTE_DONE) {
    tomte_returned.effects.ptr = tomte_this.effects;
    tomte_returned.effects.len = tomte_this.len;
  } else if (outcome.kind == TOMTE_SAID_NO) {
    tomte_returned.words = outcome.words;
  } else {
    tomte_crash("only init may ignore or not know a schema");
  }
  return &tomte_returned;
}

TOMTE_EXPORT("callbacks", "init")
tomte_result *tomte_on_init(const char *worker, size_t worker_len, uint64_t generation, uint64_t now_ms, uint64_t seed,
                            const char *config, size_t config_len, int32_t has_state, const char *schema,
                            size_t schema_len, const char *state, size_t state_len) {
  tomte_start start;
  start.worker = tomte_bytes_of(worker, worker_len);
  start.generation = generation;
  start.now_ms = now_ms;
  start.seed = tomte_this.random = seed;
  start.config = tomte_bytes_of(config, config_len);
  start.has_state = has_state != 0;
  start.schema = tomte_bytes_of(schema, schema_len);
  start.state = tomte_bytes_of(state, state_len);
  tomte_outcome outcome = behaviour_init(&start);
  if (outcome.kind == TOMTE_DONE) return tomte_effects_or_words(outcome);
  tomte_returned.tag = 1;
  tomte_returned.failure.tag = outcome.kind == TOMTE_IGNORE ? 0 : outcome.kind == TOMTE_UNKNOWN_SCHEMA ? 1 : 2;
  tomte_returned.failure.words = outcome.words;
  return &tomte_returned;
}

/* The host hands an input over as numbers: `at(n, m)` is the text that begins with the n-th and is as long as the m-th. */
static void tomte_decode(tomte_input *input, uint64_t a, const size_t *rest) {
#define TOMTE_AT(n) tomte_bytes_of((const char *)rest[(n)-1], rest[n])
  tomte_bytes first = tomte_bytes_of((const char *)(size_t)a, rest[0]);
  switch (input->kind) {
    case TOMTE_CALL:
      input->call.token = a;
      input->call.body = TOMTE_AT(1);
      break;
    case TOMTE_HTTP:
      input->http.token = a;
      input->http.method = TOMTE_AT(1);
      input->http.path = TOMTE_AT(3);
      input->http.has_query = rest[4] != 0;
      input->http.query = TOMTE_AT(6);
      input->http.headers = (const tomte_header *)rest[7];
      input->http.headers_len = rest[8];
      input->http.body = TOMTE_AT(10);
      break;
    case TOMTE_PUBLISHED:
    case TOMTE_TIMER:
    case TOMTE_OTHER:
      input->timer.name = first;
      input->timer.body = TOMTE_AT(2);
      break;
    case TOMTE_RESPONSE:
      input->response.tag = a;
      input->response.replied = rest[0] == 0;
      input->response.body = TOMTE_AT(2);
      input->response.error = (int)rest[1];
      input->response.words = TOMTE_AT(3);
      break;
    case TOMTE_HANDLER_ENDED:
      input->handler_ended.manager = first;
      input->handler_ended.handler = TOMTE_AT(2);
      input->handler_ended.why = (int)rest[3];
      input->handler_ended.words = TOMTE_AT(5);
      break;
    case TOMTE_DOWN:
      input->down.tag = a;
      input->down.worker = TOMTE_AT(1);
      input->down.why = (int)rest[2];
      input->down.words = TOMTE_AT(4);
      break;
    default:
      input->cast = first;
  }
#undef TOMTE_AT
}

TOMTE_EXPORT("callbacks", "step")
tomte_result *tomte_on_step(uint64_t now_ms, uint64_t seq, int32_t kind, uint64_t a, size_t b, size_t c, size_t d, size_t e,
                            size_t f, size_t g, size_t h, size_t i, size_t j, size_t k, size_t l) {
  const size_t rest[] = {b, c, d, e, f, g, h, i, j, k, l};
  tomte_context context;
  tomte_input input;
  context.now_ms = now_ms;
  context.seq = seq;
  input.kind = kind;
  tomte_decode(&input, a, rest);
  return tomte_effects_or_words(behaviour_step(&context, &input));
}

TOMTE_EXPORT("callbacks", "terminate")
void *tomte_on_terminate(uint64_t now_ms, uint64_t seq, int32_t why, const char *words, size_t words_len) {
  tomte_context context;
  tomte_exit reason;
  context.now_ms = now_ms;
  context.seq = seq;
  reason.why = why;
  reason.words = tomte_bytes_of(words, words_len);
  behaviour_terminate(&context, &reason);
  return &tomte_effects_or_words(tomte_done())->effects;
}

TOMTE_EXPORT("state", "save") tomte_saved *tomte_on_save(void) {
  tomte_state = behaviour_save();
  return &tomte_state;
}

TOMTE_EXPORT("state", "save-as") tomte_result *tomte_on_save_as(const char *schema, size_t schema_len) {
  tomte_bytes data = tomte_text("");
  tomte_outcome outcome = behaviour_save_as(tomte_bytes_of(schema, schema_len), &data);
  tomte_returned.tag = outcome.kind != TOMTE_DONE;
  tomte_returned.words = outcome.kind == TOMTE_DONE ? data : outcome.words;
  return &tomte_returned;
}

TOMTE_RELEASE("callbacks", "init") void tomte_after_init(void *returned) { (void)returned, tomte_release(); }
TOMTE_RELEASE("callbacks", "step") void tomte_after_step(void *returned) { (void)returned, tomte_release(); }
TOMTE_RELEASE("callbacks", "terminate") void tomte_after_terminate(void *returned) { (void)returned, tomte_release(); }
TOMTE_RELEASE("state", "save") void tomte_after_save(void *returned) { (void)returned, tomte_release(); }
TOMTE_RELEASE("state", "save-as") void tomte_after_save_as(void *returned) { (void)returned, tomte_release(); }

#endif /* without __wasm__, tomte_test.h has the other side of the border */

#ifdef __cplusplus
}
#endif
#endif
