#include "collector/serve/web_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "common/yaml/reader.h"

namespace relaywatch::collector {
namespace {

template <typename Value>
struct Word {
  std::string_view text;
  Value value;
};

constexpr Word<ClientAuth> kClientAuths[] = {
    {"NoClientCert", ClientAuth::kNoClientCert},
    {"RequestClientCert", ClientAuth::kRequestClientCert},
    {"RequireAnyClientCert", ClientAuth::kRequireAnyClientCert},
    {"VerifyClientCertIfGiven", ClientAuth::kVerifyClientCertIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerifyClientCert},
};
constexpr Word<TlsVersion> kVersions[] = {{"TLS12", TlsVersion::k12}, {"TLS13", TlsVersion::k13}};

template <typename Value, std::size_t count>
Value ReadWord(yaml::Map& map, std::string_view key, const Word<Value> (&words)[count],
               Value fallback) {
  const std::string text = map.String(key);
  if (text.empty()) return fallback;
  for (const auto& word : words) {
    if (word.text == text) return word.value;
  }
  std::string known;
  for (const auto& word : words) known += fmt::format("{}{}", known.empty() ? "" : ", ", word.text);
  map.Complain(key, fmt::format("\"{}\" is none of {}", text, known));
  return fallback;
}

bool AsksForVerification(ClientAuth auth) {
  return auth == ClientAuth::kVerifyClientCertIfGiven ||
         auth == ClientAuth::kRequireAndVerifyClientCert;
}

WebTls ReadTls(yaml::Map& map) {
  WebTls tls;
  tls.cert_file = map.RequiredString("cert_file");
  tls.key_file = map.RequiredString("key_file");
  tls.client_ca_file = map.String("client_ca_file");
  tls.client_auth = ReadWord(map, "client_auth_type", kClientAuths, ClientAuth::kNoClientCert);
  tls.min_version = ReadWord(map, "min_version", kVersions, TlsVersion::k12);
  tls.max_version = ReadWord(map, "max_version", kVersions, TlsVersion::k13);
  if (tls.max_version < tls.min_version) map.Complain("max_version", "is below min_version");
  if (AsksForVerification(tls.client_auth) && tls.client_ca_file.empty()) {
    map.Complain("client_auth_type", "needs client_ca_file, to verify by");
  }
  if (!tls.client_ca_file.empty() && !AsksForVerification(tls.client_auth)) {
    map.Complain("client_ca_file", "is of no use with this client_auth_type");
  }
  map.RejectOthers();
  return tls;
}

// "$2y$10$" and 53 characters: crypt(5), bcrypt.
bool IsBcrypt(std::string_view hash) {
  return hash.size() == 60 &&
         (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$"));
}

std::map<std::string, std::string> ReadUsers(yaml::Map& map) {
  std::map<std::string, std::string> users;
  for (const std::string& name : map.Keys()) {
    std::string hash = map.String(name);
    if (name.find(':') != std::string::npos) map.Complain(name, "a user's name has no \":\"");
    if (!IsBcrypt(hash)) {
      map.Complain(name, "is no bcrypt hash; make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n'");
    }
    users.emplace(name, std::move(hash));
  }
  return users;
}

}  // namespace

absl::StatusOr<WebConfig> LoadWebConfig(const std::string& file) {
  auto document = yaml::Document::Load(file);
  if (!document.ok()) return document.status();
  WebConfig config;
  yaml::Map root = document->Root();
  if (auto tls = root.Child("tls_server_config")) config.tls = ReadTls(*tls);
  if (auto users = root.Child("basic_auth_users")) config.users = ReadUsers(*users);
  root.RejectOthers();
  if (auto result = document->Result(); !result.ok()) return result;
  if (!config.tls) return config;
  const auto base = std::filesystem::absolute(file).parent_path();
  WebTls& tls = *config.tls;
  for (std::string* path : {&tls.cert_file, &tls.key_file, &tls.client_ca_file}) {
    if (!path->empty()) *path = (base / *path).lexically_normal();
  }
  return config;
}

}  // namespace relaywatch::collector
