#include "collector/detect/change.h"

namespace relaywatch::collector::detect {

std::string_view Label(TrackId track) {
  switch (track) {
    case TrackId::kServed:
      return "served";
    case TrackId::kLogin:
      return "login";
    case TrackId::kCertificate:
      return "certificate";
  }
  return "";
}

std::string_view Label(ChangeState state) {
  switch (state) {
    case ChangeState::kProbable:
      return "probable";
    case ChangeState::kConfirmed:
      return "confirmed";
    case ChangeState::kCancelled:
      return "cancelled";
  }
  return "";
}

}  // namespace relaywatch::collector::detect
