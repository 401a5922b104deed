// How the rule of one key goes on in time, for one group of facets: learned, suspected to have
// changed, confirmed or cancelled, or found to be several at once. The algorithm is that of
// "definite answers, quick confirmation, quorum"; its figures are in policy.h. No clock: time is
// what the sightings say. Confined to its detector's thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "collector/detect/learner.h"
#include "collector/detect/policy.h"
#include "collector/detect/rule_book.h"
#include "collector/detect/rule_set.h"
#include "collector/detect/sighting.h"
#include "collector/detect/suspect.h"

namespace relaywatch::collector::detect {

enum class NewsKind : std::uint8_t {
  kOpened,     // the first rule of this key
  kCompleted,  // the rule is as before, and more of it is known
  kSuspected,  // more answers are wanted
  kProbable,
  kConfirmed,
  kCancelled,   // what was told as probable is not so
  kSetChanged,  // several rules at once, more of them, or fewer
};

struct News {
  NewsKind kind = NewsKind::kOpened;
  std::vector<RulePtr> before;
  std::vector<RulePtr> after;
  std::vector<Vote> evidence;
  std::int64_t since_ms = 0;  // when it began to be seen
  std::uint64_t event = 0;    // kConfirmed, kCancelled: the number under which it was probable
  std::size_t missing = 0;    // kSuspected: answers
  bool is_divided = false;    // kSetChanged: by agent
};

// What a track asks its key.
struct Here {
  std::size_t agents = 1;  // that answer for this key nowadays
  std::int64_t interval_ms = kMinuteMs;
  std::int64_t now_ms = 0;
};

class Track {
 public:
  explicit Track(const Policy& policy) : policy_(&policy) {}

  // Nothing new most of the time: true where the answer is as those before it.
  bool AgreesQuickly(const Vote& vote, std::int64_t now_ms);
  void Observe(const Sighting& sighting, const Here& here, RuleBook& book, std::vector<News>& news);
  // Ends a suspicion that nobody confirmed. Observe does it as well.
  void Expire(const Here& here, std::vector<News>& news);

  // The present is earlier than what was seen: goes on with the rules in force, as after Restore.
  void GoBack(const Here& here, std::vector<News>& news);

  // As rule history has it; a steady rule from the start.
  void Restore(std::vector<RulePtr> rules, std::int64_t since_ms, std::int64_t now_ms);

  const RuleSet& rules() const { return rules_; }
  const Policy& policy() const { return *policy_; }
  bool is_suspecting() const { return suspect_ != nullptr; }
  // Under which number the last News told a probable change.
  void SetEvent(std::uint64_t event) { suspect_->event = event; }

 private:
  struct Cancelled {
    std::uint64_t fingerprint = 0;
    std::int64_t time_ms = 0;
  };

  void Learn(const Sighting& sighting, RuleBook& book, std::vector<News>& news);
  void Agree(std::size_t member, const Sighting& sighting, const Here& here, RuleBook& book,
             std::vector<News>& news);
  void Differ(const Sighting& sighting, const Here& here, RuleBook& book, std::vector<News>& news);
  void Begin(const Sighting& sighting, FacetMask different, std::int64_t now_ms);
  void Decide(const Here& here, RuleBook& book, std::vector<News>& news);
  void Confirm(const Here& here, RuleBook& book, std::vector<News>& news);
  void Drop(bool was_contradicted, const Here& here, std::vector<News>& news);
  void TellSet(std::vector<RulePtr> before, const Here& here, std::vector<News>& news);
  std::size_t Caution(std::uint64_t fingerprint, std::int64_t now_ms) const;
  void Forget();

  const Policy* policy_;
  RuleSet rules_;
  // Apart: most of a hundred thousand keys have neither, and both are large.
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<Suspect> suspect_;
  std::vector<Cancelled> cancelled_;
  std::size_t agreed_ = 0;  // answers since the rule is in force
  std::int64_t since_ms_ = 0;
  std::int64_t last_agreed_ms_ = 0;
  std::array<std::int64_t, 2> known_outcomes_{};  // that agree in every facet
  std::int64_t next_window_ms_ = 0;
};

}  // namespace relaywatch::collector::detect
