/** `plimsoll completion`: let a shell complete what is typed. */
import type { Command } from "../command.ts";

export const completion: Command = {
  usage: "completion bash | zsh | fish",
  about: `Prints the script with which a shell completes commands, flags, scenarios, runs and baselines.
The script asks \`plimsoll completion candidates -- WORD...\` at every Tab.

  bash  source <(plimsoll completion bash)         in ~/.bashrc
  zsh   source <(plimsoll completion zsh)          in ~/.zshrc, after compinit
  fish  plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish`,
  flags: {},
  positionals: ["<shell>", "[word]..."],
  run: async (call) => (await import("../actions/completion.ts")).completion(call),
};
