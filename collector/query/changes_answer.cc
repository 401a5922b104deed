#include "collector/query/changes_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>

#include "collector/detect/change.h"
#include "collector/query/page.h"
#include "collector/query/selection.h"
#include "collector/query/times.h"
#include "collector/watch/rule_text.h"

namespace relaywatch::collector {
namespace {

using detect::ChangeState;

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

struct Question {
  std::uint32_t limit = kDefaultChanges;
  std::int64_t before_id = kForEver;
  std::int64_t since_ms = 0;
  std::int64_t until_ms = kForEver;
  detect::KindMask kinds = 0;  // 0: all
};

absl::StatusOr<detect::KindMask> KindsOf(const v1::ChangesRequest& request) {
  constexpr auto kAll = static_cast<detect::KindMask>((1U << detect::kChangeKindCount) - 1);
  detect::KindMask kinds = 0;
  for (const std::string& label : request.kinds()) {
    detect::KindMask found = 0;
    for (std::size_t i = 0; i < detect::kChangeKindCount; ++i) {
      const auto kind = static_cast<detect::ChangeKind>(i);
      if (label == Label(kind)) found = Bit(kind);
    }
    if (found == 0) {
      return absl::InvalidArgumentError(
          fmt::format("kind: \"{}\" is not one of {}", label, detect::Labels(kAll)));
    }
    kinds |= found;
  }
  return kinds;
}

absl::StatusOr<Question> Read(const v1::ChangesRequest& request) {
  Question question;
  if (request.limit() > kMaxChanges) {
    return absl::InvalidArgumentError(fmt::format("limit: more than {}", kMaxChanges));
  }
  if (request.limit() != 0) question.limit = request.limit();
  const std::string& token = request.page_token();
  if (!token.empty()) {
    const auto [end, error] =
        std::from_chars(token.data(), token.data() + token.size(), question.before_id);
    if (error != std::errc() || end != token.data() + token.size()) {
      return absl::InvalidArgumentError("page_token: not one of ours");
    }
  }
  const v1::Filter& filter = request.filter();
  if (filter.has_since()) question.since_ms = MsOf(filter.since());
  if (filter.has_until()) question.until_ms = MsOf(filter.until());
  if (question.since_ms >= question.until_ms) {
    return absl::InvalidArgumentError("since is not before until");
  }
  const auto kinds = KindsOf(request);
  if (!kinds.ok()) return kinds.status();
  question.kinds = *kinds;
  return question;
}

// " AND column IN (?, ?)"; nothing of an empty list.
template <typename List>
std::string In(std::string_view column, const List& values) {
  if (values.empty()) return "";
  std::string marks = "?";
  for (int i = 1; i < values.size(); ++i) marks += ", ?";
  return fmt::format(" AND {} IN ({})", column, marks);
}

std::string SqlOf(const v1::ChangesRequest& request) {
  const v1::Filter& filter = request.filter();
  std::string agents = In("a.name", filter.agents());
  if (!agents.empty()) {
    agents =
        " AND EXISTS(SELECT 1 FROM evidence e JOIN agent a ON a.id = e.agent "
        "WHERE e.change = c.id" +
        agents + ")";
  }
  return fmt::format(
      "SELECT c.id, c.incident, v.scope, v.incident_words, c.location, c.endpoint, c.port, "
      "c.protocol, v.track, v.state, c.kinds, c.informational, c.pool, c.before, c.after, c.words, "
      "c.since_ms, c.decided_ms, c.told_ms, c.resolved_ms, c.resolved_by, c.accepted_ms, c.open "
      "FROM change c JOIN changes v ON v.id = c.id "
      "WHERE c.id < ? AND c.decided_ms >= ? AND c.since_ms < ? AND (? = 0 OR c.kinds & ?) "
      "AND (? OR c.state = ?){}{}{}{} ORDER BY c.id DESC LIMIT ?",
      In("c.location", filter.locations()), In("c.endpoint", filter.endpoints()),
      In("c.port", filter.ports()), agents);
}

void Bind(sqlite::Statement& statement, const v1::ChangesRequest& request,
          const Question& question) {
  statement.Bind(1, question.before_id).Bind(2, question.since_ms).Bind(3, question.until_ms);
  statement.Bind(4, question.kinds).Bind(5, question.kinds).Bind(6, request.undecided() ? 1 : 0);
  statement.Bind(7, static_cast<std::int64_t>(ChangeState::kConfirmed));
  int i = 7;
  const v1::Filter& filter = request.filter();
  for (const std::string& location : filter.locations()) statement.BindText(++i, location);
  for (const std::string& endpoint : filter.endpoints()) statement.BindText(++i, endpoint);
  for (const std::uint32_t port : filter.ports()) statement.Bind(++i, port);
  for (const std::string& agent : filter.agents()) statement.BindText(++i, agent);
  statement.Bind(++i, question.limit + 1);  // one more tells whether there is a next page
}

void AddRules(std::string_view text, google::protobuf::RepeatedPtrField<v1::PolicyRule>& rules) {
  for (std::string_view rule : RulesOf(text)) {
    v1::PolicyRule& lines = *rules.Add();
    while (!rule.empty()) {
      const std::size_t end = std::min(rule.find('\n'), rule.size());
      lines.add_lines(std::string(rule.substr(0, end)));
      rule.remove_prefix(std::min(end + 1, rule.size()));
    }
  }
}

std::string InWords(const detect::Rule& rule, detect::Facet facet) {
  const detect::Shown& shown = rule.At(facet);
  return shown.detail.empty() ? shown.value : fmt::format("{} ({})", shown.value, shown.detail);
}

void AddDifferences(std::string_view before, std::string_view after, v1::Change& change) {
  const auto old_rules = SplitRules(before);
  const auto new_rules = SplitRules(after);
  if (!old_rules || !new_rules || old_rules->size() != 1 || new_rules->size() != 1) return;
  const detect::FacetMask different = Difference(old_rules->front(), new_rules->front());
  for (std::size_t i = 0; i < detect::kFacetCount; ++i) {
    const detect::Facet facet = detect::FacetAt(i);
    if ((different & Bit(facet)) == 0) continue;
    change.add_differences(fmt::format("{}: {} -> {}", Name(facet),
                                       InWords(old_rules->front(), facet),
                                       InWords(new_rules->front(), facet)));
  }
}

void ReadTimes(const sqlite::Statement& row, v1::Change& change) {
  SetMs(*change.mutable_since(), row.Integer(16));
  SetMs(*change.mutable_decided(), row.Integer(17));
  if (row.Integer(18) != 0) SetMs(*change.mutable_told(), row.Integer(18));
  if (row.Integer(19) != 0) SetMs(*change.mutable_resolved(), row.Integer(19));
  change.set_resolved_by(static_cast<std::uint64_t>(row.Integer(20)));
  if (row.Integer(21) != 0) SetMs(*change.mutable_accepted(), row.Integer(21));
  change.set_open(row.Integer(22) != 0);
}

v1::Change ChangeOf(const sqlite::Statement& row) {
  v1::Change change;
  change.set_id(static_cast<std::uint64_t>(row.Integer(0)));
  change.set_incident(static_cast<std::uint64_t>(row.Integer(1)));
  change.set_scope(std::string(row.Text(2)));
  change.set_incident_summary(std::string(row.Text(3)));
  change.set_location(std::string(row.Text(4)));
  change.set_endpoint(std::string(row.Text(5)));
  change.set_port(static_cast<std::uint32_t>(row.Integer(6)));
  change.set_protocol(static_cast<v1::Protocol>(row.Integer(7)));
  change.set_track(std::string(row.Text(8)));
  change.set_state(std::string(row.Text(9)));
  for (std::size_t i = 0; i < detect::kChangeKindCount; ++i) {
    const auto kind = static_cast<detect::ChangeKind>(i);
    if ((row.Integer(10) & Bit(kind)) != 0) change.add_kinds(std::string(Label(kind)));
  }
  change.set_informational(row.Integer(11) != 0);
  change.set_pool(row.Integer(12) != 0);
  AddRules(row.Text(13), *change.mutable_before());
  AddRules(row.Text(14), *change.mutable_after());
  AddDifferences(row.Text(13), row.Text(14), change);
  change.set_summary(std::string(row.Text(15)));
  ReadTimes(row, change);
  return change;
}

absl::Status AddEvidence(sqlite::Statement& evidence, v1::Change& change) {
  evidence.Bind(1, static_cast<std::int64_t>(change.id()));
  auto read = evidence.ForEachRow([&] {
    v1::ChangeEvidence& one = *change.add_evidence();
    one.set_agent(std::string(evidence.Text(0)));
    SetMs(*one.mutable_time(), evidence.Integer(1));
    one.set_outcome(evidence.Integer(2));
    auto& agents = *change.mutable_agents();
    if (std::find(agents.begin(), agents.end(), one.agent()) == agents.end()) {
      change.add_agents(one.agent());
    }
  });
  std::sort(change.mutable_agents()->begin(), change.mutable_agents()->end());
  return read;
}

}  // namespace

absl::StatusOr<v1::ChangesResponse> AnswerChanges(const v1::ChangesRequest& request,
                                                  Reader& reader) {
  const auto question = Read(request);
  if (!question.ok()) return question.status();
  auto changes = sqlite::Statement::Prepare(reader.database(), SqlOf(request));
  if (!changes.ok()) return changes.status();
  auto evidence = sqlite::Statement::Prepare(
      reader.database(),
      "SELECT a.name, e.time_ms, e.outcome FROM evidence e JOIN agent a ON a.id = e.agent "
      "WHERE e.change = ? ORDER BY e.time_ms, a.name");
  if (!evidence.ok()) return evidence.status();
  Bind(*changes, request, *question);
  v1::ChangesResponse response;
  std::size_t bytes = 0;
  while (true) {
    const auto row = changes->Step();
    if (!row.ok()) return row.status();
    if (!*row) return response;
    if (response.changes_size() == static_cast<int>(question->limit)) {
      response.set_next_page_token(fmt::to_string(response.changes().rbegin()->id()));
      return response;
    }
    v1::Change change = ChangeOf(*changes);
    if (auto added = AddEvidence(*evidence, change); !added.ok()) return added;
    bytes += change.ByteSizeLong();
    if (bytes > kMaxPageBytes && !response.changes().empty()) {
      response.set_next_page_token(fmt::to_string(response.changes().rbegin()->id()));
      return response;
    }
    *response.add_changes() = std::move(change);
  }
}

absl::StatusOr<v1::ChangesResponse> AnswerChanges(const v1::ChangesRequest& request,
                                                  const Inquiry& inquiry) {
  if (auto known = Select(request.filter(), inquiry); !known.ok()) return known.status();
  const auto agents = AgentsOf(request.filter(), inquiry);
  if (!agents.ok()) return agents.status();
  v1::ChangesRequest named = request;
  named.mutable_filter()->clear_agents();
  for (const std::string& agent : *agents) named.mutable_filter()->add_agents(agent);
  return AnswerChanges(named, *inquiry.desk.reader);
}

}  // namespace relaywatch::collector
