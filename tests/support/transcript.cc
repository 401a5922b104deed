#include "tests/support/transcript.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "common/taxonomy.h"

namespace relaywatch::support {
namespace {

using Kind = TranscriptStep::Kind;

template <typename Value>
using Words = std::map<std::string_view, Value>;

const Words<TranscriptCertificate> kCertificates{
    {"good", TranscriptCertificate::kGood},
    {"expired", TranscriptCertificate::kExpired},
    {"not-yet-valid", TranscriptCertificate::kNotYetValid},
    {"wrong-name", TranscriptCertificate::kWrongName},
    {"self-signed", TranscriptCertificate::kSelfSigned},
    {"untrusted", TranscriptCertificate::kUntrusted},
    {"old-tls-only", TranscriptCertificate::kOldTlsOnly}};
const Words<TranscriptNetwork> kNetworks{{"refused", TranscriptNetwork::kRefused},
                                         {"unreachable", TranscriptNetwork::kUnreachable},
                                         {"full-backlog", TranscriptNetwork::kFullBacklog},
                                         {"no-address", TranscriptNetwork::kNoAddress},
                                         {"dns-silent", TranscriptNetwork::kDnsSilent}};
const Words<Kind> kMarkers{{"TLS", Kind::kTls},
                           {"CLOSE", Kind::kClose},
                           {"RESET", Kind::kReset},
                           {"SILENCE", Kind::kSilence}};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// \r \n \0 \\ and \xHH.
std::optional<std::string> Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    switch (text[i]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case '0':
        out += '\0';
        break;
      case '\\':
        out += '\\';
        break;
      case 'x': {
        unsigned value = 0;
        const char* begin = text.data() + i + 1;
        if (i + 2 >= text.size() || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) {
          return std::nullopt;
        }
        out += static_cast<char>(value);
        i += 2;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}

  absl::StatusOr<Transcript> Read(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    bool in_dialogue = false;
    while (std::getline(lines, line)) {
      ++line_;
      const std::string_view trimmed = Trim(line);
      if (trimmed.starts_with('#')) continue;
      if (trimmed.empty()) {
        in_dialogue = in_dialogue || !transcript_.server.empty();
        continue;
      }
      const bool ok = in_dialogue ? Step(trimmed) : Header(trimmed);
      if (!ok) return Error(fmt::format("cannot be read: {}", trimmed));
    }
    if (transcript_.server.empty()) return Error("no server is named");
    if (transcript_.expected.empty()) return Error("no judgement is expected");
    return std::move(transcript_);
  }

 private:
  absl::Status Error(const std::string& what) const {
    return absl::InvalidArgumentError(fmt::format("{}:{}: {}", name_, line_, what));
  }

  template <typename Value>
  static bool Set(const Words<Value>& words, std::string_view word, Value& value) {
    const auto it = words.find(word);
    if (it == words.end()) return false;
    value = it->second;
    return true;
  }

  template <typename Value>
  static bool Set(std::optional<Value> parsed, Value& value) {
    if (parsed) value = *parsed;
    return parsed.has_value();
  }

  bool Expect(std::string_view value) {
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string profile(Trim(value.substr(0, equals)));
    return transcript_.expected.emplace(profile, Trim(value.substr(equals + 1))).second;
  }

  bool Relay(std::string_view value) {
    transcript_.tests_own = value == "own" || value == "both";
    transcript_.tests_foreign = value == "foreign" || value == "both";
    return transcript_.tests_own || transcript_.tests_foreign;
  }

  bool Login(std::string_view value) {
    transcript_.logs_in = true;
    if (value != "any") transcript_.mechanism = value;
    return !value.empty();
  }

  bool Port(std::string_view value) {
    return std::from_chars(value.data(), value.data() + value.size(), transcript_.port).ptr ==
           value.data() + value.size();
  }

  bool Header(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(colon + 1));
    if (key == "server") transcript_.server = value;
    if (key == "server" || key == "source") return !value.empty();
    if (key == "protocol") return Set(ParseProtocol(value), transcript_.protocol);
    if (key == "port") return Port(value);
    if (key == "security") return Set(ParseSecurity(value), transcript_.security);
    if (key == "relay") return Relay(value);
    if (key == "login") return Login(value);
    if (key == "expect-relay") return Set(ParseRelayExpectation(value), transcript_.expectation);
    if (key == "certificate") return Set(kCertificates, value, transcript_.certificate);
    if (key == "network") return Set(kNetworks, value, transcript_.network);
    if (key == "expect") return Expect(value);
    return false;
  }

  bool Step(std::string_view line) {
    TranscriptStep step{.line = line_};
    if (line.starts_with("S:") || line.starts_with("C:")) {
      step.kind = line[0] == 'S' ? Kind::kServer : Kind::kClient;
      line.remove_prefix(2);
      if (line.starts_with(' ')) line.remove_prefix(1);
      step.text = line;
    } else if (line.starts_with("R: ")) {
      step.kind = Kind::kRaw;
      if (!Set(Unescape(line.substr(3)), step.text)) return false;
    } else if (!Set(kMarkers, line, step.kind)) {
      return false;
    }
    transcript_.steps.push_back(std::move(step));
    return true;
  }

  std::string name_;
  int line_ = 0;
  Transcript transcript_;
};

}  // namespace

absl::StatusOr<Transcript> ParseTranscript(const std::string& text, const std::string& name) {
  return Reader(name).Read(text);
}

absl::StatusOr<Transcript> LoadTranscript(const std::string& file) {
  std::ifstream in(file);
  if (!in) return absl::NotFoundError(file + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return ParseTranscript(text.str(), file);
}

}  // namespace relaywatch::support
