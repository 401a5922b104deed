#include "tests/unit/judge/reply_cases.h"

#include <string>

namespace relaywatch::judge {

v1::Reply MakeReply(const ReplyCase& test) {
  v1::Reply reply;
  reply.set_code(static_cast<std::uint32_t>(test.code));
  reply.set_enhanced(std::string(test.enhanced));
  reply.set_text(std::string(test.text));
  return reply;
}

ReplyContext MakeContext(const ReplyCase& test) {
  return {.stage = test.stage,
          .auth_offered = test.around != Around::kPlain,
          .after_login = test.around == Around::kAfterLogin,
          .own_recipient_passed = test.around == Around::kOwnPassed};
}

}  // namespace relaywatch::judge
