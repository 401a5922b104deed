#include "collector/ingest/validate.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/syntax.h"
#include "common/taxonomy.h"

namespace relaywatch::collector {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::uint64_t kMaxSeq = std::uint64_t{1} << 62;
constexpr std::int64_t kMaxWallMs = 253'402'300'799'999;  // 9999-12-31
constexpr std::int64_t kMaxBootMs = std::int64_t{100} * 365 * 86'400'000;
constexpr std::uint32_t kMaxStageUs = 3'600'000'000;  // an hour; a dialogue has a minute
constexpr std::size_t kMaxVersionBytes = 64;
constexpr int kMaxRefusals = 4'096;

Rejection Reject(std::string_view reason, std::string message) {
  return {reason, std::move(message)};
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
}

// A log line must stay one line whatever the peer calls itself.
std::string Quote(std::string_view text) {
  std::string quoted(text.substr(0, 80));
  for (char& c : quoted) {
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  return '"' + quoted + '"';
}

bool IsMember(const FieldDescriptor& field, int value) {
  return field.enum_type()->FindValueByNumber(value) != nullptr;
}

// Line breaks join the lines of a reply; nothing else below a blank belongs into facts.
bool IsFactText(std::string_view text) {
  return text.size() <= kMaxTextBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t';
         });
}

// The name of the first field of the facts that cannot be, "" where all can. The schema is a tree
// of fixed depth, so is the walk.
std::string FindBadField(const Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const bool many = field->is_repeated();
      bool good = true;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const std::string inner =
            FindBadField(many ? reflection.GetRepeatedMessage(message, field, i)
                              : reflection.GetMessage(message, field));
        if (!inner.empty()) return field->name() + "." + inner;
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        good = IsMember(*field, many ? reflection.GetRepeatedEnumValue(message, field, i)
                                     : reflection.GetEnumValue(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        good = IsFactText(many ? reflection.GetRepeatedString(message, field, i)
                               : reflection.GetString(message, field));
      }
      if (!good) return field->name();
    }
  }
  return "";
}

