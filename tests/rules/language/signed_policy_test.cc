// Policies that somebody has signed, and what only looks like it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "rules/language/policy.h"
#include "rules/language/policy_key.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

std::string public_pem(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  EXPECT_EQ(PEM_write_bio_PUBKEY(out.get(), key), 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

// Whoever signs.
class Signer {
 public:
  Signer() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free) {}

  PolicyKey public_key() const { return *PolicyKey::from_pem(public_pem(key_.get())); }
  std::string sign(const std::string& bytes) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()),
              1);
    return signature;
  }

 private:
  std::shared_ptr<EVP_PKEY> key_;
};

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

const std::string kSignedText = "policy: {name: t, version: 1, serial: 7}\n";

class SignedPolicy : public testing::Test {
 protected:
  void write_signed(const std::string& name, const std::string& text) {
    dir_.write(name, text);
    dir_.write(name + ".sig", signer_.sign(text));
  }
  LoadedPolicy load() {
    const PolicyKey key = signer_.public_key();
    return load_policy({dir_.path()}, {.key = &key});
  }
  std::string refusal() {
    const LoadedPolicy loaded = load();
    EXPECT_EQ(loaded.rules, nullptr);
    return loaded.diagnostics.empty() ? "" : to_string(loaded.diagnostics.front());
  }

  Signer signer_;
  TempDir dir_;
};

TEST_F(SignedPolicy, IsTakenWithItsSerial) {
  write_signed("a.yaml", kSignedText);
  write_signed("b.yaml", "classes: {mail: {clause: P2}}\n");
  const LoadedPolicy loaded = load();
  ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  EXPECT_EQ(loaded.rules->serial, 7U);
}

TEST_F(SignedPolicy, MayBeSignedInBase64OnOneLineOrMore) {
  write_signed("a.yaml", kSignedText);
  std::string text = base64(signer_.sign(kSignedText));
  dir_.write("a.yaml.sig", text + "\n");
  EXPECT_TRUE(load().rules);
  dir_.write("a.yaml.sig", text.insert(76, "\n") + "\n");
  EXPECT_TRUE(load().rules);
}

TEST_F(SignedPolicy, NeedsASignatureOfEachFile) {
  write_signed("a.yaml", kSignedText);
  dir_.write("b.yaml", "classes: {mail: {clause: P2}}\n");
  EXPECT_EQ(refusal(), dir_ / "b.yaml.sig: error: cannot be read: No such file or directory");
}

TEST_F(SignedPolicy, NeedsOneOfWhatIsIncluded) {
  write_signed("a.yaml", kSignedText + "include: more/c.yaml\n");
  std::filesystem::create_directory(dir_ / "more");
  dir_.write("more/c.yaml", "classes: {mail: {clause: P2}}\n");
  EXPECT_THAT(refusal(), HasSubstr("a.yaml:2:10: error: '"));
  EXPECT_THAT(refusal(), HasSubstr("more/c.yaml.sig' cannot be read"));
}

TEST_F(SignedPolicy, IsNoneWhenAByteDiffersOrAnotherHasSigned) {
  write_signed("a.yaml", kSignedText);
  const std::string good = signer_.sign(kSignedText);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    dir_.write("a.yaml.sig", bad);
    EXPECT_THAT(refusal(), HasSubstr("a.yaml: error: is not what was signed, or by another key")) << i;
  }
  for (const std::string& bad :
       {std::string(), std::string(64, '\0'), good + "\n", base64(good) + "=", good.substr(1),
        std::string(88, 'A'), std::string(88, '='), std::string(88, '%'), Signer().sign(kSignedText)}) {
    dir_.write("a.yaml.sig", bad);
    EXPECT_THAT(refusal(), HasSubstr("is not what was signed"));
  }
  dir_.write("a.yaml.sig", good);
  dir_.write("a.yaml", kSignedText + "#");
  EXPECT_THAT(refusal(), HasSubstr("is not what was signed"));
}

TEST_F(SignedPolicy, ThatIsNoneIncludesNothing) {
  dir_.write("a.yaml", kSignedText + "include: /no/such/file\n");
  dir_.write("a.yaml.sig", "");
  const LoadedPolicy loaded = load();
  ASSERT_EQ(loaded.diagnostics.size(), 1U);
}

TEST_F(SignedPolicy, NeedsASerial) {
  write_signed("a.yaml", "policy: {name: t, version: 1}\n");
  EXPECT_THAT(refusal(), HasSubstr("a.yaml:1:9: error: no 'serial'"));
  for (const char* bad : {"0", "01", "-1", "1.5", "1234567890123456789", "x"}) {
    write_signed("a.yaml", std::string("policy: {name: t, version: 1, serial: ") + bad + "}\n");
    EXPECT_THAT(refusal(), HasSubstr("is not a whole number of at most 18 digits")) << bad;
  }
  write_signed("a.yaml", "policy: {name: t, version: 1, serial: 123456789012345678}\n");
  EXPECT_EQ(load().rules->serial, 123456789012345678U);
}

TEST(PolicyKeys, AreEd25519KeysInPem) {
  EXPECT_FALSE(PolicyKey::from_pem(""));
  EXPECT_FALSE(PolicyKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
  const std::shared_ptr<EVP_PKEY> other(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), EVP_PKEY_free);
  const auto key = PolicyKey::from_pem(public_pem(other.get()));
  ASSERT_FALSE(key);
  EXPECT_THAT(key.error(), HasSubstr("is no Ed25519 key"));
}

}  // namespace
}  // namespace purposewatch
