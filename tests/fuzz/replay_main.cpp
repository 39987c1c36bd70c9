// Runs a fuzz target without libFuzzer: every input that is named as it is, and then a fixed number of
// mutations of each, always the same ones. So each build and each sanitizer tries the targets; the long
// search is left to the preset `fuzz`.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int mutations_per_input = 400;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

// One to four edits: a byte changed, removed or doubled, or the end cut off.
std::string mutated(std::string input, std::mt19937& random) {
  for (unsigned edits = 1 + random() % 4; edits > 0 && !input.empty(); --edits) {
    const size_t at = random() % input.size();
    switch (random() % 4) {
      case 0:
        input[at] = static_cast<char>(random());
        break;
      case 1:
        input.erase(at, 1 + random() % 8);
        break;
      case 2:
        input.insert(at, input, at, 1 + random() % 8);
        break;
      default:
        input.resize(std::max<size_t>(at, input.size() / 2));
        break;
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
    } else if (std::filesystem::is_regular_file(argv[i])) {
      files.push_back(argv[i]);
    } else {
      std::fprintf(stderr, "%s: there is no input %s\n", argv[0], argv[i]);
      return 2;
    }
  }
  if (files.empty()) {
    std::fprintf(stderr, "usage: %s INPUT..., files or folders of files\n", argv[0]);
    return 2;
  }
  std::sort(files.begin(), files.end());
  std::mt19937 random(1);
  run("");
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(in), {}};
    run(input);
    for (int i = 0; i < mutations_per_input; ++i) run(mutated(input, random));
  }
  std::printf("%zu inputs, %d mutations of each\n", files.size(), mutations_per_input);
  return 0;
}
