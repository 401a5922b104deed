#include "collector/serve/relay_state.h"

namespace relaywatch::collector {
namespace {

std::string_view StateOf(const v1::RelayCell& cell) {
  switch (cell.state()) {
    case v1::CELL_STATE_ACCEPTED:
      return "accepted";
    case v1::CELL_STATE_REFUSED:
      return "refused";
    default:
      return "untested";
  }
}

}  // namespace

std::string_view AnonymousRelayState(const v1::Facts& facts) {
  const std::string_view state = StateOf(facts.anonymous().foreign());
  if (state != "untested") return state;
  return facts.failure() == v1::FAILURE_UNSPECIFIED ? "untested" : "blocked";
}

std::string_view AuthenticatedRelayState(const v1::Facts& facts) {
  return StateOf(facts.authenticated().foreign());
}

}  // namespace relaywatch::collector
