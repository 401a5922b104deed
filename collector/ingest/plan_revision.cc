#include "collector/ingest/plan_revision.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <charconv>
#include <string>

namespace relaywatch::collector {
namespace {

constexpr const char* kRevision = "plan_revision";
constexpr const char* kContent = "plan_content";

std::string ContentOf(v1::Plan plan) {
  plan.clear_revision();
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  plan.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// As text, for people who look into the store; the bytes may hold what SQL text cannot.
std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const unsigned char c : bytes) hex += fmt::format("{:02x}", c);
  return hex;
}

}  // namespace

absl::StatusOr<std::uint64_t> TakeRevision(v1::Plan plan, Store& store) {
  const std::string content = Hex(ContentOf(std::move(plan)));
  const auto known_content = store.ReadMeta(kContent);
  if (!known_content.ok()) return known_content.status();
  const auto known_revision = store.ReadMeta(kRevision);
  if (!known_revision.ok()) return known_revision.status();
  std::uint64_t revision = 0;
  std::from_chars(known_revision->data(), known_revision->data() + known_revision->size(),
                  revision);
  if (revision != 0 && *known_content == content) return revision;
  ++revision;
  CommitSet set;
  set.meta.emplace_back(kRevision, fmt::to_string(revision));
  set.meta.emplace_back(kContent, content);
  if (auto committed = store.Commit(set); !committed.ok()) return committed;
  return revision;
}

}  // namespace relaywatch::collector
