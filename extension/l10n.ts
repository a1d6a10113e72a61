type Translate = (message: string, ...args: (string | number)[]) => string;

/** English, as the sources say it. */
export const untranslated: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (placeholder, index) => String(args[Number(index)] ?? placeholder));

let translate = untranslated;

/** Called once with `vscode.l10n.t`. Modules that know nothing of VS Code (and their tests) translate through {@link t}. */
export function setTranslate(next: Translate): void {
  translate = next;
}

/** The text in the language of VS Code; `{0}`, `{1}`, … are the arguments. */
export function t(message: string, ...args: (string | number)[]): string {
  return translate(message, ...args);
}