// Ascending and disjoint, so that their lengths add up to less than kMaxSeq.
std::optional<Rejection> ValidateGaps(const v1::Batch& batch) {
  std::uint64_t next = batch.first_seq();
  for (const v1::Gap& gap : batch.gaps()) {
    if (gap.first_seq() < next || gap.last_seq() < gap.first_seq() || gap.last_seq() > kMaxSeq) {
      return Reject(rejection::kSequence, fmt::format("gap {}-{} does not fit behind {}",
                                                      gap.first_seq(), gap.last_seq(), next - 1));
    }
    if (gap.reason() == v1::GAP_REASON_UNSPECIFIED || !v1::GapReason_IsValid(gap.reason())) {
      return Reject(rejection::kSequence, "a gap has no known reason");
    }
    next = gap.last_seq() + 1;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> Validate(const v1::Hello& hello) {
  if (hello.version().size() > kMaxVersionBytes || !IsPrintable(hello.version())) {
    return Reject(rejection::kStatus, "Hello.version is not a version");
  }
  if (static_cast<std::size_t>(hello.epochs_size()) > kMaxEpochsOfAgent) {
    return Reject(rejection::kSequence, fmt::format("Hello names {} epochs, more than {}",
                                                    hello.epochs_size(), kMaxEpochsOfAgent));
  }
  if (hello.wall_ms() < 0 || hello.wall_ms() > kMaxWallMs || hello.boot_ms() < 0 ||
      hello.boot_ms() > kMaxBootMs) {
    return Reject(rejection::kStatus, "Hello carries an impossible time");
  }
  for (const v1::EpochState& epoch : hello.epochs()) {
    if (epoch.epoch() == 0 || epoch.first_seq() > kMaxSeq || epoch.last_seq() > kMaxSeq) {
      return Reject(rejection::kSequence, "Hello names an impossible epoch");
    }
  }
  return std::nullopt;
}

std::optional<Rejection> Validate(const v1::AgentStatus& status) {
  if (!status.location().empty() && !IsLabelName(status.location())) {
    return Reject(rejection::kStatus,
                  fmt::format("location {} is not a name", Quote(status.location())));
  }
  if (status.wall_ms() < 0 || status.wall_ms() > kMaxWallMs) {
    return Reject(rejection::kStatus, "AgentStatus carries an impossible time");
  }
  if (status.spool_error().size() > kMaxTextBytes || !IsPrintable(status.spool_error())) {
    return Reject(rejection::kStatus, "AgentStatus.spool_error is not printable, or too long");
  }
  if (status.drops_size() > v1::GapReason_ARRAYSIZE) {
    return Reject(rejection::kStatus, "AgentStatus counts more kinds of drops than there are");
  }
  return std::nullopt;
}

std::optional<Rejection> Validate(const v1::PlanReport& report) {
  if (report.refusals_size() > kMaxRefusals) {
    return Reject(rejection::kStatus, "PlanReport refuses more than a plan can hold");
  }
  for (const v1::PlanRefusal& refusal : report.refusals()) {
    if (refusal.endpoint().size() > kMaxTextBytes || refusal.reason().size() > kMaxTextBytes ||
        !IsPrintable(refusal.endpoint()) || !IsPrintable(refusal.reason())) {
      return Reject(rejection::kStatus, "PlanReport holds a text that is not printable");
    }
  }
  return std::nullopt;
}

std::optional<Rejection> Validate(const v1::Path& path) {
  const auto bad = [](std::string_view what, std::string_view text) {
    return Reject(rejection::kPath, fmt::format("{} {} is not one", what, Quote(text)));
  };
  if (!IsLabelName(path.location())) return bad("location", path.location());
  if (!IsLabelName(path.endpoint())) return bad("endpoint", path.endpoint());
  if (!IsHost(path.host())) return bad("host", path.host());
  if (!path.address().empty() && !IsAddress(path.address())) return bad("address", path.address());
  if (path.port() < 1 || path.port() > 65535) return bad("port", fmt::to_string(path.port()));
  if (path.protocol() == 0 || !v1::Protocol_IsValid(path.protocol())) {
    return bad("protocol", fmt::to_string(static_cast<int>(path.protocol())));
  }
  if (path.security() == 0 || !v1::Security_IsValid(path.security())) {
    return bad("security", fmt::to_string(static_cast<int>(path.security())));
  }
  return std::nullopt;
}

std::optional<Rejection> Validate(const v1::Outcome& outcome) {
  if (!outcome.has_facts()) return Reject(rejection::kOutcome, "an outcome without facts");
  const std::size_t bytes = outcome.facts().ByteSizeLong();
  if (bytes > kMaxFactsBytes) {
    return Reject(rejection::kOutcome,
                  fmt::format("facts of {} bytes, more than {}", bytes, kMaxFactsBytes));
  }
  const std::string field = FindBadField(outcome.facts());
  if (field.empty()) return std::nullopt;
  return Reject(rejection::kOutcome,
                fmt::format("facts.{} is out of range or not printable", field));
}

std::optional<Rejection> ValidateFrame(const v1::Batch& batch) {
  if (batch.epoch() == 0) return Reject(rejection::kSequence, "a batch without an epoch");
  if (batch.lane() != v1::LANE_LIVE && batch.lane() != v1::LANE_BACKLOG) {
    return Reject(rejection::kSequence, "a batch without a lane");
  }
  if (batch.first_seq() == 0 || batch.first_seq() > kMaxSeq) {
    return Reject(rejection::kSequence,
                  fmt::format("first_seq {} is out of range", batch.first_seq()));
  }
  if (auto rejection = ValidateGaps(batch)) return rejection;
  const std::uint64_t last = LastSeq(batch);
  // The numbers between the gaps are the results'; a last gap behind them would leave a hole.
  const bool hole = !batch.gaps().empty() && batch.gaps().rbegin()->last_seq() > last;
  if (last <= kMaxSeq && !hole) return std::nullopt;
  return Reject(rejection::kSequence,
                fmt::format("{} results and the gaps do not cover {}-{} without a hole",
                            batch.results_size(), batch.first_seq(), last));
}

bool IsSaneResult(const v1::Result& result) {
  const auto& stages = result.stage_us();
  return result.wall_ms() >= 0 && result.wall_ms() <= kMaxWallMs && result.boot_ms() >= 0 &&
         result.boot_ms() <= kMaxBootMs && static_cast<std::size_t>(stages.size()) <= kStageCount &&
         std::all_of(stages.begin(), stages.end(), [](auto us) { return us <= kMaxStageUs; });
}

Rejection DescribeResult(const v1::Result& result) {
  if (static_cast<std::size_t>(result.stage_us_size()) > kStageCount) {
    return Reject(rejection::kResult, fmt::format("{} stages, more than the {} there are",
                                                  result.stage_us_size(), kStageCount));
  }
  return Reject(rejection::kResult,
                fmt::format("an impossible time: wall {} ms, boot {} ms, or a stage of more than "
                            "an hour",
                            result.wall_ms(), result.boot_ms()));
}

std::uint64_t LastSeq(const v1::Batch& batch) {
  std::uint64_t covered = static_cast<std::uint64_t>(batch.results_size());
  for (const v1::Gap& gap : batch.gaps()) covered += gap.last_seq() - gap.first_seq() + 1;
  return batch.first_seq() + covered - 1;
}

}  // namespace relaywatch::collector
