// Ten thousand policies, each spoilt in a way in which files get spoilt: by a slip of the hand, an editor, a
// disk. Each is sound still, or refused at a line and a column, and none takes much longer than the one that
// it was made of.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <random>
#include <string_view>

#include "rules/language/policy.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kOfEachSeed = 250;  // the fuzz targets spoil more of them
#else
constexpr int kOfEachSeed = 2500;
#endif

// The shipped ones, and some that are short, so that a change meets more of what matters.
std::vector<std::string> sound_policies() {
  const std::filesystem::path rules = PURPOSEWATCH_RULES_DIR, corpus = rules / "../tests/fuzz/corpus/policy";
  return {read_file(rules / "mmshosting.yaml"), read_file(corpus / "mail.yaml"),
          read_file(corpus / "routes.yaml"), read_file(corpus / "sets_and_overrides.yaml")};
}

// A place in a text, as [begin, end).
struct Span {
  std::size_t begin, end;
};

class Spoiler {
 public:
  explicit Spoiler(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }

  void spoil(std::string& text) {
    if (text.empty()) return;
    static constexpr std::array kWays = {
        &Spoiler::flip_bytes,  &Spoiler::cut_the_end,   &Spoiler::cut_the_beginning, &Spoiler::double_a_line,
        &Spoiler::drop_a_line, &Spoiler::swap_words,    &Spoiler::change_a_type,     &Spoiler::move_a_line,
        &Spoiler::paste_again, &Spoiler::put_in_a_sign, &Spoiler::stretch_a_word,    &Spoiler::indent_a_line};
    (this->*kWays[below(kWays.size())])(text);
  }

 private:
  void flip_bytes(std::string& text) {
    for (std::size_t i = 0; i <= below(4); ++i) text[below(text.size())] = static_cast<char>(random_() % 256);
  }
  void cut_the_end(std::string& text) { text.resize(below(text.size())); }
  void cut_the_beginning(std::string& text) { text.erase(0, below(text.size())); }
  void double_a_line(std::string& text) {
    const Span line = a_line(text);
    text.insert(line.begin, text.substr(line.begin, line.end - line.begin));
  }
  void drop_a_line(std::string& text) {
    const Span line = a_line(text);
    text.erase(line.begin, line.end - line.begin);
  }
  void swap_words(std::string& text) {
    Span one = a_word(text), other = a_word(text);
    if (one.begin > other.begin) std::swap(one, other);
    if (one.end > other.begin) return;
    const std::string first = text.substr(one.begin, one.end - one.begin),
                      second = text.substr(other.begin, other.end - other.begin);
    text.replace(other.begin, second.size(), first);
    text.replace(one.begin, first.size(), second);
  }
  void change_a_type(std::string& text) {
    static constexpr std::array kValues = {"[a, b]", "{a: b}", "~",  "12",   "true",
                                           "''",     "[]",     "{}", "\"\"", "$none"};
    const Span word = a_word(text);
    text.replace(word.begin, word.end - word.begin, kValues[below(kValues.size())]);
  }
  void move_a_line(std::string& text) {
    const Span line = a_line(text);
    const std::string moved = text.substr(line.begin, line.end - line.begin);
    text.erase(line.begin, moved.size());
    text.insert(text.empty() ? 0 : a_line(text).begin, moved);
  }
  void paste_again(std::string& text) {
    const Span from = a_line(text), to = a_line(text);
    if (from.begin < to.end) text += text.substr(from.begin, to.end - from.begin);
  }
  void put_in_a_sign(std::string& text) {
    static constexpr std::array kSigns = {": ", "- ",  "\t",    "{",      "}",    "[",           "]",
                                          ",",  "&a ", "*a ",   "!!str ", "#",    "'",           "\"",
                                          "|",  "> ",  "---\n", "...\n",  "<<: ", "\xef\xbb\xbf"};
    text.insert(below(text.size()), kSigns[below(kSigns.size())]);
  }
  void stretch_a_word(std::string& text) {
    const Span word = a_word(text);
    const std::string once = text.substr(word.begin, word.end - word.begin);
    std::string longer;
    for (std::size_t i = 0; i < 1 + below(50); ++i) longer += once;
    text.replace(word.begin, once.size(), longer);
  }
  void indent_a_line(std::string& text) { text.insert(a_line(text).begin, 1 + below(4), ' '); }

