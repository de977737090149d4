/**
 * What `plimsoll completion SHELL` prints. The scripts know nothing of commands and flags: they ask
 * `plimsoll completion candidates -- WORD...`, whose last word is the one being typed, and offer files
 * where nothing is known. Nothing of what was typed is evaluated, and bash needs no other package.
 */

export type Shell = "bash" | "zsh" | "fish";

/** bash cuts words at `=` and `:`, so what stands before the last of them is not offered again. */
const bash = `# plimsoll completion for bash: add to ~/.bashrc:  source <(plimsoll completion bash)
_plimsoll() {
  local line="\${COMP_LINE:0:COMP_POINT}" found
  local -a words
  read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local typed="\${words[\${#words[@]}-1]}" kept=""
  [[ $typed == *[=:]* ]] && kept="\${typed%"\${typed##*[=:]}"}"
  COMPREPLY=()
  while IFS= read -r found; do
    COMPREPLY+=("\${found#"$kept"}")
  done < <("\${words[0]}" completion candidates -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _plimsoll plimsoll
`;

const zsh = `#compdef plimsoll
# plimsoll completion for zsh: add to ~/.zshrc:  source <(plimsoll completion zsh)
_plimsoll() {
  local -a found
  found=("\${(@f)$("\${words[1]}" completion candidates -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
if [[ "\${funcstack[1]}" == _plimsoll ]]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`;

const fish = `# plimsoll completion for fish: plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish
function __plimsoll_candidates
  set -l words (commandline -opc)
  $words[1] completion candidates -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c plimsoll -a "(__plimsoll_candidates)"
`;

export const shellScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
