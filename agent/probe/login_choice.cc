#include "agent/probe/login_choice.h"

#include <algorithm>

#include "agent/probe/sasl.h"

namespace relaywatch::probe {
namespace {

constexpr const char* kCommand = "LOGIN";  // what a command is called

bool Has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

LoginChoice Command() { return {.mechanisms = {kCommand}, .by_command = true}; }

}  // namespace

LoginChoice ChooseLogin(const std::string& wanted, const std::vector<std::string>& offered,
                        bool has_command) {
  if (!wanted.empty()) {
    if (Has(offered, wanted)) return {.mechanisms = {wanted}};
    if (wanted == kCommand && has_command) return Command();
    return {.obstacle = wanted + " is not offered"};
  }
  LoginChoice choice;
  for (const std::string_view mechanism : PasswordMechanisms()) {
    if (Has(offered, mechanism)) choice.mechanisms.emplace_back(mechanism);
  }
  if (!choice.mechanisms.empty()) return choice;
  if (has_command) return Command();
  choice.obstacle =
      offered.empty() ? "no mechanism is offered" : "no mechanism for a password is offered";
  return choice;
}

}  // namespace relaywatch::probe
