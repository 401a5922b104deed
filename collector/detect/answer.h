// What one outcome says about the rule in force: read once for each distinct outcome and kept
// beside it by the caller. The server has *definitely* spoken where some facet of policy is known;
// a 4xx that is no relay rule, and 421, *defer*; timeouts, resets and DNS are *indefinite* and say
// nothing. What a dialogue showed before it was cut short is as definite as ever.
//
// What varies without being policy is not read at all: greeting texts, session ids, sizes, ciphers,
// other EHLO keywords; and logins that were not due. Pure; total (hostile facts included).
#pragma once

#include <cstdint>

#include "collector/detect/rule.h"
#include "common/judge/reading.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::collector::detect {

enum class AnswerKind : std::uint8_t {
  kDefinite,
  kDeferred,
  kIndefinite,
  // Nothing came back to a full attempt to connect: a blocked port, or loss. The detector knows
  // which once this agent has failed often enough while something else answered it.
  kConnectFailure,
};

struct Answer {
  AnswerKind kind = AnswerKind::kIndefinite;
  Rule rule;
};

Answer ReadAnswer(const v1::Facts& facts);

// answer_relay.cc
// The relay cells and the login into the rule. True where some of it was put off.
bool ReadTransactions(const judge::Reading& reading, Rule& rule);
// "refused:relay_denied:5" with "554 5.7.1"; false where the reply puts off and so says nothing.
bool SetRefusal(Rule& rule, Facet facet, v1::Verdict verdict, const v1::Reply& reply);

}  // namespace relaywatch::collector::detect
