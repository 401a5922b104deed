// Strict reading of a YAML configuration: every key is asked for by name and type, and whatever was
// not asked for is an error. Problems are collected, so that one run tells them all, each with
// file, line and the key's path: "collector.yaml:12: endpoints[0].services[1].port: 70000 is not in
// 1-65535".
//
//   auto document = yaml::Document::Load(path);          // unreadable file, broken syntax
//   yaml::Map root = document->Root();
//   config.interval = root.Duration("interval", 60s, {.min = 5s, .max = 24h});
//   root.RejectOthers();
//   return document->Result();                           // InvalidArgument with every problem
//
// Reading a key of the wrong type yields the default and a problem, so callers read straight on and
// look at Result() once. Confined to one thread; Maps must not outlive their Document.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace YAML {
class Node;
}

namespace relaywatch::yaml {

struct DurationRange {
  std::chrono::milliseconds min{0};
  std::chrono::milliseconds max{std::chrono::hours(24 * 365)};
};

struct IntegerRange {
  std::int64_t min = 0;
  std::int64_t max = INT64_MAX;
};

class Problems;

// One mapping of the document.
class Map {
 public:
  Map(std::unique_ptr<YAML::Node> node, std::string path, Problems& problems);
  Map(Map&&) noexcept;
  Map& operator=(Map&&) = delete;
  ~Map();

  bool Has(std::string_view key) const;

  // A missing key is a problem and yields "".
  std::string RequiredString(std::string_view key);
  std::string String(std::string_view key, std::string fallback = "");
  bool Bool(std::string_view key, bool fallback);
  std::int64_t Integer(std::string_view key, std::int64_t fallback, IntegerRange range = {});
  // "250ms", "60s", "5m", "1h", "7d"; a number without a unit is a problem.
  std::chrono::milliseconds Duration(std::string_view key, std::chrono::milliseconds fallback,
                                     DurationRange range = {});
  std::vector<std::string> Strings(std::string_view key);

  // The mapping under a key; nullopt where the key is missing.
  std::optional<Map> Child(std::string_view key);
  // The mappings of a list; empty where the key is missing.
  std::vector<Map> Children(std::string_view key);
  // The keys of this mapping in the document's order, for mappings whose keys are names.
  std::vector<std::string> Keys() const;

  // Reports a problem of the caller's own at a key (or, with "", at the mapping itself).
  void Complain(std::string_view key, std::string_view what);

  // Every key that was never asked for is a problem, with the nearest known key as a hint.
  void RejectOthers();

 private:
  YAML::Node Take(std::string_view key);
  std::string PathOf(std::string_view key) const;

  std::unique_ptr<YAML::Node> node_;
  std::string path_;
  Problems* problems_;
  std::set<std::string, std::less<>> asked_;
};

class Document {
 public:
  // NotFound or PermissionDenied for a file that cannot be read, InvalidArgument for broken YAML.
  static absl::StatusOr<Document> Load(const std::string& file);
  // The same from a text; `name` stands for the file in messages.
  static absl::StatusOr<Document> Parse(const std::string& text, const std::string& name);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Map Root();
  // OK, or InvalidArgument with one problem a line.
  absl::Status Result() const;

 private:
  Document(std::unique_ptr<YAML::Node> root, std::unique_ptr<Problems> problems);

  std::unique_ptr<YAML::Node> root_;
  std::unique_ptr<Problems> problems_;
};

// "90s" and its kin; nullopt for anything else. Also the CLI's --timeout.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

}  // namespace relaywatch::yaml
