#include "collector/serve/http_questions.h"

#include <absl/strings/numbers.h>
#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "collector/query/times.h"
#include "common/yaml/reader.h"

namespace relaywatch::collector {
namespace {

absl::Status Wrong(std::string_view name, std::string_view value, std::string_view expected) {
  return absl::InvalidArgumentError(
      fmt::format("parameter {}: \"{}\" is not {}", name, value, expected));
}

absl::Status ReadTime(std::string_view name, const std::string& value,
                      google::protobuf::Timestamp& time) {
  absl::Time parsed;
  if (!absl::ParseTime(absl::RFC3339_full, value, &parsed, nullptr) || parsed < absl::UnixEpoch() ||
      parsed > absl::FromUnixSeconds(253'402'300'799)) {
    return Wrong(name, value, "a time such as 2026-11-22T22:46:00Z");
  }
  SetMs(time, absl::ToUnixMillis(parsed));
  return absl::OkStatus();
}

absl::Status ReadNumber(std::string_view name, const std::string& value, std::uint32_t& number) {
  return absl::SimpleAtoi(value, &number) ? absl::OkStatus() : Wrong(name, value, "a whole number");
}

// What every question may hold; each uses its own part of it.
struct Parts {
  v1::Filter filter;
  v1::Page page;
  std::optional<google::protobuf::Timestamp> at;
  std::optional<google::protobuf::Duration> step;
  std::vector<std::string> kinds;
};

absl::Status ReadPart(const std::string& name, const std::string& value, Parts& parts) {
  v1::Filter& filter = parts.filter;
  if (name == "location") return filter.add_locations(value), absl::OkStatus();
  if (name == "endpoint") return filter.add_endpoints(value), absl::OkStatus();
  if (name == "profile") return filter.add_profiles(value), absl::OkStatus();
  if (name == "agent") return filter.add_agents(value), absl::OkStatus();
  if (name == "kind") return parts.kinds.push_back(value), absl::OkStatus();
  if (name == "page") return parts.page.set_token(value), absl::OkStatus();
  if (name == "since") return ReadTime(name, value, *filter.mutable_since());
  if (name == "until") return ReadTime(name, value, *filter.mutable_until());
  if (name == "at") return ReadTime(name, value, parts.at.emplace());
  std::uint32_t number = 0;
  if (name == "step") {
    const auto step = yaml::ParseDuration(value);
    if (!step) return Wrong(name, value, "a duration such as 5m");
    parts.step.emplace().set_seconds(step->count() / 1000);
    return absl::OkStatus();
  }
  if (auto read = ReadNumber(name, value, number); !read.ok()) return read;
  if (name == "port") filter.add_ports(number);
  if (name == "limit") parts.page.set_limit(number);
  return absl::OkStatus();
}

absl::StatusOr<Parts> Read(const HttpParameters& parameters,
                           std::initializer_list<std::string_view> allowed) {
  Parts parts;
  for (const auto& [name, value] : parameters) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      return absl::InvalidArgumentError(fmt::format("parameter {}: unknown here", name));
    }
    if (auto read = ReadPart(name, value, parts); !read.ok()) return read;
  }
  return parts;
}

}  // namespace

absl::StatusOr<v1::MatrixRequest> MatrixQuestion(const HttpParameters& parameters) {
  auto parts = Read(parameters, {"location", "endpoint", "port", "profile", "at", "limit", "page"});
  if (!parts.ok()) return parts.status();
  v1::MatrixRequest request;
  *request.mutable_filter() = std::move(parts->filter);
  *request.mutable_page() = std::move(parts->page);
  if (parts->at) *request.mutable_at() = *parts->at;
  return request;
}

absl::StatusOr<v1::HistoryRequest> HistoryQuestion(const HttpParameters& parameters) {
  auto parts = Read(parameters, {"location", "endpoint", "port", "profile", "agent", "since",
                                 "until", "step", "limit", "page"});
  if (!parts.ok()) return parts.status();
  v1::HistoryRequest request;
  *request.mutable_filter() = std::move(parts->filter);
  *request.mutable_page() = std::move(parts->page);
  if (parts->step) *request.mutable_step() = *parts->step;
  return request;
}

absl::StatusOr<v1::ChangesRequest> ChangesQuestion(const HttpParameters& parameters) {
  auto parts = Read(parameters, {"location", "endpoint", "port", "agent", "since", "until", "kind",
                                 "limit", "page"});
  if (!parts.ok()) return parts.status();
  v1::ChangesRequest request;
  *request.mutable_filter() = std::move(parts->filter);
  for (std::string& kind : parts->kinds) request.add_kinds(std::move(kind));
  request.set_limit(parts->page.limit());
  request.set_page_token(parts->page.token());
  return request;
}

absl::StatusOr<v1::CompareRequest> CompareQuestion(const HttpParameters& parameters) {
  auto parts = Read(parameters, {"location", "endpoint", "port", "profile", "at"});
  if (!parts.ok()) return parts.status();
  v1::CompareRequest request;
  request.mutable_locations()->Swap(parts->filter.mutable_locations());
  *request.mutable_filter() = std::move(parts->filter);
  if (parts->at) *request.mutable_at() = *parts->at;
  return request;
}

absl::StatusOr<v1::ExplainRequest> ExplainQuestion(const HttpParameters& parameters) {
  auto parts = Read(parameters, {"location", "endpoint", "port", "profile", "agent", "at"});
  if (!parts.ok()) return parts.status();
  const v1::Filter& filter = parts->filter;
  if (filter.locations_size() != 1 || filter.endpoints_size() != 1 || filter.ports_size() != 1) {
    return absl::InvalidArgumentError("name one location, one endpoint and one port");
  }
  v1::ExplainRequest request;
  request.set_location(filter.locations(0));
  request.set_endpoint(filter.endpoints(0));
  request.set_port(filter.ports(0));
  *request.mutable_profiles() = filter.profiles();
  *request.mutable_agents() = filter.agents();
  if (parts->at) *request.mutable_at() = *parts->at;
  return request;
}

}  // namespace relaywatch::collector
