// judge(facts, profile) -> verdict: what one kind of mail client would run into, by the rules of
// verdicts.md. Pure, total (hostile facts included) and deterministic: one dialogue serves every
// profile, and history can be judged again. At most 20 µs for one set of facts and seven profiles.
// Thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/judge/profile.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::judge {

struct Judgement {
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  v1::Stage stage = v1::STAGE_UNSPECIFIED;  // UNSPECIFIED where the verdict is ok
  std::vector<v1::Verdict> also;            // what the client would run into after that, in order
  // The dialogue went far enough to know what AUTH the client would be offered; the denominator of
  // the auth-mismatch rate counts exactly these.
  bool auth_judged = false;

  bool operator==(const Judgement&) const = default;
};

Judgement Judge(const v1::Facts& facts, const ClientProfile& profile);

// The same for each of several profiles, in their order; the replies are read once for all of them.
std::vector<Judgement> Judge(const v1::Facts& facts, std::span<const ClientProfile> profiles);

// auth_mismatch and auth_not_offered: the numerator of the rate.
bool IsAuthMismatch(v1::Verdict verdict);

}  // namespace relaywatch::judge
