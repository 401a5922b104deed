#include "collector/detect/track.h"

#include <algorithm>
#include <utility>

namespace relaywatch::collector::detect {
namespace {

constexpr std::size_t kMaxCancelled = 16;

}  // namespace

// With two outcomes remembered, agents that log in now and then do not push out what the others
// see.
bool Track::AgreesQuickly(const Vote& vote, std::int64_t now_ms) {
  if (suspect_ || now_ms >= next_window_ms_ || vote.outcome == 0) return false;
  if (vote.outcome != known_outcomes_[0] && vote.outcome != known_outcomes_[1]) return false;
  rules_.Count(0, vote);
  ++agreed_;
  last_agreed_ms_ = std::max(last_agreed_ms_, vote.time_ms);
  return true;
}

void Track::Observe(const Sighting& sighting, const Here& here, RuleBook& book,
                    std::vector<News>& news) {
  if ((sighting.rule.known() & policy_->facets) == 0) return;
  Expire(here, news);
  if (rules_.empty()) {
    Learn(sighting, book, news);
    return;
  }
  if (here.now_ms >= next_window_ms_) {
    std::vector<RulePtr> before = rules_.Rules();
    if (rules_.CloseWindow(here.now_ms)) TellSet(std::move(before), here, news);
    next_window_ms_ = here.now_ms + kPoolWindowMs;
  }
  if (const auto member = rules_.Match(sighting.rule, policy_->facets)) {
    Agree(*member, sighting, here, book, news);
  } else if (sighting.vote.time_ms >= since_ms_) {
    // An older one was on its way while the rule changed.
    Differ(sighting, here, book, news);
  }
}

void Track::Learn(const Sighting& sighting, RuleBook& book, std::vector<News>& news) {
  const FacetMask known = rules_.empty() ? 0 : rules_.front()->known();
  const FacetMask wanted = policy_->facets & ~known;
  if ((sighting.rule.known() & wanted) == 0) return;
  if (!learner_) learner_ = std::make_unique<Learner>();
  const FacetMask learned = learner_->Observe(sighting, wanted);
  if (learned == 0) return;
  Rule rule = rules_.empty() ? Rule{} : *rules_.front();
  rule.Take(learner_->candidate(), learned);
  const RulePtr whole = book.Intern(std::move(rule));
  News& told = news.emplace_back(News{.after = {whole}, .evidence = {sighting.vote}});
  if (rules_.empty()) {
    since_ms_ = learner_->first().time_ms;
    rules_.Reset(whole, sighting.vote.time_ms);
    next_window_ms_ = sighting.vote.time_ms + kPoolWindowMs;
  } else {
    told.kind = NewsKind::kCompleted;
    rules_.Complete(whole);
  }
  told.since_ms = since_ms_;
  Forget();
  if ((learner_->candidate().known() & policy_->facets & ~whole->known()) == 0) learner_.reset();
}

void Track::Agree(std::size_t member, const Sighting& sighting, const Here& here, RuleBook& book,
                  std::vector<News>& news) {
  rules_.Count(member, sighting.vote);
  ++agreed_;
  last_agreed_ms_ = std::max(last_agreed_ms_, sighting.vote.time_ms);
  if (suspect_ && sighting.vote.time_ms >= suspect_->first_ms() &&
      suspect_->StanceOf(sighting) == Stance::kContradicts) {
    Drop(true, here, news);
  }
  if (rules_.is_pool()) return;
  if ((sighting.rule.known() & policy_->facets & ~rules_.front()->known()) != 0) {
    Learn(sighting, book, news);
  } else if (sighting.vote.outcome != known_outcomes_[0]) {
    known_outcomes_[1] = std::exchange(known_outcomes_[0], sighting.vote.outcome);
  }
}

void Track::Differ(const Sighting& sighting, const Here& here, RuleBook& book,
                   std::vector<News>& news) {
  rules_.CountStranger(sighting, policy_->facets, book);
  const FacetMask different =
      Difference(rules_.Nearest(sighting.rule, policy_->facets), sighting.rule) & policy_->facets;
  if (!suspect_) {
    Begin(sighting, different, here.now_ms);
  } else {
    switch (suspect_->StanceOf(sighting)) {
      case Stance::kAgrees:
        suspect_->Add(sighting, different);
        break;
      case Stance::kContradicts:
        if (sighting.vote.time_ms < suspect_->first_ms()) return;
        Drop(true, here, news);
        Begin(sighting, different, here.now_ms);
        break;
      case Stance::kSilent:
        if (suspect_->votes().size() > 1) return;
        Drop(false, here, news);
        Begin(sighting, different, here.now_ms);
        break;
    }
  }
  Decide(here, book, news);
}

void Track::Begin(const Sighting& sighting, FacetMask different, std::int64_t now_ms) {
  suspect_ = std::make_unique<Suspect>(sighting, different, last_agreed_ms_);
  suspect_->DemandMore(Caution(suspect_->Fingerprint(), now_ms));
}

std::size_t Track::Caution(std::uint64_t fingerprint, std::int64_t now_ms) const {
  std::size_t extra = 0;
  if (agreed_ < kSteadyAnswers) extra = agreed_ < kYoungAnswers ? kYoungExtra : kUnsteadyExtra;
  for (const Cancelled& cancelled : cancelled_) {
    const bool is_recent = now_ms - cancelled.time_ms < kHourMs;
    if (is_recent && cancelled.fingerprint == fingerprint) extra += kExtraPerCancellation;
  }
  return std::min(extra, kMaxExtra);
}

void Track::Decide(const Here& here, RuleBook& book, std::vector<News>& news) {
  if (suspect_->IsConfirmed(*policy_, here.agents)) {
    Confirm(here, book, news);
    return;
  }
  if (suspect_->event == 0 && suspect_->IsProbable(*policy_, here.agents, here.now_ms)) {
    Rule rule = *rules_.front();
    rule.Take(suspect_->shown(), suspect_->Settled());
    news.push_back({.kind = NewsKind::kProbable,
                    .before = rules_.Rules(),
                    .after = {book.Intern(std::move(rule))},
                    .evidence = suspect_->votes(),
                    .since_ms = suspect_->first_ms()});
  }
  // Answers may be lost or put off: ask again while too few have come.
  constexpr std::int64_t kAskAgainMs = 25 * kSecondMs;
  if (!policy_->asks_probes || here.now_ms - suspect_->order_ms < kAskAgainMs) return;
  suspect_->order_ms = here.now_ms;
  news.push_back({.kind = NewsKind::kSuspected,
                  .since_ms = suspect_->first_ms(),
                  .missing = suspect_->Missing(*policy_, here.agents)});
}

void Track::Confirm(const Here& here, RuleBook& book, std::vector<News>& news) {
  Rule rule = *rules_.front();
  rule.Take(suspect_->shown(), suspect_->Settled());
  News told{.kind = NewsKind::kConfirmed,
            .before = rules_.Rules(),
            .after = {book.Intern(std::move(rule))},
            .evidence = suspect_->votes(),
            .since_ms = suspect_->first_ms(),
            .event = suspect_->event};
  rules_.Reset(told.after.front(), here.now_ms);
  next_window_ms_ = here.now_ms + kPoolWindowMs;
  since_ms_ = told.since_ms;
  agreed_ = 0;
  suspect_.reset();
  learner_.reset();
  cancelled_.clear();
  Forget();
  news.push_back(std::move(told));
}

void Track::Drop(bool was_contradicted, const Here& here, std::vector<News>& news) {
  if (was_contradicted) {
    rules_.CountCancellation();
    if (cancelled_.size() >= kMaxCancelled) cancelled_.erase(cancelled_.begin());
    cancelled_.push_back({suspect_->Fingerprint(), here.now_ms});
  }
  if (suspect_->event != 0) {
    news.push_back({.kind = NewsKind::kCancelled,
                    .before = rules_.Rules(),
                    .after = rules_.Rules(),
                    .evidence = suspect_->votes(),
                    .since_ms = suspect_->first_ms(),
                    .event = suspect_->event});
  }
  suspect_.reset();
}

void Track::Expire(const Here& here, std::vector<News>& news) {
  if (!suspect_) return;
  const std::int64_t lifetime =
      std::max(policy_->lifetime_ms, policy_->lifetime_intervals * here.interval_ms);
  if (here.now_ms - suspect_->last_ms() >= lifetime) Drop(false, here, news);
}

void Track::TellSet(std::vector<RulePtr> before, const Here& here, std::vector<News>& news) {
  if (suspect_ && suspect_->event == 0) suspect_.reset();
  since_ms_ = here.now_ms;
  Forget();
  news.push_back({.kind = NewsKind::kSetChanged,
                  .before = std::move(before),
                  .after = rules_.Rules(),
                  .since_ms = here.now_ms,
                  .is_divided = rules_.is_divided()});
}

void Track::GoBack(const Here& here, std::vector<News>& news) {
  if (suspect_) Drop(false, here, news);
  learner_.reset();
  cancelled_.clear();
  last_agreed_ms_ = 0;
  if (!rules_.empty()) Restore(rules_.Rules(), since_ms_, here.now_ms);
}

void Track::Restore(std::vector<RulePtr> rules, std::int64_t since_ms, std::int64_t now_ms) {
  rules_.Restore(std::move(rules), now_ms);
  next_window_ms_ = now_ms + kPoolWindowMs;
  since_ms_ = std::min(since_ms, now_ms);  // what the clock said then may be still to come
  agreed_ = kSteadyAnswers;
}

void Track::Forget() { known_outcomes_ = {}; }

}  // namespace relaywatch::collector::detect
