#include "agent/flow/counted_file.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/files/whole_file.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBytesMax = std::size_t{256} << 20;  // of a million clients with long names

// Names of clients are bytes, and JSON has only text: so each byte is the character of its number.
std::string as_text(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    if (number < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xc0 | number >> 6);
      text += static_cast<char>(0x80 | (number & 0x3f));
    }
  }
  return text;
}

std::string as_bytes(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first >= 0x80 && i + 1 < text.size())
      bytes += static_cast<char>((first & 0x03) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
    else
      bytes += text[i];
  }
  return bytes;
}

}  // namespace

Result<std::vector<Limits::Counted>> read_counted(const std::string& path) {
  std::vector<Limits::Counted> all;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return all;
  const auto text = read_whole_file(path, kBytesMax);
  if (!text) return tl::unexpected(text.error());
  try {
    for (const Json& json : Json::parse(*text)) {
      Limits::Counted one;
      one.key = as_bytes(json.at("key"));
      for (const Json& client : json.at("clients"))
        one.clients.emplace_back(as_bytes(client.at(0)), client.at(1).get<std::int64_t>());
      json.at("accesses").get_to(one.accesses);
      json.at("days").get_to(one.days);
      all.push_back(std::move(one));
    }
  } catch (const Json::exception& problem) {
    return fail(path + ": " + problem.what());
  }
  return all;
}

Result<void> write_counted(const std::string& path, const std::vector<Limits::Counted>& all) {
  Json json = Json::array();
  for (const Limits::Counted& one : all) {
    Json clients = Json::array();
    for (const auto& [client, wall_ns] : one.clients) clients.push_back({as_text(client), wall_ns});
    json.push_back({{"key", as_text(one.key)},
                    {"clients", std::move(clients)},
                    {"accesses", one.accesses},
                    {"days", one.days}});
  }
  return write_whole_file(path, json.dump(-1, ' ', true) + "\n");
}

}  // namespace purposewatch
