// tomte.hpp: C++ on top of tomte.h. It came with the template and is yours to read and to change.
//
// A behaviour is a class; TOMTE_BEHAVIOUR(Counter) makes it the component's. Two ways to fail: `return tomte::refuse(why)`,
// before anything is changed, tells the caller and does nothing else; `tomte::crash(why)` ends the instance, its callers
// are told, its supervisor acts. There are no exceptions: what the library would throw (`at`, `stoi`, an optional without
// a value) is a crash in its words, and so is what libc++ checks (an index of a vector, an empty `front`).
#pragma once

#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "tomte.h"

namespace tomte {

using Context = tomte_context;
using Exit = tomte_exit;
using Input = tomte_input;
using Outcome = tomte_outcome;

// Bytes of the contract as text, without a copy: gone when the function returns.
inline std::string_view view(tomte_bytes bytes) { return {bytes.ptr, bytes.len}; }

// A text as bytes of the contract, copied to where they stay until the host has read them.
inline tomte_bytes bytes(std::string_view text) { return tomte_join(tomte_bytes{text.data(), text.size()}, tomte_bytes{nullptr, 0}); }

// A text that ends with a zero, copied likewise.
inline const char *words(std::string_view text) { return tomte_join(bytes(text), tomte_bytes{"", 1}).ptr; }

[[noreturn]] inline void crash(std::string_view why) { tomte_crash(words(why)); }
inline void log(int level, std::string_view line) { tomte_log(level, bytes(line)); }

inline Outcome done() { return tomte_done(); }
inline Outcome refuse(std::string_view why) { return tomte_refuse(words(why)); }
inline Outcome unknown_schema() { return tomte_unknown_schema(); }
inline Outcome ignore() { return tomte_ignore(); }

// Random numbers for <random>, seeded by the host when the instance starts.
struct Random {
  using result_type = uint64_t;
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return UINT64_MAX; }
  uint64_t operator()() { return tomte_random(); }
};

// Digits as a number; nothing if that is not all that they are.
template <class Number>
std::optional<Number> number(std::string_view digits) {
  Number value{};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// What a behaviour may leave out.
struct Behaviour {
  void terminate(const Context &, const Exit &) {}
  // The state in an older schema, for a downgrade.
  std::optional<std::string> save_as(std::string_view) { return std::nullopt; }
};

}  // namespace tomte

#if defined(TOMTE_IMPLEMENTATION) && defined(__wasm__)
// libc++ comes here when it would throw, and when one of its checks fails.
_LIBCPP_BEGIN_NAMESPACE_STD
void __libcpp_verbose_abort(const char *format, ...) {
  static char said[512];
  va_list values;
  va_start(values, format);
  vsnprintf(said, sizeof said, format, values);
  va_end(values);
  if (char *line_end = strchr(said, '\n')) *line_end = 0;
  tomte_crash(said);
}
_LIBCPP_END_NAMESPACE_STD
#endif

// Makes a class the component's behaviour. It has `SCHEMA`, `init`, `step` and `save`.
#define TOMTE_BEHAVIOUR(Class)                                                                                     \
  static Class tomte_it;                                                                                           \
  tomte_outcome behaviour_init(const tomte_start *start) { return (tomte_it = Class{}).init(*start); }              \
  tomte_outcome behaviour_step(const tomte_context *context, const tomte_input *input) {                           \
    return tomte_it.step(*context, *input);                                                                        \
  }                                                                                                                \
  void behaviour_terminate(const tomte_context *context, const tomte_exit *reason) {                               \
    tomte_it.terminate(*context, *reason);                                                                         \
  }                                                                                                                \
  tomte_saved behaviour_save(void) { return {tomte::bytes(Class::SCHEMA), tomte::bytes(tomte_it.save())}; }         \
  tomte_outcome behaviour_save_as(tomte_bytes schema, tomte_bytes *data) {                                         \
    auto wanted = tomte::view(schema);                                                                             \
    auto saved = wanted == Class::SCHEMA ? std::optional<std::string>(tomte_it.save()) : tomte_it.save_as(wanted);  \
    if (!saved) return tomte::refuse("a state of schema " + std::string(Class::SCHEMA) + " cannot be written as " + std::string(wanted)); \
    *data = tomte::bytes(*saved);                                                                                  \
    return tomte::done();                                                                                          \
  }
