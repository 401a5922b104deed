// One set of facts, read once for every client that is judged by it: which TLS state is used, what
// is offered there, where the dialogue was cut short, and what each refusal in it says. Refusals
// are looked up in the table when first asked for. Holds a reference to the facts; use within one
// call. Confined to one thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "common/smtp/capabilities.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::judge {

// One thing a client would run into.
struct Finding {
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
};

// Whose transaction a pair of relay cells tells about.
enum class Sender { kAnonymous, kAuthenticated, kAfterPopLogin };

class Reading {
 public:
  explicit Reading(const v1::Facts& facts);

  const v1::Facts& facts() const { return facts_; }
  bool is_smtp() const { return is_smtp_; }
  // Login and transaction are inside TLS: by configuration, or because STARTTLS is offered.
  bool uses_tls() const { return uses_tls_; }
  // What the server offers in that state; nullptr where the dialogue did not get there.
  const v1::Capabilities* offer() const { return offer_; }
  // UNSPECIFIED where nothing cut the dialogue short.
  v1::Stage cut_at() const { return cut_at_; }

  // The mechanisms in that offer, as a client finds them that reads it so; none without an offer.
  const std::vector<std::string>& Mechanisms(smtp::AuthReading reading = {}) const;
  // Anybody could log in in that state, whatever the client.
  bool OffersAuth() const { return !Mechanisms().empty(); }
  // What the reply says that ended the dialogue, and the one that refused the login.
  v1::Verdict Refusal() const;
  v1::Verdict LoginRefusal() const;
  // What stands in the way of a sender; nullopt where nothing is known to.
  std::optional<Finding> Cells(Sender sender) const;

 private:
  std::optional<Finding> JudgeCells(Sender sender) const;
  Finding RefusedCell(const v1::RelayCell& cell, Sender sender, bool own_recipient_passed) const;

  const v1::Facts& facts_;
  bool is_smtp_;
  bool uses_tls_;
  const v1::Capabilities* offer_;
  v1::Stage cut_at_;

  // One for each way of reading.
  mutable std::array<std::optional<std::vector<std::string>>, 4> mechanisms_;
  mutable std::optional<v1::Verdict> refusal_;
  mutable std::optional<v1::Verdict> login_refusal_;
  mutable std::array<std::optional<std::optional<Finding>>, 3> cells_;
};

// The cells of one sender; unset ones where they were not tested.
const v1::RelayCells& CellsOf(const v1::Facts& facts, Sender sender);
bool IsRefused(const v1::RelayCell& cell);
bool IsAccepted(const v1::RelayCell& cell);

}  // namespace relaywatch::judge
