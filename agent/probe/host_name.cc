#include "agent/probe/host_name.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <vector>

namespace relaywatch::probe {
namespace {

bool IsDotted(std::string_view name) {
  return name.find('.') != std::string_view::npos && !name.starts_with("localhost");
}

std::vector<std::string> NamesOfLine(const std::string& line) {
  std::istringstream words(line.substr(0, line.find('#')));
  std::string word;
  words >> word;  // the address
  std::vector<std::string> names;
  while (words >> word) names.push_back(word);
  return names;
}

}  // namespace

std::string FullyQualified(std::string_view host_name, std::string_view hosts_file) {
  if (host_name.empty() || IsDotted(host_name)) return std::string(host_name);
  std::istringstream lines{std::string(hosts_file)};
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> names = NamesOfLine(line);
    if (std::find(names.begin(), names.end(), host_name) == names.end()) continue;
    const auto dotted = std::find_if(names.begin(), names.end(), IsDotted);
    if (dotted != names.end()) return *dotted;
  }
  return {};
}

std::string HostFqdn() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return {};
  std::ostringstream hosts;
  hosts << std::ifstream("/etc/hosts").rdbuf();
  return FullyQualified(name.data(), hosts.str());
}

std::string AddressLiteral(const std::string& address) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  // A scope ("%eth0") means nothing to the other side.
  return (is_ipv6 ? "[IPv6:" : "[") + address.substr(0, address.find('%')) + "]";
}

}  // namespace relaywatch::probe
