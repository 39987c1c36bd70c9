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

// Shell text that maps the command typed so far to the words that may follow.
std::string cases(const std::map<std::string, std::vector<std::string>>& words) {
  std::string text;
  for (const auto& [path, list] : words)
    text += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, fmt::join(list, " "));
  return text;
}

std::string bash_script(const std::map<std::string, std::vector<std::string>>& words) {
  return "# bash completion of tcps: source it, or put it into /etc/bash_completion.d\n"
         "_tcps() {\n"
         "  local path=\"\" words=\"\" word i current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
         "  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n"
         "    [[ \"$word\" == -* ]] && break\n"
         "    path=\"${path:+$path }$word\"\n"
         "  done\n"
         "  case \"$path\" in\n" +
         cases(words) +
         "    *) case \"${path%% *}\" in\n"
         "      up|run|wip|status|version|completion) path=\"${path%% *}\" ;;\n"
         "    esac ;;\n"
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -F _tcps tcps\n";
}

std::string zsh_script(const std::map<std::string, std::vector<std::string>>& words_of) {
  return "#compdef tcps\n"
         "_tcps() {\n"
         "  local command=\"\" words_here=\"\" i\n"
         "  for ((i = 2; i < CURRENT && i < 4; i++)); do\n"
         "    [[ \"${words[i]}\" == -* ]] && break\n"
         "    command=\"${command:+$command }${words[i]}\"\n"
         "  done\n"
         "  local -a candidates\n"
         "  local found\n"
         "  case \"$command\" in\n" +
         [&] {
           std::string text;
           for (const auto& [path, list] : words_of)
             text += fmt::format("    \"{}\") found=\"{}\" ;;\n", path, fmt::join(list, " "));
           return text;
         }() +
         "  esac\n"
         "  candidates=(${=found})\n"
         "  compadd -- $candidates\n"
         "  _files\n"
         "}\n"
         "compdef _tcps tcps\n";
}

std::string fish_script(const std::map<std::string, std::vector<std::string>>& words) {
  std::string text =
      "# fish completion of tcps: put it into ~/.config/fish/completions/tcps.fish\n"
      "function __tcps_command\n"
      "  set -l typed (commandline -opc)\n"
      "  set -e typed[1]\n"
      "  set -l path\n"
      "  for word in $typed\n"
      "    string match -q -- '-*' $word; and break\n"
      "    set -a path $word\n"
      "  end\n"
      "  test \"$path\" = \"$argv\"\n"
      "end\n";
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
