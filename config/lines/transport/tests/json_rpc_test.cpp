#include "src/json_rpc.h"

#include <gtest/gtest.h>

#include "src/methods.h"
#include "src/transport.h"
#include "src/version.h"

namespace transport {
namespace {

std::string handled(const std::string& request) {
  Dispatcher dispatcher = standard_methods([] {});
  dispatcher.add("throws", Method());
  return dispatcher.handle(request).value_or("nothing");
}

void expect_code(const std::string& request, int code) {
  const std::string text = handled(request);
  const auto answer = parse_answer(text, 1);
  ASSERT_TRUE(answer.ok()) << request << " gave " << text;
  EXPECT_TRUE(answer.value().is_error) << request << " gave " << text;
  EXPECT_EQ(answer.value().error_code, code) << request;
}

TEST(Dispatcher, AnswersACallWithItsId) {
  EXPECT_EQ(handled(R"({"jsonrpc":"2.0","id":7,"method":"ping"})"),
            R"({"id":7,"jsonrpc":"2.0","result":"pong"})");
  EXPECT_EQ(handled(R"({"jsonrpc":"2.0","id":"a","method":"sum","params":[1,-3]})"),
            R"({"id":"a","jsonrpc":"2.0","result":-2})");
}

TEST(Dispatcher, GivesTheErrorCodesOfTheSpecification) {
  expect_code("", kParseError);
  expect_code("{", kParseError);
  expect_code("\xff", kParseError);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":1e999})", kParseError);
  expect_code("1", kInvalidRequest);
  expect_code("[]", kInvalidRequest);
  expect_code(R"({"jsonrpc":"1.0","id":1,"method":"ping"})", kInvalidRequest);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":1})", kInvalidRequest);
  expect_code(R"({"jsonrpc":"2.0","id":{},"method":"ping"})", kInvalidRequest);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":"text"})", kInvalidRequest);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"missing"})", kMethodNotFound);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"sum"})", kInvalidParams);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"sum","params":[1.5]})", kInvalidParams);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"sum","params":[18446744073709551615]})", kInvalidParams);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"sum","params":[9223372036854775807,1]})", kInvalidParams);
  expect_code(R"({"jsonrpc":"2.0","id":1,"method":"throws"})", kInternalError);
}

TEST(Dispatcher, RefusesDeepNestingButNotBracketsInText) {
  const auto nested = [](std::size_t depth) {
    return R"({"jsonrpc":"2.0","id":1,"method":"echo","params":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}";
  };
  expect_code(nested(kDepthMax), kParseError);
  EXPECT_NE(handled(nested(kDepthMax - 1)).find("result"), std::string::npos);
  EXPECT_NE(
      handled(R"({"jsonrpc":"2.0","id":1,"method":"echo","params":["\")" + std::string(200, '[') + "\"]}")
          .find("result"),
      std::string::npos);
}

TEST(Dispatcher, SaysNothingToNotifications) {
  EXPECT_EQ(handled(R"({"jsonrpc":"2.0","method":"ping"})"), "nothing");
  EXPECT_EQ(handled(R"([{"jsonrpc":"2.0","method":"ping"}])"), "nothing");
}

TEST(Dispatcher, AnswersABatchButForItsNotifications) {
  const std::string answers =
      handled(R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"ping"},5])");
  EXPECT_TRUE(same_json(answers, R"([{"jsonrpc":"2.0","id":1,"result":"pong"},
      {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"This is not a JSON-RPC 2.0 request"}}])"))
      << answers;
}

TEST(Dispatcher, RefusesABatchAboveTheLimit) {
  std::string batch = "[1";
  for (std::size_t i = 0; i < kBatchMax; ++i) batch += ",1";
  expect_code(batch + "]", kInvalidRequest);
}

TEST(Methods, SayWhatIsCompiledIn) {
  const std::string list = handled(R"({"jsonrpc":"2.0","id":1,"method":"transport.list"})");
  for (const Transport& each : transports()) {
    EXPECT_NE(list.find("\"name\":\"" + std::string(each.name) + "\""), std::string::npos) << list;
  }
  const auto said = parse_answer(handled(R"({"jsonrpc":"2.0","id":1,"method":"transport.version"})"), 1);
  ASSERT_TRUE(said.ok());
  EXPECT_EQ(said.value().text, "\"" + std::string(version()) + "\"");
}

TEST(Answer, IsReadBack) {
  const auto result = parse_answer(R"({"jsonrpc":"2.0","id":3,"result":[1]})", 3);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().text, "[1]");
  const auto error = parse_answer(R"({"jsonrpc":"2.0","id":null,"error":{"code":-5,"message":"m"}})", 3);
  ASSERT_TRUE(error.ok());
  EXPECT_TRUE(error.value().is_error);
  EXPECT_EQ(error.value().error_code, -5);
}

TEST(Answer, IsRefusedWhenItIsNoneToTheRequest) {
  for (const char* text :
       {"", "[]", "{}", R"({"jsonrpc":"1.0","id":3,"result":1})", R"({"jsonrpc":"2.0","id":4,"result":1})",
        R"({"jsonrpc":"2.0","result":1})", R"({"jsonrpc":"2.0","id":3})",
        R"({"jsonrpc":"2.0","id":3,"result":1,"error":{"code":1,"message":"m"}})",
        R"({"jsonrpc":"2.0","id":3,"error":{"code":"1","message":"m"}})",
        R"({"jsonrpc":"2.0","id":3,"error":{"code":1}})", R"({"jsonrpc":"2.0","id":3,"error":"m"})"}) {
    EXPECT_FALSE(parse_answer(text, 3).ok()) << text;
  }
}

TEST(Request, NeedsStructuredParameters) {
  EXPECT_TRUE(make_request(1, "ping", "{}").ok());
  EXPECT_FALSE(make_request(1, "ping", "1").ok());
  EXPECT_FALSE(make_request(1, "ping", "[").ok());
}

TEST(SameJson, ComparesMeaningNotSpelling) {
  EXPECT_TRUE(same_json(R"({"a":1,"b":2})", R"({ "b": 2, "a": 1 })"));
  EXPECT_FALSE(same_json("1", "2"));
  EXPECT_FALSE(same_json("", ""));
}

}  // namespace
}  // namespace transport
