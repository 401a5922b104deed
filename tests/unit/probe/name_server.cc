#include "tests/unit/probe/name_server.h"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/ip/address.hpp>

namespace relaywatch::probe {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr char kTypeA = 1;
constexpr char kTypeMx = 15;
constexpr char kTypeAaaa = 28;
constexpr char kTypeSrv = 33;

std::string Record(char type, const std::string& data) {
  using namespace std::string_literals;
  std::string record = "\xc0\x0c"s;                    // the name of the question
  record += "\0"s + type + "\0\x01"s + "\0\0\0\x3c"s;  // type, class IN, 60 s
  return record + '\0' + static_cast<char>(data.size()) + data;
}

std::string Bytes(const asio::ip::address& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = address.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

std::string Bytes(std::uint16_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
}

// Labels, each behind its length, and the root; an empty name is the root alone.
std::string Bytes(std::string_view name) {
  std::string bytes;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes += static_cast<char>(label.size());
    bytes += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  return bytes + '\0';
}

}  // namespace

NameServer::NameServer(asio::io_context& io, ZoneAnswer answer)
    : socket_(io, {asio::ip::make_address("127.0.0.1"), 0}), answer_(std::move(answer)) {
  Receive();
}

std::string NameServer::Address() const {
  return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
}

void NameServer::Receive() {
  socket_.async_receive_from(asio::buffer(buffer_), client_,
                             [this](const std::error_code& error, std::size_t size) {
                               if (error) return;
                               ++questions_;
                               if (!answer_.silent && size > kHeaderBytes) {
                                 const std::string reply = Reply({buffer_.data(), size});
                                 socket_.send_to(asio::buffer(reply), client_);
                               }
                               Receive();
                             });
}

std::string NameServer::Reply(std::string_view question) const {
  const std::size_t name_end = question.find('\0', kHeaderBytes);
  const std::string_view asked = question.substr(kHeaderBytes, name_end + 5 - kHeaderBytes);
  const char type = question[name_end + 2];
  const std::vector<std::string> records = RecordsOf(type);
  std::string reply(question.substr(0, 2));
  reply += "\x81";  // a reply, recursion desired
  reply += static_cast<char>(0x80 | static_cast<char>(answer_.rcode));
  reply += std::string("\0\x01\0", 3) + static_cast<char>(records.size()) + std::string(4, '\0');
  reply += asked;
  for (const std::string& record : records) reply += record;
  return reply;
}

std::vector<std::string> NameServer::RecordsOf(char type) const {
  std::vector<std::string> records;
  for (const std::string& text : answer_.addresses) {
    const auto address = asio::ip::make_address(text);
    if (type == (address.is_v4() ? kTypeA : kTypeAaaa))
      records.push_back(Record(type, Bytes(address)));
  }
  for (const ServiceRecord& srv : answer_.services) {
    if (type != kTypeSrv) break;
    records.push_back(Record(type, Bytes(srv.priority) + Bytes(srv.weight) + Bytes(srv.port) +
                                       Bytes(std::string_view(srv.target))));
  }
  for (const ExchangerRecord& mx : answer_.exchangers) {
    if (type != kTypeMx) break;
    records.push_back(Record(type, Bytes(mx.preference) + Bytes(std::string_view(mx.host))));
  }
  return records;
}

}  // namespace relaywatch::probe
