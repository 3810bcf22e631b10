#include "exporters/evidence/record.h"

#include <algorithm>
#include <cstring>

#include "exporters/evidence/checksum.h"
#include "exporters/evidence/little_endian.h"

namespace purposewatch {
namespace {

constexpr std::uint8_t kFrameMagic[4] = {'P', 'W', 'R', 'C'};
constexpr std::size_t kCrcAt = 4, kHashedAt = 8, kChainAt = 128;

template <std::size_t kSize>
std::array<std::uint8_t, kSize> array_at(const std::uint8_t* at) {
  std::array<std::uint8_t, kSize> bytes;
  std::memcpy(bytes.data(), at, kSize);
  return bytes;
}

std::uint32_t part_bytes(const std::string& text) {
  return text.empty() ? 0 : static_cast<std::uint32_t>(kSaltBytes + text.size());
}

}  // namespace

Frame append_record(std::string& out, const RecordDraft& draft, std::uint64_t sequence, const BootId& boot_id,
                    const Digest& previous_chain, std::span<const std::uint8_t, 2 * kSaltBytes> salts) {
  Frame frame{.sequence = sequence,
              .boot_ns = draft.boot_ns,
              .wall_ns = draft.wall_ns,
              .boot_id = boot_id,
              .kind = draft.kind,
              .retention = draft.retention,
              .open_bytes = part_bytes(draft.open),
              .personal_bytes = part_bytes(draft.personal)};
  const Bytes open_salt = salts.first<kSaltBytes>(), personal_salt = salts.last<kSaltBytes>();
  if (frame.open_bytes > 0) frame.open_digest = sha256({open_salt, bytes_of(draft.open)});
  if (frame.personal_bytes > 0) frame.personal_digest = sha256({personal_salt, bytes_of(draft.personal)});

  std::array<std::uint8_t, kFrameBytes> bytes{};
  std::copy(std::begin(kFrameMagic), std::end(kFrameMagic), bytes.begin());
  put_number(&bytes[8], frame.sequence);
  put_number(&bytes[16], frame.boot_ns);
  put_number(&bytes[24], frame.wall_ns);
  std::copy(boot_id.begin(), boot_id.end(), &bytes[32]);
  put_number(&bytes[48], static_cast<std::uint16_t>(frame.kind));
  put_number(&bytes[50], static_cast<std::uint16_t>(frame.retention));
  put_number(&bytes[52], frame.open_bytes);
  put_number(&bytes[56], frame.personal_bytes);
  std::copy(frame.open_digest.begin(), frame.open_digest.end(), &bytes[64]);
  std::copy(frame.personal_digest.begin(), frame.personal_digest.end(), &bytes[96]);
  frame.chain = chain_after(previous_chain, bytes);
  std::copy(frame.chain.begin(), frame.chain.end(), &bytes[kChainAt]);
  put_number(&bytes[kCrcAt], checksum(Bytes(bytes).subspan(kHashedAt)));

  out.append(text_of(bytes));
  if (frame.open_bytes > 0) out.append(text_of(open_salt)).append(draft.open);
  if (frame.personal_bytes > 0) out.append(text_of(personal_salt)).append(draft.personal);
  return frame;
}

std::optional<Frame> read_frame(Bytes bytes) {
  if (bytes.size() < kFrameBytes ||
      !std::equal(std::begin(kFrameMagic), std::end(kFrameMagic), bytes.begin()) ||
      get_number<std::uint32_t>(&bytes[kCrcAt]) != checksum(bytes.first(kFrameBytes).subspan(kHashedAt)))
    return std::nullopt;
  const auto kind = record_kind(get_number<std::uint16_t>(&bytes[48]));
  const auto retention = retention_class(get_number<std::uint16_t>(&bytes[50]));
  if (!kind || !retention || get_number<std::uint32_t>(&bytes[60]) != 0) return std::nullopt;
  Frame frame{.sequence = get_number<std::uint64_t>(&bytes[8]),
              .boot_ns = get_number<std::uint64_t>(&bytes[16]),
              .wall_ns = get_number<std::int64_t>(&bytes[24]),
              .boot_id = array_at<16>(&bytes[32]),
              .kind = *kind,
              .retention = *retention,
              .open_bytes = get_number<std::uint32_t>(&bytes[52]),
              .personal_bytes = get_number<std::uint32_t>(&bytes[56]),
              .open_digest = array_at<32>(&bytes[64]),
              .personal_digest = array_at<32>(&bytes[96]),
              .chain = array_at<32>(&bytes[kChainAt])};
  const auto is_part = [](std::uint32_t size) {
    return size == 0 || (size > kSaltBytes && size <= kPartBytesMax);
  };
  if (!is_part(frame.open_bytes) || !is_part(frame.personal_bytes)) return std::nullopt;
  return frame;
}

Digest chain_after(const Digest& previous_chain, Bytes frame) {
  return sha256({previous_chain, frame.subspan(kHashedAt, kChainAt - kHashedAt)});
}

bool is_blank(Bytes part) {
  return std::all_of(part.begin(), part.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::string_view text_of_part(Bytes part) {
  return part.size() > kSaltBytes ? text_of(part.subspan(kSaltBytes)) : std::string_view();
}

}  // namespace purposewatch
