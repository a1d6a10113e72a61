import { redact } from '../core/logger.ts';

/** What looks like the name of a secret, in an option, a header or a query. */
const SECRET_NAME =
  /(token|secret|passw|api[-_]?key|access[-_]?key|credential|authorization|connection[-_]?string|(^|[-_.])(key|pat|sas|sig)$)/i;
/** `${NAME}` of AOS and `${env:NAME}` of editors. */
const WHOLE_VARIABLE = /^\$\{(?:env:)?([A-Za-z_]\w*)\}$/;
const VARIABLE = /\$\{(?:env:)?([A-Za-z_]\w*)\}/g;

/** The variable that a text stands for: `NAME` of `${NAME}`. */
export const variableOf = (text: string): string | undefined => WHOLE_VARIABLE.exec(text.trim())?.[1];

/** All variables within a text. */
export const variablesOf = (text: string): string[] => [...text.matchAll(VARIABLE)].map(([, name]) => name!);

/** Arguments without the secrets in them; `secrets` names what was taken out. */
export function openArguments(args: readonly string[]): { args: string[]; secrets: string[] } {
  const open: string[] = [];
  const secrets: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const { name, isOption, hasValue } = parts(arg);
    if (name !== undefined && SECRET_NAME.test(name)) {
      secrets.push(name);
      // `docker run -e NAME` takes the value from its environment.
      if (!isOption) open.push(name);
      // The value of an option may be the next argument.
      if (isOption && !hasValue && args[i + 1]?.startsWith('-') === false) i++;
    } else if (redact(arg) !== arg || openUrl(arg)?.hasSecrets) secrets.push('connection');
    else open.push(arg);
  }
  return { args: open, secrets };
}

/** `--name`, `--name=value` or `NAME=value`. */
function parts(arg: string): { name: string | undefined; isOption: boolean; hasValue: boolean } {
  const [, dashes = '', name, value] = /^(--?)?([\w.-]+)(=.*)?$/s.exec(arg) ?? [];
  const isOption = dashes !== '';
  const hasValue = value !== undefined;
  return { name: isOption || hasValue ? name : undefined, isOption, hasValue };
}

/** A URL without a user, a password and secrets in its query. @returns undefined if it is no URL */
export function openUrl(text: string): { url: string; hasSecrets: boolean } | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const secret = [...url.searchParams.keys()].filter((name) => SECRET_NAME.test(name));
  const hasSecrets = url.username !== '' || url.password !== '' || secret.length > 0;
  if (!hasSecrets) return { url: text, hasSecrets };
  url.username = '';
  url.password = '';
  for (const name of secret) url.searchParams.delete(name);
  return { url: url.href, hasSecrets };
}