  // With its newline.
  Span a_line(const std::string& text) {
    const std::size_t at = below(text.size());
    const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
    const std::size_t end = text.find('\n', at);
    return {before == std::string::npos ? 0 : before + 1, end == std::string::npos ? text.size() : end + 1};
  }
  Span a_word(const std::string& text) {
    constexpr std::string_view kBetween = " \n,:[]{}\"'";
    const std::size_t at = below(text.size());
    const std::size_t before = at == 0 ? std::string::npos : text.find_last_of(kBetween, at - 1);
    const std::size_t end = text.find_first_of(kBetween, at);
    return {before == std::string::npos ? 0 : before + 1, end == std::string::npos ? text.size() : end};
  }

  std::mt19937 random_;
};

// Of this thread, in milliseconds: what other programs do meanwhile is none of it.
double used_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double ms_to_check(const std::string& text, LoadedPolicy* loaded = nullptr) {
  const double before = used_ms();
  LoadedPolicy done = check_policy({{"p.yaml", text}});
  const double after = used_ms();
  if (loaded) *loaded = std::move(done);
  return after - before;
}

double least_ms_to_check(const std::string& text) {
  double least = ms_to_check(text);
  for (int i = 0; i < 4; ++i) least = std::min(least, ms_to_check(text));
  return least;
}

void expect_rules_or_places(const LoadedPolicy& loaded, const std::string& text) {
  std::size_t errors = 0;
  for (const Diagnostic& one : loaded.diagnostics) {
    errors += one.severity == Diagnostic::Severity::kError;
    EXPECT_EQ(one.at.file, "p.yaml");
    EXPECT_GT(one.at.line, 0) << one.message << "\n" << text;
    EXPECT_GT(one.at.column, 0) << one.message << "\n" << text;
    EXPECT_FALSE(one.message.empty());
  }
  EXPECT_EQ(loaded.rules == nullptr, errors > 0) << text;
}

class SpoiltPolicies : public testing::TestWithParam<unsigned> {};

TEST_P(SpoiltPolicies, AreSoundStillOrRefusedAtALineAndAColumnInLittleTime) {
  const std::vector<std::string> sound = sound_policies();
  for (const std::string& text : sound) {
    const LoadedPolicy loaded = check_policy({{"p.yaml", text}});
    ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0)) << "\n" << text;
  }
  Spoiler spoiler(GetParam());
  struct {
    std::string text;
    double ms = 0;
  } slowest;
  int refused = 0;
  for (int i = 0; i < kOfEachSeed && !HasFailure(); ++i) {
    std::string text = sound[spoiler.below(4) == 0 ? 0 : 1 + spoiler.below(sound.size() - 1)];
    for (std::size_t turn = 0; turn <= spoiler.below(3); ++turn) spoiler.spoil(text);
    LoadedPolicy loaded;
    const double ms = ms_to_check(text, &loaded);
    expect_rules_or_places(loaded, text);
    refused += loaded.rules == nullptr;
    if (ms > slowest.ms) slowest = {text, ms};
  }
  EXPECT_GT(refused, kOfEachSeed / 2) << "they were spoilt too little";
  const double spoilt_ms = least_ms_to_check(slowest.text), sound_ms = least_ms_to_check(sound[0]);
  std::cout << refused << " of " << kOfEachSeed << " are refused; the slowest takes " << spoilt_ms
            << " ms, the longest sound one " << sound_ms << " ms\n";
  EXPECT_LT(spoilt_ms, 5 * sound_ms) << slowest.text;
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpoiltPolicies, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace purposewatch
