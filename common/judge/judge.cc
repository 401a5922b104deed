#include "common/judge/judge.h"

#include <algorithm>
#include <array>
#include <span>

#include "common/judge/dialogue.h"
#include "common/judge/stages.h"

namespace relaywatch::judge {
namespace {

using StageRule = std::optional<Finding> (*)(const Dialogue&);

// Up to the client's own business, in the order of the dialogue.
constexpr std::array<StageRule, 9> kUntilOffer{ResolveRule,      ConnectRule,     BannerRule,
                                               InterceptionRule, EhloRule,        StartTlsRule,
                                               HandshakeRule,    CertificateRule, EhloInTlsRule};

// With TLS from the first byte (RFC 8314) the handshake comes before the greeting.
constexpr std::array<StageRule, 8> kUntilOfferInTls{ResolveRule,     ConnectRule,  HandshakeRule,
                                                    CertificateRule, BannerRule,   InterceptionRule,
                                                    EhloRule,        EhloInTlsRule};

// Login and transaction, in the TLS state which the client uses.
constexpr std::array<StageRule, 5> kFromOffer{AuthOfferRule, TlsDemandedRule, LoginRule, RelayRule,
                                              TransactionCutRule};

// Only for a client that nothing else stops.
constexpr std::array<StageRule, 1> kLast{OpenRelayRule};

class Sequence {
 public:
  explicit Sequence(const Dialogue& dialogue) : dialogue_(dialogue) {}

  void Ask(std::span<const StageRule> rules) {
    for (const StageRule rule : rules) {
      if (const auto finding = rule(dialogue_)) Add(*finding);
    }
  }

  bool IsClean() const { return !first_; }
  Judgement Result() &&;

 private:
  void Add(const Finding& finding) {
    if (!first_) {
      first_ = finding;
    } else if (finding.verdict != first_->verdict &&
               std::find(also_.begin(), also_.end(), finding.verdict) == also_.end()) {
      also_.push_back(finding.verdict);
    }
  }

  const Dialogue& dialogue_;
  std::optional<Finding> first_;
  std::vector<v1::Verdict> also_;
};

Judgement Sequence::Result() && {
  Judgement judgement{.verdict = v1::VERDICT_OK};
  if (first_) {
    judgement.verdict = first_->verdict;
    judgement.stage = first_->stage;
  }
  judgement.also = std::move(also_);
  judgement.auth_judged = dialogue_.reading.offer() != nullptr;
  return judgement;
}

Judgement JudgeReading(const Reading& reading, const ClientProfile& profile) {
  const Dialogue dialogue(reading, profile);
  Sequence sequence(dialogue);
  if (reading.facts().security() == v1::SECURITY_TLS) {
    sequence.Ask(kUntilOfferInTls);
  } else {
    sequence.Ask(kUntilOffer);
  }
  if (reading.offer() != nullptr) sequence.Ask(kFromOffer);
  if (sequence.IsClean()) sequence.Ask(kLast);
  return std::move(sequence).Result();
}

}  // namespace

Judgement Judge(const v1::Facts& facts, const ClientProfile& profile) {
  return JudgeReading(Reading(facts), profile);
}

std::vector<Judgement> Judge(const v1::Facts& facts, std::span<const ClientProfile> profiles) {
  const Reading reading(facts);
  std::vector<Judgement> judgements;
  judgements.reserve(profiles.size());
  for (const ClientProfile& profile : profiles) {
    judgements.push_back(JudgeReading(reading, profile));
  }
  return judgements;
}

bool IsAuthMismatch(v1::Verdict verdict) {
  return verdict == v1::VERDICT_AUTH_MISMATCH || verdict == v1::VERDICT_AUTH_NOT_OFFERED;
}

}  // namespace relaywatch::judge
