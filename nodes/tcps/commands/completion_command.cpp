// tcps completion: shell scripts made from the commands themselves, so that they cannot fall behind.
#include <nlohmann/json.hpp>

#include "nodes/tcps/completion.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {

void add_completion_command(Shell& shell) {
  auto name = std::make_shared<std::string>();
  shell
      .command(nullptr, "completion",
               "print a script that completes tcps commands: source it from your shell's start file",
               [&shell, name] {
                 const std::string script = completion_script(shell.app(), *name);
                 if (!shell.out().json) shell.out().raw(script);
                 shell.out().document({{"shell", *name}, {"script", script}});
                 return Outcome(Exit::ok);
               })
      ->add_option("shell", *name, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace tcps::cli
