// The clauses that the shipped policy has, in our own words.
#pragma once

#include <array>
#include <string_view>

namespace purposewatch {

struct ClauseTitle {
  std::string_view id, title, promise;
};

inline constexpr std::array kClauseTitles = {
    ClauseTitle{"P1", "The policy and its versions",
                "It can be told which rules were in force, and since when."},
    ClauseTitle{"P2", "What is held", "Every place where client data lives is named, with the kind of data."},
    ClauseTitle{"P3", "Security", "Client data is kept from misuse, from being altered and from being lost."},
    ClauseTitle{"P4", "Use",
                "Client data serves what the client has asked for, and news of systems and products."},
    ClauseTitle{"P5", "Corrections",
                "What is held about a client changes only through the channels meant for it."},
    ClauseTitle{"P6", "Disclosure",
                "Nobody outside is given client data, except to stop harm or where law asks for it."},
    ClauseTitle{"P7", "Communications",
                "Mail stays closed but for its delivery, and for a few reasons that need a grant."},
    ClauseTitle{"P8", "No surveillance",
                "Nobody watches clients. Abuse is looked into by grant, within limits."},
};

}  // namespace purposewatch
