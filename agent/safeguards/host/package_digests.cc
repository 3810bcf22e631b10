#include "agent/safeguards/host/package_digests.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/safeguards/host/host_files.h"
#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

constexpr std::size_t kDigits = 32;

// "lib/systemd/system/x.service" of "/usr/lib/...", "/lib/..." and "usr/lib/...".
std::string plain_name(std::string_view path) {
  constexpr std::string_view kUsr = "usr/";
  while (path.starts_with('/')) path.remove_prefix(1);
  const std::string_view below = path.starts_with(kUsr) ? path.substr(kUsr.size()) : path;
  const bool may_be_link =
      below.starts_with("bin/") || below.starts_with("sbin/") || below.starts_with("lib");
  return std::string(may_be_link ? below : path);
}

struct ContextEnd {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

std::optional<PackageDigests> PackageDigests::read(const HostView& host, const std::string& package) {
  const auto text = text_of_file(host.path("/var/lib/dpkg/info/" + package + ".md5sums"));
  if (!text) return std::nullopt;
  PackageDigests result;
  // deb-md5sums(5): digest, two blanks, path without the first slash.
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.size() > kDigits + 2 && line.substr(kDigits, 2) == "  ")
      result.digests_[plain_name(line.substr(kDigits + 2))] = std::string(line.substr(0, kDigits));
  }
  return result;
}

const std::string* PackageDigests::find(const std::string& path) const {
  const auto found = digests_.find(plain_name(path));
  return found == digests_.end() ? nullptr : &found->second;
}

std::optional<std::string> md5_of_file(const HostView& host, const std::string& path) {
  const Descriptor file(open(host.path(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const std::unique_ptr<EVP_MD_CTX, ContextEnd> context(EVP_MD_CTX_new());
  // A library that is bound to FIPS 140 has no MD5.
  if (!context || EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) != 1) return std::nullopt;
  std::vector<unsigned char> bytes(1 << 16);
  ssize_t count = 0;
  while ((count = ::read(file.get(), bytes.data(), bytes.size())) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || EVP_DigestUpdate(context.get(), bytes.data(), static_cast<std::size_t>(count)) != 1)
      return std::nullopt;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return std::nullopt;
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace purposewatch
