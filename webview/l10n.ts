/** Translations by English text, as VS Code gives them to the host; empty in English. */
let bundle: Readonly<Record<string, unknown>> = {};

/** Called once by a panel's entry with the page's `data-l10n`. */
export function setBundle(json: string | undefined): void {
  const parsed: unknown = json ? JSON.parse(json) : {};
  bundle = parsed && typeof parsed === 'object' ? (parsed as Record<string, unknown>) : {};
}

/** The text in the language of VS Code; `{0}`, `{1}`, … are the arguments. */
export function t(message: string, ...args: (string | number)[]): string {
  const translated = bundle[message];
  const text = typeof translated === 'string' ? translated : message;
  return text.replace(/\{(\d+)\}/g, (placeholder, index) => String(args[Number(index)] ?? placeholder));
}
