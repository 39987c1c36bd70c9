#include "actors/ledger/tlog/note.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tcps::tlog {
namespace {

constexpr const char* example_key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string example_text = "This is an example message.\n";
const std::string example_note =
    example_text +
    "\n\xe2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

class NoteTest : public testing::Test {
 protected:
  NoteKey key(NoteKeyType type, const char* name = "tcps.dev/line/node-1") {
    return *NoteKey::make(name, type, private_key.public_key());
  }
  PrivateKey private_key = PrivateKey::generate();
};

TEST_F(NoteTest, TheExampleOfSignedNoteVerifies) {
  const auto example = NoteKey::parse(example_key);
  ASSERT_TRUE(example.has_value()) << example.error().message;
  EXPECT_EQ(example->name(), "example.com/foo");
  EXPECT_EQ(example->id(), 0x530d903au);
  EXPECT_EQ(example->format(), example_key);
  const auto note = Note::parse(example_note);
  ASSERT_TRUE(note.has_value()) << note.error().message;
  EXPECT_EQ(note->text, example_text);
  EXPECT_TRUE(verify_note(*note, *example));
  EXPECT_EQ(note->encode(), example_note);
}

TEST_F(NoteTest, NoFlippedBitOfTheExampleVerifies) {
  const auto example = *NoteKey::parse(example_key);
  for (size_t bit = 0; bit < example_note.size() * 8; ++bit) {
    Bytes flipped = example_note;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto note = Note::parse(flipped);
    EXPECT_FALSE(note.has_value() && verify_note(*note, example)) << "bit " << bit;
  }
}

TEST_F(NoteTest, KeysWithTheWrongIdOrShapeAreRefused) {
  for (const char* text :
       {"", "a", "a+b", "a+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AQ==", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"}) {
    EXPECT_FALSE(NoteKey::parse(text).has_value()) << text;
  }
  for (const char* name : {"", "a b", "a+b", "a\n", "a\xc2\xa0", "\xff", "a\xe2\x80\x83"}) {
    EXPECT_FALSE(NoteKey::make(name, NoteKeyType::ed25519, private_key.public_key()).has_value()) << name;
  }
}

TEST_F(NoteTest, SignsWhatVerifiesUnderItsKeyOnly) {
  const auto mine = key(NoteKeyType::ed25519);
  Note note{"hello\n\nworld\n", {}};
  note.signatures.push_back(*sign_note(note.text, mine, private_key));
  const auto read = Note::parse(note.encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->text, note.text);
  EXPECT_EQ(read->signatures, note.signatures);
  EXPECT_TRUE(verify_note(*read, mine));
  EXPECT_FALSE(verify_note(*read, key(NoteKeyType::ed25519, "other")));
  EXPECT_FALSE(verify_note(*read, *NoteKey::make("tcps.dev/line/node-1", NoteKeyType::ed25519,
                                                 PrivateKey::generate().public_key())));
  EXPECT_FALSE(verify_note(*read, key(NoteKeyType::cosignature)));
}

TEST_F(NoteTest, ACosignatureBindsTheTimeAndTheText) {
  const auto mine = key(NoteKeyType::cosignature);
  Note note{"origin\n1\nroot\n", {}};
  note.signatures.push_back(*cosign_note(note.text, mine, 1'700'000'000, private_key));
  EXPECT_EQ(cosigned_at(*Note::parse(note.encode()), mine), 1'700'000'000u);
  EXPECT_TRUE(private_key.public_key().verify("cosignature/v1\ntime 1700000000\norigin\n1\nroot\n",
                                              BytesView(note.signatures[0].signature).substr(8)));
  EXPECT_FALSE(verify_note(note, mine));

  for (size_t bit = 0; bit < note.signatures[0].signature.size() * 8; ++bit) {
    Note forged = note;
    char& byte = forged.signatures[0].signature[bit / 8];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    ASSERT_EQ(cosigned_at(forged, mine), std::nullopt) << bit;
  }
  Note forged = note;
  forged.text = "origin\n2\nroot\n";
  EXPECT_EQ(cosigned_at(forged, mine), std::nullopt);
}

TEST_F(NoteTest, OneBadSignatureOfAKeySpoilsItsGoodOnes) {
  const auto mine = key(NoteKeyType::ed25519);
  Note note{"hello\n", {}};
  note.signatures.push_back(*sign_note("hello\n", mine, private_key));
  note.signatures.push_back(*sign_note("other\n", mine, private_key));
  EXPECT_FALSE(verify_note(note, mine));
}

TEST_F(NoteTest, MalformedNotesAreRefused) {
  const std::string line = example_note.substr(example_text.size() + 1);
  std::string many = "text\n\n";
  for (size_t i = 0; i <= note_signatures_max; ++i) many += line;
  for (const std::string& bytes :
       {std::string(), std::string("\n"), example_text, example_text + "\n", "text\n" + line,
        std::string("text\n\nno signature\n"), "text\n\n" + line.substr(0, line.size() - 1),
        "te\x01xt\n\n" + line, "te\xffxt\n\n" + line, "text\n\n\xe2\x80\x94 name\n" + line,
        "text\n\n\xe2\x80\x94 name AAAA\n" + line, "text\n\n\xe2\x80\x94  AAAAAAAA\n" + line,
        "text\n\n\xe2\x80\x94 name AAAAAA_A\n" + line, many,
        std::string(note_bytes_max, 'x') + "\n\n" + line}) {
    EXPECT_FALSE(Note::parse(bytes).has_value()) << bytes.substr(0, 60);
  }
}

RC_GTEST_PROP(Note, ParserReadsBackWhateverItAccepts, (std::string noise)) {
  Bytes bytes = example_note;
  const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes.replace(at, std::min(noise.size(), bytes.size() - at), noise);
  const auto note = Note::parse(bytes);
  RC_ASSERT((!note.has_value() || note->encode() == bytes));
}

}  // namespace
}  // namespace tcps::tlog
