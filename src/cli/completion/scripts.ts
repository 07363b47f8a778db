import {quoteWord} from '../../base/quote-word.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/**
 * The script that teaches a shell to complete `pipeline`. It asks the program on the PATH, or otherwise the one that
 * wrote it.
 * @param executable the words that start this program from any folder
 */
export function completionScript(shell: Shell, executable: readonly string[]): string {
  return scripts[shell].replaceAll('PROGRAM', () => executable.map(quoteWord).join(' '));
}

/** The line that makes a shell complete from its next start on, for its start file. */
export const installLines: Readonly<Record<Shell, string>> = {
  bash: "echo 'source <(pipeline completion bash)' >> ~/.bashrc",
  zsh: "echo 'source <(pipeline completion zsh)' >> ~/.zshrc",
  fish: 'pipeline completion fish > ~/.config/fish/completions/pipeline.fish',
};

const bash = `# Completion of pipeline for bash: source <(pipeline completion bash)
_pipeline_complete() {
  local entry program=(pipeline)
  type -P pipeline >/dev/null || program=(PROGRAM)
  COMPREPLY=()
  while IFS= read -r entry; do
    case $entry in
      :files) compopt -o default ;;
      :folders) compopt -o dirnames ;;
      *) COMPREPLY+=("$entry") ;;
    esac
  done < <("\${program[@]}" complete bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  # More of the word follows.
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[/=[] ]]; then compopt -o nospace; fi
}
complete -F _pipeline_complete pipeline
`;

const zsh = `#compdef pipeline
# Completion of pipeline for zsh: source <(pipeline completion zsh)
_pipeline_complete() {
  emulate -L zsh
  local entry value paths= shown
  local -a program values texts open_values open_texts
  if (( $+commands[pipeline] )); then program=(pipeline); else program=(PROGRAM); fi
  while IFS= read -r entry; do
    case $entry in
      :files) paths=_files; continue ;;
      :folders) paths='_files -/'; continue ;;
    esac
    value=\${entry%%$'\\t'*}
    shown=$value
    [[ $entry == *$'\\t'* ]] && shown="$value  -- \${entry#*$'\\t'}"
    # More of the word follows.
    if [[ $value == *[/=[] ]]; then
      open_values+=("$value") open_texts+=("$shown")
    else
      values+=("$value") texts+=("$shown")
    fi
  done < <("\${program[@]}" complete zsh "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)
  local found=1
  (( $#values )) && compadd -l -V pipeline -d texts -a values && found=0
  (( $#open_values )) && compadd -l -V pipeline-open -S '' -d open_texts -a open_values && found=0
  [[ -n $paths ]] && \${=paths} && found=0
  return found
}
if [[ -z \${functions[compdef]} ]]; then autoload -Uz compinit && compinit; fi
if [[ \${funcstack[1]} == _pipeline ]]; then _pipeline_complete; else compdef _pipeline_complete pipeline; fi
`;

const fish = `# Completion of pipeline for fish: pipeline completion fish > ~/.config/fish/completions/pipeline.fish
function __pipeline_complete
    set -l program PROGRAM
    command -sq pipeline; and set program pipeline
    for entry in ($program complete fish (commandline -cp | string collect) 2>/dev/null)
        switch $entry
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct) ''
            case '*'
                echo $entry
        end
    end
end
complete -c pipeline -f -a '(__pipeline_complete)'
`;

const scripts: Readonly<Record<Shell, string>> = {bash, zsh, fish};
