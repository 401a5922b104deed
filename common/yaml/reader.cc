#include "common/yaml/reader.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/file.h"

namespace relaywatch::yaml {

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void Add(const YAML::Mark& mark, std::string_view path, std::string_view what) {
    const int line = mark.is_null() ? 1 : mark.line + 1;
    problems_.push_back(
        {line, fmt::format("{}:{}: {}{}{}", file_, line, path, path.empty() ? "" : ": ", what)});
  }

  absl::Status Result() const {
    if (problems_.empty()) return absl::OkStatus();
    auto sorted = problems_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string all;
    for (const auto& [line, text] : sorted) all += (all.empty() ? "" : "\n") + text;
    return absl::InvalidArgumentError(all);
  }

 private:
  std::string file_;
  std::vector<std::pair<int, std::string>> problems_;
};

namespace {

// Edit distance, to name the key that was probably meant.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string FormatDuration(std::chrono::milliseconds value) {
  const auto ms = value.count();
  if (ms % 86'400'000 == 0 && ms != 0) return fmt::format("{}d", ms / 86'400'000);
  if (ms % 3'600'000 == 0 && ms != 0) return fmt::format("{}h", ms / 3'600'000);
  if (ms % 1000 == 0) return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

bool IsWritten(const YAML::Node& node) { return node.IsDefined() && !node.IsNull(); }

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t ms;
  };
  static constexpr std::array<Unit, 5> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& known : kUnits) {
    if (unit != known.name) continue;
    if (count > INT64_MAX / 1'000'000 / known.ms) return std::nullopt;  // would overflow downstream
    return std::chrono::milliseconds(count * known.ms);
  }
  return std::nullopt;
}

Map::Map(std::unique_ptr<YAML::Node> node, std::string path, Problems& problems)
    : node_(std::move(node)), path_(std::move(path)), problems_(&problems) {
  if (!IsWritten(*node_) || node_->IsMap()) return;
  problems_->Add(node_->Mark(), path_, "must be a mapping");
  *node_ = YAML::Node(YAML::NodeType::Map);
}
Map::Map(Map&&) noexcept = default;
Map::~Map() = default;

bool Map::Has(std::string_view key) const {
  return node_->IsMap() && IsWritten(std::as_const(*node_)[std::string(key)]);
}

std::string Map::PathOf(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

YAML::Node Map::Take(std::string_view key) {
  asked_.emplace(key);
  if (!Has(key)) return YAML::Node(YAML::NodeType::Undefined);
  return std::as_const(*node_)[std::string(key)];
}

std::string Map::RequiredString(std::string_view key) {
  if (!Has(key)) {
    asked_.emplace(key);
    Complain("", fmt::format("the key \"{}\" is missing", key));
    return "";
  }
  std::string value = String(key);
  if (value.empty() && std::as_const(*node_)[std::string(key)].IsScalar()) {
    Complain(key, "must not be empty");
  }
  return value;
}

std::string Map::String(std::string_view key, std::string fallback) {
  const YAML::Node node = Take(key);
  if (!node.IsDefined()) return fallback;
  if (!node.IsScalar()) {
    Complain(key, "must be a text");
    return fallback;
  }
  return node.Scalar();
}

bool Map::Bool(std::string_view key, bool fallback) {
  const YAML::Node node = Take(key);
  if (!node.IsDefined()) return fallback;
  if (node.IsScalar() && node.Scalar() == "true") return true;
  if (node.IsScalar() && node.Scalar() == "false") return false;
  Complain(key, "must be true or false");
  return fallback;
}

std::int64_t Map::Integer(std::string_view key, std::int64_t fallback, IntegerRange range) {
  const YAML::Node node = Take(key);
  if (!node.IsDefined()) return fallback;
  std::int64_t value = 0;
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    Complain(key, text.empty() ? "must be a whole number"
                               : fmt::format("\"{}\" is not a whole number", text));
    return fallback;
  }
  if (value < range.min || value > range.max) {
    Complain(key, fmt::format("{} is not in {}-{}", value, range.min, range.max));
    return fallback;
  }
  return value;
}

