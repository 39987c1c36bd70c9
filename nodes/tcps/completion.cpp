#include "nodes/tcps/completion.h"

#include <fmt/format.h>

namespace tcps::cli {
namespace {

void collect(const CLI::App& app, const std::string& path,
             std::map<std::string, std::vector<std::string>>& words) {
  auto& here = words[path];
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    here.push_back(sub->get_name());
    collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), words);
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) here.push_back("--" + name);
  }
}

using Words = std::map<std::string, std::vector<std::string>>;

// A function of bash and zsh that prints the words that may follow a command, and fails for what is no
// command.
std::string words_function(const Words& words) {
  std::string text = "_tcps_words() {\n  case \"$1\" in\n";
  for (const auto& [path, list] : words)
    text += fmt::format("    \"{}\") echo \"{}\" ;;\n", path, fmt::join(list, " "));
  return text + "    *) return 1 ;;\n  esac\n}\n";
}

// What was typed is a command as far as its words name one; the rest are its arguments.
std::string bash_script(const Words& words) {
  return "# bash completion of tcps: source it, or put it into /etc/bash_completion.d\n" +
         words_function(words) + R"sh(_tcps() {
  local path="" longer i current="${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    longer="${path:+$path }${COMP_WORDS[i]}"
    _tcps_words "$longer" > /dev/null || break
    path="$longer"
  done
  COMPREPLY=($(compgen -W "$(_tcps_words "$path")" -- "$current"))
  [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _tcps tcps
)sh";
}

std::string zsh_script(const Words& words) {
  return "#compdef tcps\n" + words_function(words) + R"sh(_tcps() {
  local command_path="" longer i
  for ((i = 2; i < CURRENT; i++)); do
    longer="${command_path:+$command_path }${words[i]}"
    _tcps_words "$longer" > /dev/null || break
    command_path="$longer"
  done
  local -a candidates
  candidates=(${=$(_tcps_words "$command_path")})
  compadd -- $candidates
  _files
}
compdef _tcps tcps
)sh";
}

std::string fish_script(const Words& words) {
  std::string text =
      "# fish completion of tcps: put it into ~/.config/fish/completions/tcps.fish\n"
      "function __tcps_command\n"
      "  set -l known";
  for (const auto& [path, list] : words) text += fmt::format(" \"{}\"", path);
  text += R"sh(
  set -l path
  for word in (commandline -opc)[2..-1]
    contains -- (string join ' ' $path $word) $known; or break
    set -a path $word
  end
  test "$path" = "$argv"
end
)sh";
  for (const auto& [path, list] : words)
    text += fmt::format("complete -c tcps -n \"__tcps_command {}\" -a \"{}\"\n", path, fmt::join(list, " "));
  return text;
}

}  // namespace

std::map<std::string, std::vector<std::string>> words_by_command(const CLI::App& app) {
  std::map<std::string, std::vector<std::string>> words;
  collect(app, "", words);
  return words;
}

std::string completion_script(const CLI::App& app, const std::string& shell) {
  const auto words = words_by_command(app);
  if (shell == "zsh") return zsh_script(words);
  return shell == "fish" ? fish_script(words) : bash_script(words);
}

}  // namespace tcps::cli
