#include "exporters/evidence/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "exporters/text/encoding.h"

namespace purposewatch {
namespace {

constexpr std::string_view kOrigin = "purposewatch/";
constexpr std::uint8_t kEd25519[] = {'\n', 1};  // C2SP signed-note: what stands for this kind of signature

std::string base64(Bytes bytes) {
  std::string text;
  append_base64(text, text_of(bytes));
  return text;
}

template <std::size_t kSize>
std::optional<std::array<std::uint8_t, kSize>> bytes_from_base64(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() != kSize) return std::nullopt;
  std::array<std::uint8_t, kSize> array;
  std::copy(bytes->begin(), bytes->end(), array.begin());
  return array;
}

std::string body_of(const Checkpoint& checkpoint) {
  std::string body =
      fmt::format("{}{}\n{}\n{}\nchain {}\nkey {}\n", kOrigin, checkpoint.host_id, checkpoint.records,
                  base64(checkpoint.root), to_hex(checkpoint.chain), checkpoint.key_number);
  if (checkpoint.next_key) body += "next " + base64(*checkpoint.next_key) + "\n";
  return body;
}

std::string note_of(const Checkpoint& checkpoint, const PublicKey& key, const Signature& signature) {
  const std::string name = std::string(kOrigin) + checkpoint.host_id;
  const Digest key_id = sha256({bytes_of(name), kEd25519, key});
  std::vector<std::uint8_t> blob(key_id.begin(), key_id.begin() + 4);
  blob.insert(blob.end(), signature.begin(), signature.end());
  return body_of(checkpoint) + "\n— " + name + " " + base64(blob) + "\n";
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::string_view> after(std::optional<std::string_view> line, std::string_view prefix) {
  if (!line || line->substr(0, prefix.size()) != prefix) return std::nullopt;
  return line->substr(prefix.size());
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  if (digits.empty() || digits.size() > 19) return std::nullopt;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

std::optional<Digest> digest_of(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(hex[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    digest[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? digit << 4 : digest[i / 2] | digit);
  }
  return digest;
}

struct ParsedNote {
  Checkpoint checkpoint;
  Signature signature{};
};

std::optional<ParsedNote> parse_note(std::string_view note) {
  ParsedNote parsed;
  Checkpoint& checkpoint = parsed.checkpoint;
  std::string_view rest = note;
  const auto host = after(take_line(rest), kOrigin);
  const auto records = take_line(rest);
  const auto root = take_line(rest);
  const auto chain = after(take_line(rest), "chain ");
  const auto number = after(take_line(rest), "key ");
  if (!host || !records || !root || !chain || !number) return std::nullopt;
  checkpoint.host_id = *host;
  const auto parsed_records = number_of(*records), parsed_number = number_of(*number);
  const auto parsed_root = bytes_from_base64<32>(*root);
  const auto parsed_chain = digest_of(*chain);
  if (!parsed_records || !parsed_number || !parsed_root || !parsed_chain) return std::nullopt;
  checkpoint.records = *parsed_records;
  checkpoint.key_number = *parsed_number;
  checkpoint.root = *parsed_root;
  checkpoint.chain = *parsed_chain;
  auto line = take_line(rest);
  if (const auto next = after(line, "next ")) {
    checkpoint.next_key = bytes_from_base64<32>(*next);
    line = take_line(rest);
  }
  const auto signature_line = after(take_line(rest), "— " + std::string(kOrigin) + checkpoint.host_id + " ");
  if (!line || !line->empty() || !signature_line) return std::nullopt;
  const auto blob = bytes_from_base64<4 + 64>(*signature_line);
  if (!blob) return std::nullopt;
  std::copy(blob->begin() + 4, blob->end(), parsed.signature.begin());
  return parsed;
}

}  // namespace

std::string signed_note(const Checkpoint& checkpoint, const SigningKey& key) {
  return note_of(checkpoint, key.public_key(), key.sign(body_of(checkpoint)));
}

std::optional<Checkpoint> read_signed_note(std::string_view note, const PublicKey& key) {
  auto parsed = parse_note(note);
  if (!parsed) return std::nullopt;
  // One text for one checkpoint: nothing can be written differently and still be valid.
  if (note != note_of(parsed->checkpoint, key, parsed->signature)) return std::nullopt;
  if (!is_signature(key, body_of(parsed->checkpoint), parsed->signature)) return std::nullopt;
  return std::move(parsed->checkpoint);
}

std::optional<Checkpoint> read_unverified_note(std::string_view note) {
  auto parsed = parse_note(note);
  if (!parsed) return std::nullopt;
  return std::move(parsed->checkpoint);
}

}  // namespace purposewatch