std::chrono::milliseconds Map::Duration(std::string_view key, std::chrono::milliseconds fallback,
                                        DurationRange range) {
  const YAML::Node node = Take(key);
  if (!node.IsDefined()) return fallback;
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  const auto value = ParseDuration(text);
  if (!value) {
    Complain(key, fmt::format("\"{}\" is not a duration such as 500ms, 60s, 5m, 1h or 7d", text));
    return fallback;
  }
  if (*value < range.min || *value > range.max) {
    Complain(key, fmt::format("{} is not in {}-{}", text, FormatDuration(range.min),
                              FormatDuration(range.max)));
    return fallback;
  }
  return *value;
}

std::vector<std::string> Map::Strings(std::string_view key) {
  const YAML::Node node = Take(key);
  std::vector<std::string> values;
  if (!node.IsDefined()) return values;
  if (!node.IsSequence()) {
    Complain(key, "must be a list");
    return values;
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node[i].IsScalar()) {
      values.push_back(node[i].Scalar());
    } else {
      problems_->Add(node[i].Mark(), fmt::format("{}[{}]", PathOf(key), i), "must be a text");
    }
  }
  return values;
}

std::optional<Map> Map::Child(std::string_view key) {
  const YAML::Node node = Take(key);
  if (!node.IsDefined()) return std::nullopt;
  return Map(std::make_unique<YAML::Node>(node), PathOf(key), *problems_);
}

std::vector<Map> Map::Children(std::string_view key) {
  const YAML::Node node = Take(key);
  std::vector<Map> children;
  if (!node.IsDefined()) return children;
  if (!node.IsSequence()) {
    Complain(key, "must be a list");
    return children;
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    children.emplace_back(std::make_unique<YAML::Node>(node[i]),
                          fmt::format("{}[{}]", PathOf(key), i), *problems_);
  }
  return children;
}

std::vector<std::string> Map::Keys() const {
  std::vector<std::string> keys;
  if (!node_->IsMap()) return keys;
  for (const auto& entry : *node_) {
    if (entry.first.IsScalar()) keys.push_back(entry.first.Scalar());
  }
  return keys;
}

void Map::Complain(std::string_view key, std::string_view what) {
  const YAML::Mark mark =
      !key.empty() && Has(key) ? std::as_const(*node_)[std::string(key)].Mark() : node_->Mark();
  problems_->Add(mark, PathOf(key), what);
}

void Map::RejectOthers() {
  if (!node_->IsMap()) return;
  std::set<std::string> seen;
  for (const auto& entry : *node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    if (!seen.insert(key).second) {
      problems_->Add(entry.first.Mark(), PathOf(key), "is written twice");
    } else if (!asked_.contains(key)) {
      const auto nearest = std::min_element(
          asked_.begin(), asked_.end(),
          [&](const auto& a, const auto& b) { return Distance(key, a) < Distance(key, b); });
      const bool close = nearest != asked_.end() && Distance(key, *nearest) <= 2;
      problems_->Add(
          entry.first.Mark(), PathOf(key),
          close ? fmt::format("unknown key (did you mean \"{}\"?)", *nearest) : "unknown key");
    }
  }
}

Document::Document(std::unique_ptr<YAML::Node> root, std::unique_ptr<Problems> problems)
    : root_(std::move(root)), problems_(std::move(problems)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

absl::StatusOr<Document> Document::Load(const std::string& file) {
  auto text = ReadFile(file);
  if (!text.ok()) return text.status();
  return Parse(*text, file);
}

absl::StatusOr<Document> Document::Parse(const std::string& text, const std::string& name) {
  try {
    auto root = std::make_unique<YAML::Node>(YAML::Load(text));
    return Document(std::move(root), std::make_unique<Problems>(name));
  } catch (const YAML::ParserException& error) {
    return absl::InvalidArgumentError(
        fmt::format("{}:{}: {}", name, error.mark.line + 1, error.msg));
  }
}

Map Document::Root() { return {std::make_unique<YAML::Node>(*root_), "", *problems_}; }

absl::Status Document::Result() const { return problems_->Result(); }

}  // namespace relaywatch::yaml
