#include <fmt/format.h>

#include "collector/detect/difference.h"

namespace relaywatch::collector::detect {
namespace {

// "; 465 and 587 answer": tells a blocked port from a server that is down.
std::string OthersThatAnswer(const Surroundings& surroundings) {
  std::vector<std::string> ports;
  for (const std::uint32_t port : surroundings.answering_ports) {
    if (port != surroundings.port) ports.push_back(fmt::format("{}", port));
  }
  if (ports.empty()) return {};
  return fmt::format("; {} {}", JoinWithAnd(ports), ports.size() == 1 ? "answers" : "answer");
}

std::string Reach(const Pair& pair) {
  const std::string& before = pair.before.Value(Facet::kReach);
  const std::string& after = pair.after.Value(Facet::kReach);
  const std::uint32_t port = pair.surroundings.port;
  if (after == "open") {
    return fmt::format("port {} {} again", port,
                       before == "refused" ? "accepts connections" : "answers");
  }
  const std::string others = OthersThatAnswer(pair.surroundings);
  if (after == "refused") {
    return before == "blocked"
               ? fmt::format("port {} now refuses connections; it was blocked before{}", port,
                             others)
               : fmt::format("port {} refuses connections{}", port, others);
  }
  return before == "refused"
             ? fmt::format("port {} now blocked; it refused connections before{}", port, others)
             : fmt::format("port {} blocked{}", port, others);
}

std::string Admission(const Pair& pair) {
  const Shown& after = pair.after.At(Facet::kAdmission);
  if (!IsRefusal(after.value)) return "this client is admitted again";
  if (!IsRefusal(pair.before.Value(Facet::kAdmission))) {
    return "this client is now turned away before it can ask for anything" + WithDetail(after);
  }
  return "this client is turned away with another answer" + WithDetail(after);
}

std::string MiddleboxNow(const std::string& sign, const Surroundings& surroundings) {
  if (sign == "not_smtp") {
    return fmt::format("something that does not speak {} now answers on port {}",
                       surroundings.protocol, surroundings.port);
  }
  if (sign == "masked_banner")
    return "the greeting is now masked: a firewall on the way inspects SMTP";
  if (sign == "masked_keywords") {
    return "EHLO keywords are now overwritten with X: a firewall on the way edits SMTP";
  }
  return "EHLO is now refused and only HELO works: no extension can be offered";
}

std::string MiddleboxNoMore(const std::string& sign, const Surroundings& surroundings) {
  if (sign == "not_smtp") {
    return fmt::format("{} answers on port {} again", surroundings.protocol, surroundings.port);
  }
  if (sign == "masked_banner") return "the greeting is no longer masked";
  if (sign == "masked_keywords") return "EHLO keywords are no longer overwritten";
  return "EHLO is accepted again";
}

}  // namespace

void SayNetwork(const Pair& pair, Phrases& phrases) {
  if (pair.Differs(Facet::kReach)) phrases.push_back(Reach(pair));
  if (pair.Differs(Facet::kAdmission)) phrases.push_back(Admission(pair));
  if (!pair.Differs(Facet::kMiddlebox)) return;
  const std::string& after = pair.after.Value(Facet::kMiddlebox);
  phrases.push_back(after == "none"
                        ? MiddleboxNoMore(pair.before.Value(Facet::kMiddlebox), pair.surroundings)
                        : MiddleboxNow(after, pair.surroundings));
}

}  // namespace relaywatch::collector::detect
