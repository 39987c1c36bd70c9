// Every vocabulary reads back its own words and no others, and the documents list the words there are.
#include "messages/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "messages/proto/line.pb.h"
#include "messages/stage.h"
#include "messages/work_order_status.h"
#include "tests/support/places.h"

namespace tcps {
namespace {

using ::testing::HasSubstr;

template <class Enum>
class EachVocabulary : public ::testing::Test {};

using All = ::testing::Types<MessageKind, Role, AndonKind, Severity, Disposition, Decision, ReceiptStatus,
                             WorkOrderStatus, StatusFilter, Bucket, Priority, ReplicaChange, Stage>;
TYPED_TEST_SUITE(EachVocabulary, All);

TYPED_TEST(EachVocabulary, ReadsBackItsWords) {
  std::set<std::string_view> texts;
  for (const TypeParam value : all_words<TypeParam>) {
    EXPECT_EQ(parse_word<TypeParam>(to_string(value)), value);
    EXPECT_TRUE(texts.insert(to_string(value)).second) << to_string(value) << " stands there twice";
  }
  EXPECT_EQ(texts.size(), word_texts<TypeParam>().size());
}

TYPED_TEST(EachVocabulary, RefusesWhatIsNoneOfItsWordsAndNamesThoseThereAre) {
  const std::string first(to_string(all_words<TypeParam>.front()));
  for (const std::string& text : {std::string(), "x" + first, first + " ", std::string("none")}) {
    EXPECT_EQ(find_word<TypeParam>(text), std::nullopt) << text;
    const auto parsed = parse_word<TypeParam>(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(first));
  }
}

TYPED_TEST(EachVocabulary, NamesAtMostABeginningOfALongText) {
  const size_t words = Vocabulary<TypeParam>::name.size() + list_words<TypeParam>().size();
  EXPECT_LT(parse_word<TypeParam>(std::string(10'000, 'x')).error().message.size(), words + 100);
}

std::string page(const std::string& name) {
  std::ifstream file(test::source_folder() + "/docs/formats/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The row of the page's table of words that begins with the vocabulary's name.
std::string row_of_page(const std::string& page, std::string_view name) {
  const auto begin = page.find("\n| " + std::string(name) + " |");
  return begin == std::string::npos ? "" : page.substr(begin, page.find('\n', begin + 1) - begin);
}

TYPED_TEST(EachVocabulary, IsListedForReadersOfALedger) {
  const std::string row = row_of_page(page("receipt.md"), Vocabulary<TypeParam>::name);
  for (const TypeParam value : all_words<TypeParam>)
    EXPECT_THAT(row, HasSubstr("`" + std::string(to_string(value)) + "`"));
}

TEST(Vocabulary, AssertsThatAValueIsOneOfIts) {
  EXPECT_DEATH(to_string(static_cast<Stage>(11)), "check failed");
  EXPECT_DEATH(to_string(static_cast<Stage>(0)), "check failed");
}

TEST(Vocabulary, ListsItsWordsForPeopleAndForTables) {
  EXPECT_EQ(list_words<Disposition>(), "resume, keep or cancel");
  EXPECT_EQ(list_words<ReceiptStatus>(), "completed or failed");
  EXPECT_EQ(joined_words<ReplicaChange>, "added|ejected");
  EXPECT_EQ(joined_words<Bucket>, "reliability|security|features|compliance|debt");
}

TEST(AndonKind, SaysWhichCallsStopWork) {
  std::set<AndonKind> stopping;
  for (const AndonKind kind : all_words<AndonKind>) {
    if (stops(kind)) stopping.insert(kind);
  }
  EXPECT_EQ(stopping, (std::set{AndonKind::pulled, AndonKind::systemic, AndonKind::diverged}));
}

TEST(StatusFilter, TakesOneStatusOrThoseThatAreNotClosedOrAll) {
  size_t named = 0;
  for (const StatusFilter filter : all_words<StatusFilter>) {
    const auto one = find_word<WorkOrderStatus>(to_string(filter));
    if (one) ++named;
    for (const WorkOrderStatus status : all_words<WorkOrderStatus>) {
      const bool closed = status == WorkOrderStatus::done || status == WorkOrderStatus::cancelled;
      const bool taken = one ? *one == status : filter == StatusFilter::all || !closed;
      EXPECT_EQ(takes(filter, status), taken) << to_string(filter) << " of " << to_string(status);
    }
  }
  EXPECT_EQ(named, all_words<WorkOrderStatus>.size()) << "a status cannot be asked for";
}

TEST(StatusFilter, KnowsWhichMayTakeClosedOnes) {
  std::set<StatusFilter> closed_too;
  for (const StatusFilter filter : all_words<StatusFilter>) {
    if (takes_closed(filter)) closed_too.insert(filter);
  }
  EXPECT_EQ(closed_too, (std::set{StatusFilter::done, StatusFilter::cancelled, StatusFilter::all}));
}

TEST(Priority, IsMediumWhereNoneIsSaid) {
  EXPECT_EQ(parse_priority(""), Priority::medium);
  EXPECT_EQ(parse_priority("low"), Priority::low);
  EXPECT_EQ(parse_priority("HIGH").error().code, ErrorCode::invalid);
}

TEST(Role, IsClaimedByPlannerAndSupervisorOnly) {
  proto::RoleClaimed claim;
  for (const Role role : all_words<Role>) {
    claim.set_role(std::string(to_string(role)));
    const bool claimed = role == Role::planner || role == Role::supervisor;
    EXPECT_EQ(is_claimed(role), claimed);
    EXPECT_EQ(claimed_role_of(claim).has_value(), claimed) << to_string(role);
  }
  claim.set_role("king");
  EXPECT_THAT(claimed_role_of(claim).error().message, HasSubstr("king"));
}

TEST(Role, GivesNoRightWhereItIsNotOfTheVocabulary) {
  proto::PublicKeyEntry key;
  for (const char* text : {"king", "replica", "Operator"}) key.add_roles(text);
  EXPECT_EQ(roles_of(key), std::set{Role::replica});
  EXPECT_TRUE(has_role(key, Role::replica));
  EXPECT_FALSE(has_role(key, Role::operator_));
}

TEST(Vocabulary, IsAskedOfAMessageOnce) {
  proto::AndonRaised call;
  call.set_kind("systemic");
  EXPECT_EQ(andon_kind_of(call), AndonKind::systemic);
  proto::AndonResolved resolved;
  resolved.set_disposition("keep");
  EXPECT_EQ(disposition_of(resolved), Disposition::keep);
  proto::WorkOrderDecision decision;
  decision.set_decision("hold");
  EXPECT_EQ(decision_of(decision), Decision::hold);
  proto::Receipt receipt;
  EXPECT_FALSE(status_of(receipt)) << "a receipt says how it went";
  receipt.set_status("failed");
  EXPECT_EQ(status_of(receipt), ReceiptStatus::failed);
  proto::ReplicaChanged change;
  change.set_change("ejected");
  EXPECT_EQ(replica_change_of(change), ReplicaChange::ejected);
}

}  // namespace
}  // namespace tcps
