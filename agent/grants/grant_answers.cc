#include "agent/grants/grant_answers.h"

#include <nlohmann/json.hpp>

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string refusal(const std::vector<std::string>& errors) {
  return line_of({{"errors", errors}});
}

Json json_of(const Grant& grant) {
  return Json::parse(grant_json({grant, "", false}));
}

std::string answer_of(const Result<Grant>& changed) {
  return changed ? line_of({{"grant", json_of(*changed)}}) : refusal({changed.error().message});
}

std::string give(GrantBook& book, const RuleSet& rules, const std::string& person, const std::string& text) {
  auto request = read_grant_request({"request", text});
  if (!request) {
    std::vector<std::string> errors;
    for (const Diagnostic& one : request.error()) errors.push_back(one.message);
    book.refused({}, person, errors);
    return refusal(errors);
  }
  if (!request->requested_by.empty())
    return refusal({"who asks is known: 'requested-by' is for files of other systems"});
  const auto grant = book.give(rules, *request, person);
  return grant ? line_of({{"grant", json_of(*grant)}}) : refusal(grant.error());
}

std::string list(const GrantBook& book) {
  Json grants = Json::array();
  for (const StoredGrant& entry : book.all()) grants.push_back(json_of(entry.grant));
  return line_of({{"boot_ns", book.now().boot_ns}, {"grants", std::move(grants)}});
}

}  // namespace

Answers grant_answers(std::function<GrantBook&()> book,
                      std::function<std::shared_ptr<const RuleSet>()> rules) {
  return {
      {"grant",
       [book, rules](auto& person, auto& argument) { return give(book(), *rules(), person, argument); }},
      {"grants", [book](auto&, auto&) { return list(book()); }},
      {"revoke", [book](auto& person, auto& id) { return answer_of(book().revoke(id, person)); }},
      {"review", [book](auto& person, auto& id) { return answer_of(book().review(id, person)); }},
  };
}

}  // namespace purposewatch
