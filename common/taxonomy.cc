#include "common/taxonomy.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace relaywatch {
namespace {

// The labels of one enum, by value. Enum names come from the schema, so that a new value has its
// label without another list to keep.
class LabelTable {
 public:
  LabelTable(const google::protobuf::EnumDescriptor& descriptor, std::string_view prefix,
             std::string_view unspecified) {
    for (int i = 0; i < descriptor.value_count(); ++i) {
      const auto& value = *descriptor.value(i);
      std::string label = value.name().substr(prefix.size());
      std::transform(label.begin(), label.end(), label.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (value.number() == 0) label = unspecified;
      const auto number = static_cast<std::size_t>(value.number());
      if (labels_.size() <= number) labels_.resize(number + 1);
      labels_[number] = std::move(label);
    }
  }

  std::string_view Of(int value) const {
    const auto number = static_cast<std::size_t>(value);
    return number < labels_.size() ? std::string_view(labels_[number]) : "unknown";
  }

  int Find(std::string_view label) const {  // -1: nobody's
    if (label.empty()) return -1;
    const auto it = std::find(labels_.begin(), labels_.end(), label);
    return it == labels_.end() ? -1 : static_cast<int>(it - labels_.begin());
  }

 private:
  std::vector<std::string> labels_;
};

template <typename Enum>
const LabelTable& Table(std::string_view prefix, std::string_view unspecified = "") {
  static const LabelTable table(*google::protobuf::GetEnumDescriptor<Enum>(), prefix, unspecified);
  return table;
}

const LabelTable& Protocols() { return Table<v1::Protocol>("PROTOCOL_"); }
const LabelTable& Securities() { return Table<v1::Security>("SECURITY_"); }
const LabelTable& Verdicts() { return Table<v1::Verdict>("VERDICT_"); }
const LabelTable& Expectations() { return Table<v1::RelayExpectation>("RELAY_EXPECTATION_"); }

template <typename Enum>
std::optional<Enum> Parse(const LabelTable& table, std::string_view label) {
  const int value = table.Find(label);
  if (value < 0) return std::nullopt;
  return static_cast<Enum>(value);
}

}  // namespace

std::string_view Label(v1::Protocol value) { return Protocols().Of(value); }
std::string_view Label(v1::Security value) { return Securities().Of(value); }
std::string_view Label(v1::Stage value) { return Table<v1::Stage>("STAGE_").Of(value); }
std::string_view Label(v1::Verdict value) { return Verdicts().Of(value); }
std::string_view Label(v1::Ending value) { return Table<v1::Ending>("ENDING_").Of(value); }
std::string_view Label(v1::Failure value) { return Table<v1::Failure>("FAILURE_").Of(value); }
std::string_view Label(v1::VerifyError value) {
  return Table<v1::VerifyError>("VERIFY_ERROR_").Of(value);
}
std::string_view Label(v1::RelayExpectation value) { return Expectations().Of(value); }
std::string_view Label(v1::CellState value) {
  return Table<v1::CellState>("CELL_STATE_", "untested").Of(value);
}
std::string_view Label(v1::LoginState value) {
  return Table<v1::LoginState>("LOGIN_STATE_", "untested").Of(value);
}
std::string_view Label(v1::BlindAuthState value) {
  return Table<v1::BlindAuthState>("BLIND_AUTH_STATE_", "untested").Of(value);
}

std::optional<v1::Protocol> ParseProtocol(std::string_view label) {
  return Parse<v1::Protocol>(Protocols(), label);
}
std::optional<v1::Security> ParseSecurity(std::string_view label) {
  return Parse<v1::Security>(Securities(), label);
}
std::optional<v1::Verdict> ParseVerdict(std::string_view label) {
  return Parse<v1::Verdict>(Verdicts(), label);
}
std::optional<v1::RelayExpectation> ParseRelayExpectation(std::string_view label) {
  return Parse<v1::RelayExpectation>(Expectations(), label);
}

}  // namespace relaywatch
