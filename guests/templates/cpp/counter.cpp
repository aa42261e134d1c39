// {{name}}: counts. Asked "Increment", "Read" or "Reset", as JSON; answers "Ack" or {"Value":2}.

#define TOMTE_IMPLEMENTATION
#include "tomte.hpp"

class Counter : public tomte::Behaviour {
 public:
  // Name a new one when what is saved changes, and read the old one in `init`.
  static constexpr std::string_view SCHEMA = "{{name}}/1";

  tomte::Outcome init(const tomte_start &start) {
    if (!start.has_state) return tomte::done();
    // if (tomte::view(start.schema) == "{{name}}/0") ... what an older version saved
    if (tomte::view(start.schema) != SCHEMA) return tomte::unknown_schema();
    auto saved = tomte::number<uint64_t>(tomte::view(start.state));
    if (!saved) return tomte::refuse("the saved state is no number");
    count = *saved;
    return tomte::done();
  }

  tomte::Outcome step(const tomte::Context &, const tomte::Input &input) {
    uint64_t caller;
    tomte_bytes asked;
    bool waits = tomte_asks(&input, &caller, &asked);
    if (!waits && input.kind != TOMTE_CAST) {
      tomte::log(TOMTE_WARN, "nothing here handles this input");
      return tomte::done();
    }
    auto said = answer(tomte::view(waits ? asked : input.cast));
    // Its caller is told; nothing has changed, nothing has crashed.
    if (!said) return tomte::refuse(R"(not an input of this behaviour: "Increment", "Read" or "Reset")");
    if (waits) tomte_reply(caller, tomte::bytes(*said));
    return tomte::done();
  }

  std::string save() { return std::to_string(count); }

 private:
  // Lives on through an upgrade, as JSON.
  uint64_t count = 0;

  // The answer to what is asked; nothing if that is not known.
  std::optional<std::string> answer(std::string_view asked) {
    if (asked == R"("Increment")") {
      count++;
    } else if (asked == R"("Read")") {
      return R"({"Value":)" + std::to_string(count) + "}";
    } else if (asked == R"("Reset")") {
      // Its caller is told, its supervisor starts it again, nobody else notices.
      if (count == 0) tomte::crash("reset at zero");
      count = 0;
    } else {
      return std::nullopt;
    }
    return R"("Ack")";
  }
};

TOMTE_BEHAVIOUR(Counter)
