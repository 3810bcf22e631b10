#include "rules/language/path_pattern.h"

#include <algorithm>

#include "rules/language/grammar.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

using Parsed = tl::expected<PathComponent, std::string>;

Parsed parse_component(std::string_view name) {
  if (name.empty())
    return tl::make_unexpected(std::string("has an empty component (a doubled or trailing slash)"));
  if (name == "." || name == "..") return tl::make_unexpected("contains '" + std::string(name) + "'");
  if (name.size() > kComponentBytesMax)
    return tl::make_unexpected("has a component longer than " + std::to_string(kComponentBytesMax) +
                               " bytes");
  if (name == "*") return PathComponent{PathComponent::Kind::kAny, {}};
  if (name.find("**") != std::string_view::npos)
    return tl::make_unexpected(std::string("contains '**'; a pattern covers everything beneath it anyway"));
  if (name.find_first_of("{}") != std::string_view::npos) {
    const std::string_view inside = name.size() > 2 ? name.substr(1, name.size() - 2) : std::string_view();
    if (name.front() != '{' || name.back() != '}' || !kNameFormat.fits(inside))
      return tl::make_unexpected("has '" + std::string(name) +
                                 "'; a capture is a whole component like {client}");
    return PathComponent{PathComponent::Kind::kCapture, std::string(inside)};
  }
  const bool is_glob = name.find('*') != std::string_view::npos;
  return PathComponent{is_glob ? PathComponent::Kind::kGlob : PathComponent::Kind::kLiteral,
                       std::string(name)};
}

bool captures(const PathPattern& pattern, const PathComponent& component) {
  return component.kind == PathComponent::Kind::kCapture &&
         std::find(pattern.components.begin(), pattern.components.end(), component) !=
             pattern.components.end();
}

}  // namespace

tl::expected<PathPattern, std::string> parse_path_pattern(const std::string& text, const Position& at) {
  const auto refuse = [](std::string why) { return tl::make_unexpected(std::move(why)); };
  if (text.empty() || text.front() != '/') return refuse("is not absolute");
  if (text == "/") return refuse("is the whole file system");
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return refuse("contains a control character");
  PathPattern pattern{.text = text, .components = {}, .at = at};
  for (std::string_view rest = text; !rest.empty();) {
    const PathHead head = split_head(rest);
    Parsed component = parse_component(head.name);
    if (!component) return refuse(std::move(component.error()));
    if (captures(pattern, *component)) return refuse("captures {" + component->text + "} twice");
    if (pattern.components.size() == kPatternComponentsMax)
      return refuse("has more than " + std::to_string(kPatternComponentsMax) + " components");
    pattern.components.push_back(std::move(*component));
    rest = head.rest;
  }
  pattern.components.shrink_to_fit();  // policies have thousands
  return pattern;
}

bool is_literal(const PathPattern& pattern) {
  return std::all_of(
      pattern.components.begin(), pattern.components.end(),
      [](const PathComponent& component) { return component.kind == PathComponent::Kind::kLiteral; });
}

}  // namespace purposewatch
