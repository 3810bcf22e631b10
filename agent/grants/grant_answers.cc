#include "agent/grants/grant_answers.h"

#include <nlohmann/json.hpp>

#include "agent/control/answer_line.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Grant& grant) {
  return Json::parse(grant_json({grant, "", false}));
}

std::string answer_of(const Result<Grant>& changed) {
  return changed ? answer_line({{"grant", json_of(*changed)}}) : refusal_line({changed.error().message});
}

std::string give(GrantBook& book, const RuleSet& rules, const std::string& person, const std::string& text) {
  auto request = read_grant_request({"request", text});
  if (!request) {
    std::vector<std::string> errors;
    for (const Diagnostic& one : request.error()) errors.push_back(one.message);
    book.refused({}, person, errors);
    return refusal_line(errors);
  }
  if (!request->requested_by.empty())
    return refusal_line({"who asks is known: 'requested-by' is for files of other systems"});
  const auto grant = book.give(rules, *request, person);
  return grant ? answer_line({{"grant", json_of(*grant)}}) : refusal_line(grant.error());
}

std::string list(const GrantBook& book) {
  Json grants = Json::array();
  for (const StoredGrant& entry : book.all()) grants.push_back(json_of(entry.grant));
  return answer_line({{"boot_ns", book.now().boot_ns}, {"grants", std::move(grants)}});
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
